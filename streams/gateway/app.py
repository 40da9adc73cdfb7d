"""The gateway as an ASGI application."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from streams import metrics
from streams.gateway import alerts, campaign, ingest, leads, live, operations, snippet
from streams.gateway.context import Context
from streams.gateway.docs import add_docs
from streams.gateway.middleware import Edge
from streams.gateway.problems import Problem, answer_problem, answer_to
from streams.gateway.readiness import Readiness

log = logging.getLogger("whetstone.gateway")

RESTART_S = 1.0
DESCRIPTION = "Takes touchpoints in, counts clicks on campaign links, and shows people their alerts and leads."


def create_app(opened: Callable[[], AbstractAsyncContextManager[Context]]) -> FastAPI:
    """Return the application; `opened` makes what it works with when it starts, and lets go when it ends."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with opened() as here, _working(app, here):
            yield

    app = FastAPI(
        title="Whetstone",
        description=DESCRIPTION,
        version=version("whetstone"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # one address each; and its redirects fail on query strings that are not UTF-8
        exception_handlers=HANDLERS,
    )
    for module in (ingest, campaign, alerts, leads, live, operations, snippet):
        app.include_router(module.router)
    add_docs(app)
    app.add_middleware(Edge)
    return app


@asynccontextmanager
async def _working(app: FastAPI, here: Context) -> AsyncIterator[None]:
    """Run the background tasks while the application runs; what is left of clicks is published at the end."""
    readiness = Readiness(here)
    app.state.context = here
    app.state.readiness = readiness
    jobs = {
        "keys": here.keys.keep_fresh,
        "readiness": readiness.watch,
        "clicks": here.clicks.drain,
        "feed": here.feed.run,
    }
    tasks = [asyncio.create_task(supervised(name, job), name=name) for name, job in jobs.items()]
    try:
        yield
    finally:
        here.feed.close()
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        await here.clicks.close()


async def supervised(name: str, job: Callable[[], Awaitable[None]]) -> None:
    """Run a job for ever: one that fails in a way that nobody foresaw is logged, counted and begun again."""
    while True:
        try:
            await job()
        except Exception:
            metrics.GATEWAY_ERRORS.inc()
            log.exception("the background task %s failed", name)
        await asyncio.sleep(RESTART_S)


async def _answer_http(request: Request, error: Exception) -> Response:
    """Answer what the framework refuses (unknown path, wrong method) in our form."""
    if not isinstance(error, HTTPException):
        raise error
    code = {404: "not_found", 405: "bad_method"}.get(error.status_code, "refused")
    problem = Problem(error.status_code, code, "see /docs for what this gateway answers")
    return answer_to(request, problem, error.headers)


async def _answer_invalid(_request: Request, _error: Exception) -> Response:
    """Answer parameters that cannot be right; what was sent is not repeated."""
    return Problem(400, "bad_parameter", "a parameter has the wrong form: see /docs").response()


HANDLERS: dict[Any, Any] = {
    Problem: answer_problem,
    HTTPException: _answer_http,
    RequestValidationError: _answer_invalid,
}
