"""`GET /w.js`: the browser snippet."""

from functools import cache
from hashlib import sha256

from fastapi import APIRouter, Request
from starlette.responses import Response

from streams.gateway.pages import source

router = APIRouter(tags=["touchpoints"])

CACHE = "public, max-age=3600, stale-while-revalidate=86400"


@cache
def _etag() -> str:
    return f'"{sha256(source("w.js").encode()).hexdigest()[:20]}"'


@router.head("/w.js", include_in_schema=False)
@router.get("/w.js", summary="The browser snippet")
async def snippet(request: Request) -> Response:
    """Return `w.js`; 304 when the browser has this version."""
    headers = {
        "ETag": _etag(),
        "Cache-Control": CACHE,
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if _etag() in request.headers.get("if-none-match", ""):
        return Response(None, 304, headers)
    return Response(source("w.js"), 200, headers, "text/javascript; charset=utf-8")
