"""Reading a request's body: bounded before anything is parsed, gzip without bombs."""

import asyncio
import zlib

from starlette.requests import Request

from streams.gateway.problems import Problem

BODY_BYTES = 1_048_576  # 1 MiB, the contract's limit, on the wire and unpacked
BODY_SECONDS = 30.0  # who sends slower than this holds a connection for nothing


def _too_large() -> Problem:
    return Problem(413, "too_large", f"the body is larger than {BODY_BYTES} bytes: send fewer events at a time")


async def read_body(request: Request) -> bytes:
    """Return the unpacked body. Raises Problem 400, 408, 413 or 415; reads no more than the limit allows."""
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise Problem(415, "unsupported_encoding", "send the body plain or with content-encoding gzip")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and (len(announced) > 12 or int(announced) > BODY_BYTES):
        raise _too_large()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await _collect(request)
    except TimeoutError:
        raise Problem(408, "too_slow", f"the body did not arrive within {BODY_SECONDS:g} s: send it again") from None
    return unzip(body) if encoding == "gzip" else body


async def _collect(request: Request) -> bytes:
    parts = bytearray()
    async for chunk in request.stream():
        parts += chunk
        if len(parts) > BODY_BYTES:
            raise _too_large()
    return bytes(parts)


def unzip(packed: bytes, limit: int = BODY_BYTES) -> bytes:
    """Return gzip data unpacked (all its members), never holding more than `limit` bytes of it."""
    plain = bytearray()
    rest = packed
    try:
        while rest:
            member = zlib.decompressobj(wbits=31)
            plain += member.decompress(rest, limit - len(plain) + 1)
            if len(plain) > limit:
                raise _too_large()
            if not member.eof:
                raise Problem(400, "bad_gzip", "the gzip data ends too early: send the whole of it")
            rest = member.unused_data
    except zlib.error:
        raise Problem(400, "bad_gzip", "the body is not gzip, as its content-encoding says: send it plain") from None
    return bytes(plain)
