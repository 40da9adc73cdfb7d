"""For those who run it: alive, ready, metrics."""

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, Response

from streams.gateway.readiness import Readiness

router = APIRouter(tags=["operations"])


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", summary="Alive")
async def healthz() -> Response:
    """Answer at all: the event loop moves."""
    return JSONResponse({"status": "ok"})


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", summary="Ready for work", responses={503: {"description": "Not now; the checks say why"}})
async def readyz(request: Request) -> Response:
    """Tell a load balancer whether to send requests here."""
    readiness: Readiness = request.app.state.readiness
    checks = readiness.checks()
    ready = all(state == "ok" for state in checks.values())
    return JSONResponse({"status": "ok" if ready else "not ready", "checks": checks}, 200 if ready else 503)


@router.get("/metrics", summary="Prometheus metrics")
async def metrics() -> Response:
    """Return this process's metrics (declared in `streams/metrics.py`)."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
