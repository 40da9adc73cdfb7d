"""What a notifier shows of itself over HTTP: /healthz, /readyz, /metrics."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from streams.notifying.notifier import Notifier
from streams.serving import as_json, metrics_asked

SILENT_MS = 30_000  # without an answer from Postgres it is not ready


def health(notifier: Notifier) -> Starlette:
    """Return the ASGI application."""

    async def alive(request: Request) -> Response:
        return as_json({"status": "alive", "active": notifier.active}, 200)

    async def ready(request: Request) -> Response:
        at = notifier.reached_at
        is_ready = at is not None and notifier.clock() - at < SILENT_MS and not notifier.stopping.is_set()
        return as_json({"ready": is_ready, "active": notifier.active}, 200 if is_ready else 503)

    async def metrics(request: Request) -> Response:
        return metrics_asked(request)

    return Starlette(routes=[Route("/healthz", alive), Route("/readyz", ready), Route("/metrics", metrics)])
