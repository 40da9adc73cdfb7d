"""Cross-origin access: a web page may send only with a key that names its origin."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from sinks.api_keys import ApiKey
from streams.gateway.keys import KeyRing
from streams.gateway.problems import Problem

DAY_S = "86400"


def check_origin(request: Request, ring: KeyRing, key: ApiKey) -> None:
    """Raise Problem 403 when a browser says that the page is not of the key's origins."""
    origin = request.headers.get("origin")
    if origin and not ring.allows_origin(origin, key):
        raise Problem(403, "bad_origin", "this API key does not name your web origin: make one with `--origin`")


def cors_headers(request: Request, ring: KeyRing, key: ApiKey | None) -> Mapping[str, str]:
    """Return the headers that let the page read the answer; none for what is not a permitted page."""
    origin = request.headers.get("origin")
    if not origin:
        return {}
    if not ring.allows_origin(origin, key):
        return {"Vary": "Origin"}
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": "Retry-After", "Vary": "Origin"}


async def preflight(request: Request, ring: KeyRing) -> Response:
    """Answer OPTIONS: a preflight names no secret key, so a secret key's origins count together.

    Raises Problem 403 where no key names the page's origin. Without an origin somebody asks what may be done here.
    """
    origin = request.headers.get("origin")
    if not origin:
        return Response(None, 204, {"Allow": "OPTIONS, POST"})
    if not await ring.knows_origin(origin, request.query_params.get("key", "")):
        problem = Problem(403, "bad_origin", "no API key names this web origin: make one with `--origin`")
        return problem.response({"Vary": "Origin"})
    allowed = {
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "authorization, content-type, content-encoding",
        "Access-Control-Max-Age": DAY_S,
    }
    return Response(None, 204, {**cors_headers(request, ring, None), **allowed})
