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


def preflight(request: Request, ring: KeyRing) -> Response:
    """Answer OPTIONS: a preflight names no secret key, so a secret key's origins count together."""
    headers = dict(cors_headers(request, ring, ring.peek(request.query_params.get("key", ""))))
    if "Access-Control-Allow-Origin" not in headers:
        return Response(None, 403, headers)
    headers["Access-Control-Allow-Methods"] = "POST"
    headers["Access-Control-Allow-Headers"] = "authorization, content-type, content-encoding"
    headers["Access-Control-Max-Age"] = DAY_S
    return Response(None, 204, headers)
