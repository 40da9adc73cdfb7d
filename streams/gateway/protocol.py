"""The server's side of a connection: heads of requests within bounds, and our form for what is no HTTP."""

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from streams import metrics

HEAD_S = 20.0  # from the connection, or from the first byte of a later request, until its head is complete
HEAD_BYTES = 65_536

NO_HTTP = "what came is no HTTP request: see /docs for what this gateway answers"
SLOW_HEAD = "the head of the request did not come in time: send it at once"
LARGE_HEAD = f"the head of the request is larger than {HEAD_BYTES} bytes: send fewer or shorter headers"


class BoundedProtocol(HttpToolsProtocol):
    """As uvicorn's, which waits for the head of a request for ever and takes any amount of it.

    Bodies have bounds of their own (`streams/gateway/body.py`); a connection between two requests has uvicorn's.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._head_size = 0
        self._timer: asyncio.TimerHandle | None = None  # while a head is awaited

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's has it
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._forget_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came; end a head that grows without end."""
        super().data_received(data)
        if self._timer is not None and not self.transport.is_closing():
            self._head_size += len(data)
            if self._head_size > HEAD_BYTES:
                self._refuse(431, "large_head", LARGE_HEAD)

    def on_message_begin(self) -> None:
        """Wait for the head of the request that begins."""
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        """Hand the request over."""
        self._forget_head()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what the parser cannot read; uvicorn's `msg` says no more than that."""
        self._refuse(400, "no_http", NO_HTTP)

    def _await_head(self) -> None:
        self._forget_head()
        self._timer = self.loop.call_later(HEAD_S, self._give_up)

    def _forget_head(self) -> None:
        self._head_size = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._await_head()  # the one before is still being answered
        elif self._head_size:
            self._refuse(408, "slow_head", SLOW_HEAD)
        else:
            self.transport.close()  # opened ahead by a browser, never used

    def _refuse(self, status: int, code: str, message: str) -> None:
        self._forget_head()
        metrics.GATEWAY_RESPONSES.labels("other", str(status)).inc()
        body = orjson.dumps({"status": status, "code": code, "message": message})
        headers: Mapping[str, str] = {
            "content-type": "application/problem+json",
            "content-length": str(len(body)),
            "cache-control": "no-store",
            "connection": "close",
        }
        lines = b"".join(f"{name}: {value}\r\n".encode() for name, value in headers.items())
        self.transport.write(STATUS_LINE[status] + lines + b"\r\n" + body)
        self.transport.close()
