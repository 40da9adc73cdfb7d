"""`bench latency`: from sending a form to the gateway until its alert is on the manager's alert stream.

A visitor looks at nine pages and fills in a form; the browser sends the ten events in one request. Each form makes a
new lead, an assignment and two alerts. The time runs from before the request until the alert has been read;
`accepted_…` from when the gateway had answered that Kafka holds the events.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import orjson

from streams.bench.engine import BenchmarkFailed
from streams.bench.installation import Running, installation
from streams.bench.machine import machine
from streams.clock import wall_ms
from streams.sample.access import make_key, manager_cookie
from streams.sample.client import Client
from streams.sample.journeys import form, page_view
from streams.sample.live import AlertWatch, percentile
from streams.sample.people import person
from streams.sample.phones import Numbers
from streams.sample.wire import chance

WARM_UP_S = 5.0
EVENTS = 10  # a request
HEADERS = {"Content-Type": "application/json"}


class Senders:
    """Threads that share a rhythm: `rate` events a second, ten a request, on kept connections."""

    def __init__(self, port: int, key: str, rate: float, threads: int) -> None:
        self.sent: dict[str, float] = {}
        self.accepted: dict[str, float] = {}
        self._port, self._rate, self._threads = port, rate, threads
        self._headers = {**HEADERS, "Authorization": f"Bearer {key}"}
        self._random = chance("latency")
        self._numbers = Numbers(self._random, set())
        self._failed: list[str] = []
        self._people = 2_000_000

    def run(self, name: str, seconds: float) -> list[str]:
        """Send for some seconds; return the ids of the forms. Raises BenchmarkFailed when one was not accepted."""
        count = round(self._rate / EVENTS * seconds)
        now = wall_ms()
        bodies = []
        for number in range(count):
            event_id, self._people = f"{name}-{number}", self._people + 1
            visitor = person(self._people, self._random, self._numbers, imported=False)
            views = [page_view(f"{event_id}-{page}", now, visitor.primary, self._random) for page in range(EVENTS - 1)]
            bodies.append((event_id, orjson.dumps([*views, form(event_id, now, visitor, self._random)])))
        begun = time.monotonic() + 0.2
        threads = [
            threading.Thread(target=self._send, args=(bodies[first :: self._threads], begun, first))
            for first in range(self._threads)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._failed:
            raise BenchmarkFailed(f"{len(self._failed)} requests were not accepted, the first: {self._failed[0]}")
        return [event_id for event_id, _ in bodies]

    def _send(self, bodies: list[tuple[str, bytes]], begun: float, first: int) -> None:
        client = Client(self._port)
        for number, (event_id, body) in enumerate(bodies):
            due = begun + (number * self._threads + first) * EVENTS / self._rate
            time.sleep(max(0.0, due - time.monotonic()))
            self.sent[event_id] = time.monotonic()
            answer = client.post("/v1/touchpoints", body, self._headers)
            self.accepted[event_id] = time.monotonic()
            if answer.status != 202:
                self._failed.append(f"{answer.status} {answer.body[:200]!r}")
        client.close()


def latency(rate: float, seconds: float, services: str, report: Callable[[str], None]) -> dict[str, Any]:
    """Measure at `rate` events a second for some seconds, after a warm-up; return the result of the contract."""
    with installation(services) as made:
        gateway_key = asyncio.run(make_key(made.settings, wall_ms()))
        worker = made.worker(WHETSTONE_CLOCK="wall")
        gateway = made.gateway()
        senders = Senders(gateway.port, gateway_key, rate, threads=8)
        with AlertWatch(gateway.port, manager_cookie(made.settings, wall_ms())) as watch:
            _until_arrived(watch, senders.run("warm", WARM_UP_S))
            report("warm")
            cpu = [one.cpu_seconds() for one in (worker, gateway)]
            measured = senders.run("form", seconds)
            _until_arrived(watch, measured)
            arrived = watch.arrived
            result = _result(measured, senders, arrived, rate)
            _add_cpu(result, [worker, gateway], cpu, len(measured) * EVENTS)
    return {"benchmark": "latency", "services": services, "machine": machine(), "results": [result]}


def _until_arrived(watch: AlertWatch, wanted: list[str]) -> None:
    names = set(wanted)
    if not watch.wait(lambda: names <= watch._arrived.keys()):
        missing = len(names - watch.arrived.keys())
        raise BenchmarkFailed(f"{missing} of {len(names)} alerts did not arrive")


def _result(names: list[str], senders: Senders, arrived: dict[str, float], rate: float) -> dict[str, Any]:
    found: dict[str, Any] = {"system": "whetstone", "events": len(names) * EVENTS, "alerts": len(names), "rate": rate}
    for prefix, begun in (("", senders.sent), ("accepted_", senders.accepted)):
        delays = [(arrived[name] - begun[name]) * 1000 for name in names]
        for share in (50, 95, 99):
            value = percentile(delays, share)
            found[f"{prefix}p{share}_ms"] = None if value is None else round(value, 1)
        found[f"{prefix}max_ms"] = round(max(delays), 1)
    return found


def _add_cpu(result: dict[str, Any], processes: list[Running], before: list[float], events: int) -> None:
    for one, cpu in zip(processes, before, strict=True):
        result[f"{one.kind.name}_cpu_us_per_event"] = round((one.cpu_seconds() - cpu) / events * 1e6, 1)
