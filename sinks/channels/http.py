"""POST to a configured address: bounded in time, no redirects, answers read only as far as they are needed."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import httpx

from sinks.channels.base import ChannelDown, ChannelMisconfigured, MessageRefused

TIMEOUT = httpx.Timeout(10.0, connect=5.0)
PATIENCE_S = 20.0  # for a whole request: a side that sends a byte now and then must not hold us
LONGEST_ANSWER = 65_536  # bytes
LONGEST_WAIT = 3_600.0  # seconds; who asks for more is asked again after that


FAILURES: tuple[tuple[type[Exception], str], ...] = (  # the first that fits
    (httpx.ConnectTimeout, "no connection in time: check the address, and firewalls on the way"),
    (httpx.PoolTimeout, "too many requests of our own at once"),
    (httpx.TimeoutException, "the server took too long"),
    (TimeoutError, "the server took too long"),
    (httpx.ProxyError, "the proxy refused: check WHETSTONE_NOTIFY_PROXY"),
    (httpx.ConnectError, "no connection: check the address, that the server runs, and its certificate"),
    (httpx.RemoteProtocolError, "the server hung up, or answered what is no HTTP"),
    (httpx.NetworkError, "the connection broke"),
    (httpx.UnsupportedProtocol, "the address begins neither with http:// nor with https://"),
    (httpx.DecodingError, "the answer is not encoded as it says"),
)


class Answer(NamedTuple):
    """A successful answer's body as JSON; an empty mapping where it is none."""

    body: Mapping[str, Any]


class HttpClient:
    """One connection pool for all channels.

    `proxy` is the address of a proxy, empty for none; `patience` bounds a whole request, seconds.
    """

    def __init__(self, proxy: str = "", patience: float = PATIENCE_S) -> None:
        self._patience = patience
        # The environment is for settings.py alone; a redirect would lead to an address that nobody configured.
        self._client = httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False, proxy=proxy or None)

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """Post JSON. Raises ChannelDown, ChannelMisconfigured or MessageRefused; no error shows the address."""
        try:
            given = {"content-type": "application/json; charset=utf-8", **(headers or {})}
            async with (
                asyncio.timeout(self._patience),
                self._client.stream("POST", url, content=body, headers=given) as response,
            ):
                _check(response)
                return Answer(_json(await _read(response)))
        except (httpx.HTTPError, TimeoutError) as error:
            raise ChannelDown(said(error)) from error
        except httpx.InvalidURL as error:
            raise ChannelMisconfigured("the address is none") from error


def said(error: httpx.HTTPError | TimeoutError) -> str:
    """Return in words how a request failed, without the address, which may hold a key, and with the error's name.

    >>> said(httpx.RemoteProtocolError("Server disconnected"))
    'the server hung up, or answered what is no HTTP (RemoteProtocolError)'
    """
    words = next((words for kind, words in FAILURES if isinstance(error, kind)), "the request failed")
    return f"{words} ({type(error).__name__})"


async def _read(response: httpx.Response) -> bytes:
    read = b""
    async for part in response.aiter_bytes():
        read += part
        if len(read) > LONGEST_ANSWER:
            break
    return read


def _check(response: httpx.Response) -> None:
    status = response.status_code
    if status < 300:
        return
    why = f"HTTP {status}"
    if status == 429 or status == 408 or status >= 500:
        raise ChannelDown(why, retry_after(response.headers.get("retry-after", "")))
    if status < 400 or status in {401, 403, 404, 405, 407, 410}:  # moved, not let in, gone: no message can pass
        raise ChannelMisconfigured(why)
    raise MessageRefused(why)


def retry_after(header: str) -> float | None:
    """Return the seconds that a Retry-After header asks for (a number or a date), None where it does not.

    >>> retry_after("120"), retry_after("soon"), retry_after("9999999")
    (120.0, None, 3600.0)
    """
    try:
        seconds = float(header) if header.strip().isdigit() else _until(header)
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, min(seconds, LONGEST_WAIT))


def _until(header: str) -> float:
    moment = parsedate_to_datetime(header)
    return (moment - datetime.now(moment.tzinfo or UTC)).total_seconds()  # noqa: TID251 - the header is a wall clock time


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
