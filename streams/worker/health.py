"""What a worker shows of itself over HTTP: /healthz (it moves), /readyz (it can take work), /metrics."""

from typing import Protocol, runtime_checkable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from streams.clock import wall_ms
from streams.metrics import PARTITIONS_HELD, WORKER_LAG_RECORDS, WORKER_LAG_SECONDS
from streams.outages import OUTAGES
from streams.serving import as_json, metrics_asked
from streams.settings import Settings
from streams.transport import Position
from streams.worker.process import Worker


@runtime_checkable
class Shows(Protocol):
    """A stage that has metrics to set when they are asked for."""

    def show(self, now: int, /) -> None:
        """Set them; `now` is the wall clock, ms."""


class Health:
    """Answers for one worker."""

    def __init__(self, settings: Settings, worker: Worker) -> None:
        self._worker = worker
        named = {"touchpoints": "cleanse", "facts": "detect", "examples": "learn"}
        self._stages = {settings.topic(topic): stage for topic, stage in named.items()}

    def app(self) -> Starlette:
        """Return the ASGI application."""
        return Starlette(
            routes=[
                Route("/healthz", self.alive),
                Route("/readyz", self.ready),
                Route("/metrics", self.metrics),
            ]
        )

    async def alive(self, request: Request) -> Response:
        """200 while the worker runs, with its positions; the watchdog ends a worker that no longer moves."""
        running = self._worker.running.is_set()
        positions = [self._describe(position) for position in self._worker.positions()]
        status = "alive" if running else "not running"
        return as_json({"status": status, "partitions": positions}, 200 if running else 503)

    async def ready(self, request: Request) -> Response:
        """200 once the worker is in its group, every partition it was given is open, and no store is waited for."""
        positions = self._worker.positions()
        opened = bool(positions) and all(position.end is not None for position in positions)
        away = OUTAGES.stores()
        ready = self._worker.running.is_set() and opened and not away
        return as_json({"ready": ready, "partitions": len(positions), "waits_for": away}, 200 if ready else 503)

    async def metrics(self, request: Request) -> Response:
        """All metrics in Prometheus' text form; with `?name[]=...` those alone, which costs far less."""
        held = dict.fromkeys(self._stages.values(), 0)
        now = wall_ms()
        for gauge in (WORKER_LAG_RECORDS, WORKER_LAG_SECONDS):
            gauge.clear()  # partitions that somebody else reads now
        for shows in self._worker.stages.values():
            if isinstance(shows, Shows):
                shows.show(now)
        for position in self._worker.positions():
            stage = self._stages.get(position.topic, position.topic)
            held[stage] = held.get(stage, 0) + 1
            WORKER_LAG_RECORDS.labels(stage, str(position.partition)).set(position.lag)
            behind = (now - position.reached) / 1000 if position.lag and position.reached is not None else 0
            WORKER_LAG_SECONDS.labels(stage, str(position.partition)).set(max(0.0, behind))
        for stage, count in held.items():
            PARTITIONS_HELD.labels(stage).set(count)
        return metrics_asked(request)

    def _describe(self, position: Position) -> dict[str, object]:
        return {
            "stage": self._stages.get(position.topic, position.topic),
            "partition": position.partition,
            "done": position.done,
            "end": position.end,
            "lag": position.lag,
        }
