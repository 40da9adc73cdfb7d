"""A real Chromium, a gateway on fakes behind a real port, and a web shop of another origin that uses `w.js`."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from playwright.async_api import Browser, BrowserContext, async_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from streams.commands.gateway import Server
from tests.gateway import FakeGateway

CHROMIUM = os.environ.get("WHETSTONE_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder."""
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt-get install chromium, or set WHETSTONE_TEST_CHROMIUM")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield opened
        await closed(opened)


async def closed(opened: Browser | BrowserContext) -> None:
    """Close it, or say that it does not close: Chromium was seen to wait for ever for a page on its way elsewhere."""
    async with asyncio.timeout(20):
        await opened.close()


@dataclass
class Switch:
    """Stands before the gateway: counts what arrives, and answers with a status of the test's choice instead."""

    app: ASGIApp
    status: int | None = None
    after: bool = False  # let the gateway work first, then lose its answer
    requests: list[tuple[str, str]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self.requests.append((scope["method"], scope["path"]))
        if self.status is None or not scope["path"].startswith("/v1/beacon"):
            await self.app(scope, receive, send)
            return
        if self.after:
            await self.app(scope, receive, _nowhere)
        headers = {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": "Retry-After",
            "Retry-After": "1",
        }
        await Response(None, self.status, headers)(scope, receive, send)


async def _nowhere(_message: Any) -> None:
    return


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """Serve an application on a free port; give its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(uvicorn.Config(app, log_config=None, lifespan="on", ws="none", timeout_graceful_shutdown=2))
    server.capture_signals = _no_signals  # type: ignore[method-assign]  # the test runner keeps its own
    task = asyncio.create_task(server.serve([listener]))
    while not server.started:
        assert not task.done(), task.exception()
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await task


class _no_signals:
    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...


@dataclass
class Edge:
    """A running gateway and what the tests turn."""

    gateway: FakeGateway
    switch: Switch
    address: str

    def events(self) -> list[dict[str, Any]]:
        """Return what arrived in Kafka."""
        return self.gateway.produced()

    async def arrived(self, count: int, kind: str | None = None) -> list[dict[str, Any]]:
        """Wait for this many events (of a type), then return them."""
        async with asyncio.timeout(30):
            while True:
                found = [one for one in self.events() if kind in (None, one["type"])]
                if len(found) >= count:
                    return found
                await asyncio.sleep(0.02)


@pytest.fixture
async def edge() -> AsyncIterator[Edge]:
    from streams.clock import wall_ms

    gateway = FakeGateway()
    gateway.intake._clock = wall_ms  # browsers send real times
    switch = Switch(gateway.app())
    async with serving(switch) as address:
        yield Edge(gateway, switch, address)


@dataclass
class Shop:
    """A web site of another origin."""

    address: str
    options: str = ""
    gateway: str = ""
    key: str = ""

    async def page(self, request: Request) -> Response:
        """Answer with a page that loads the snippet."""
        name = request.url.path
        return HTMLResponse(f"""<!doctype html><title>Shop {name}</title>
            <script async src="{self.gateway}/w.js" data-key="{self.key}" {self.options}></script>
            <a id="partner" href="http://localhost:1/partner">partner</a> <a id="next" href="/next">next</a>
            <form id="demo" data-whetstone-form="demo" action="/thanks">
              <input name="mobile" data-whetstone="phone"><input name="who" data-whetstone="name">
              <input type="password" name="pw" data-whetstone="company"><button>send</button>
            </form>""")


@pytest.fixture
async def shop(edge: Edge) -> AsyncIterator[Shop]:
    made = Shop("")
    app = Starlette(routes=[Route("/{path:path}", made.page)])
    async with serving(app) as address:
        made.address, made.gateway = address, edge.address
        made.key = await edge.gateway.key(public=True, origins=(address,), source="shop")
        await edge.gateway.keys.refresh()
        yield made


@pytest.fixture
async def visitor(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context()
    yield context
    await closed(context)
