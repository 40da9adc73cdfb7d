"""What a process shows of itself over HTTP, on the port of metrics, beside its work."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import orjson
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from streams.listening import bound
from streams.settings import Settings


def as_json(body: object, status: int) -> Response:
    """Return an answer in JSON."""
    return Response(orjson.dumps(body), status, media_type="application/json")


def metrics_asked(request: Request) -> Response:
    """Return all metrics in Prometheus' text form; with `?name[]=...` those alone, which costs far less."""
    names = request.query_params.getlist("name[]")
    asked = REGISTRY.restricted_registry(names) if names else REGISTRY
    return Response(generate_latest(asked), media_type=CONTENT_TYPE_LATEST)


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process."""
        yield


@asynccontextmanager
async def serving_app(settings: Settings, app: Starlette) -> AsyncIterator[str]:
    """Serve an application in this loop; give the base address. Port 0 takes a free one. Raises PortTaken."""
    config = uvicorn.Config(
        app, host=settings.metrics_host, port=settings.metrics_port, log_config=None, access_log=False, lifespan="off"
    )
    server = _Server(config)
    socket = bound(config, "WHETSTONE_METRICS_HOST and _PORT")
    task = asyncio.create_task(server.serve([socket]), name="health")
    host, port = socket.getsockname()[:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await task
