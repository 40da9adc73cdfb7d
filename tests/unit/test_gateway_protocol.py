"""Connections as hostile or tired clients leave them: heads without end, in time and in size, and what is no HTTP."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from streams.gateway import protocol
from streams.gateway.protocol import HEAD_BYTES, BoundedProtocol

pytestmark = pytest.mark.anyio
BEGUN = b"GET /slow HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Application:
    """Answers `/slow` when it is allowed to, anything else at once."""

    def __init__(self) -> None:
        self.may = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/slow":
            await self.may.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})


class Server(uvicorn.Server):
    """Tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()


@asynccontextmanager
async def served(application: Application) -> AsyncIterator[int]:
    """Give the port on which the application is served."""
    config = uvicorn.Config(application, port=0, http=BoundedProtocol, lifespan="off", log_config=None, ws="none")
    listener = config.bind_socket()
    server = Server(config)
    running = asyncio.create_task(server.serve([listener]))
    await server.listens.wait()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await running


async def answer_to(port: int, *parts: bytes) -> bytes:
    """Send bytes and return all that comes until the other side closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await writer.drain()
    try:
        return await reader.read()
    finally:
        writer.close()


def told(answer: bytes) -> tuple[str, str]:
    """Return status and code of an answer in our form."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    assert b"connection: close" in head
    problem = json.loads(body)
    assert head.split()[1].decode() == str(problem["status"])
    return str(problem["status"]), problem["code"]


async def test_a_head_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_S", 0.1)
    async with served(Application()) as port:
        assert told(await answer_to(port, BEGUN)) == ("408", "slow_head")
        assert await answer_to(port) == b""  # opened ahead and never used
        second = await answer_to(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HT")
        first, _, rest = second.partition(b"ok")
        assert first.startswith(b"HTTP/1.1 200")
        assert told(rest) == ("408", "slow_head")


async def test_a_head_that_grows_without_end_is_refused() -> None:
    async with served(Application()) as port:
        endless = BEGUN + b"X-A: " + b"a" * (HEAD_BYTES // 2)
        assert told(await answer_to(port, endless, b"b" * HEAD_BYTES)) == ("431", "large_head")


async def test_what_is_no_http_is_answered_as_everything_else() -> None:
    async with served(Application()) as port:
        assert told(await answer_to(port, b"\x16\x03\x01\x02\x00\x01\r\n\r\n")) == ("400", "no_http")


async def test_who_is_still_being_answered_is_not_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_S", 0.05)
    application = Application()
    async with served(application) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(BEGUN + b"Connection: close\r\n\r\n" + b"GET / HT")
        await writer.drain()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(), 0.3)
        application.may.set()
        assert (await reader.read()).startswith(b"HTTP/1.1 200")
        writer.close()
