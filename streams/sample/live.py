"""The live phase: forms at a modest rate through the gateway, and how long until their alerts are on the live page."""

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from statistics import quantiles
from typing import Any

import orjson

from streams.sample.feeding import Feeder
from streams.sample.journeys import form, page_view
from streams.sample.people import Colleagues, Person, person
from streams.sample.phones import Numbers
from streams.sample.truth import Truth
from streams.sample.wire import chance

ARRIVAL_S = 30.0  # how long the last alerts may take before they count as missing
READ_S = 60.0
JOIN_S = 5.0


class AlertWatch:
    """Reads the alert stream as a manager does, and notes when the alert of each new lead arrives."""

    def __init__(self, port: int, cookie: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=READ_S)
        self._socket: socket.socket | None = None
        self._cookie = cookie
        self._changed = threading.Condition()
        self._arrived: dict[str, float] = {}
        self._failed: BaseException | None = None
        self._ready = False
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)

    def __enter__(self) -> "AlertWatch":
        self._thread.start()
        if not self.wait(lambda: self._ready):
            self.__exit__()
            raise ConnectionError(f"the alert stream did not begin within {ARRIVAL_S:g} s")
        return self

    def __exit__(self, *_error: object) -> None:
        if self._socket is not None:
            with suppress(OSError):  # the gateway may have hung up first
                self._socket.shutdown(socket.SHUT_RDWR)  # ends the read that the thread waits in
        self._thread.join(JOIN_S)

    @property
    def arrived(self) -> dict[str, float]:
        """When (seconds of the clock) the alert of each form's event id arrived."""
        with self._changed:
            return dict(self._arrived)

    def wait(self, until: Callable[[], bool], timeout: float = ARRIVAL_S) -> bool:
        """Wait until something holds of what has arrived; return False when it does not in time."""
        with self._changed:
            done = self._changed.wait_for(lambda: until() or self._failed is not None, timeout)
        if self._failed is not None:
            raise ConnectionError(f"the alert stream broke off: {self._failed}") from self._failed
        return done

    def _run(self) -> None:
        try:
            with closing(self._connection), closing(self._open()) as response:
                for event, data in events(iter(response.readline, b"")):
                    self._note(event, data)
            raise ConnectionError("the gateway ended it")
        except (OSError, http.client.HTTPException, ValueError) as error:
            with self._changed:
                self._failed = error
                self._changed.notify_all()

    def _open(self) -> http.client.HTTPResponse:
        self._connection.connect()
        self._socket = self._connection.sock
        headers = {"Cookie": self._cookie, "Accept": "text/event-stream"}
        self._connection.request("GET", "/v1/alerts/stream", headers=headers)
        response = self._connection.getresponse()
        if response.status != http.client.OK:
            raise ConnectionError(f"it answered {response.status}: {response.read(300)!r}")
        return response

    def _note(self, event: str, data: Any) -> None:
        now = self._clock()
        with self._changed:
            if event == "ready":
                self._ready = True
            elif event == "alert" and data["signal"]["kind"] == "lead_created":
                self._arrived.setdefault(data["signal"]["evidence"].get("event_id", ""), now)
            self._changed.notify_all()


def events(lines: Iterator[bytes]) -> Iterator[tuple[str, Any]]:
    """Yield (event, data) of each server-sent event."""
    event, data = "message", b""
    for line in lines:
        text = line.rstrip(b"\r\n")
        if text.startswith(b"event: "):
            event = text[7:].decode()
        elif text.startswith(b"data: "):
            data = text[6:]
        elif not text:
            if data:
                yield event, orjson.loads(data)
            event, data = "message", b""


class LivePhase:
    """New visitors at `rate` a second for `seconds`: each looks at a page and sends a form, as one request."""

    def __init__(
        self, truth: Truth, colleagues: Colleagues, feeder: Feeder, watch: AlertWatch, rate: float, seconds: float
    ) -> None:
        self._colleagues = colleagues
        self._feeder = feeder
        self._watch = watch
        self._rate = rate
        self._count = max(1, round(rate * seconds))
        self._random = chance(truth.seed, "live")
        self._numbers = Numbers(self._random, {lead.phone for lead in truth.leads.values() if lead.phone})
        self.sent: dict[str, float] = {}

    @property
    def count(self) -> int:
        """How many forms are sent."""
        return self._count

    @property
    def distinct(self) -> int:
        """How many touchpoints were sent: a page view with each form."""
        return 2 * len(self.sent)

    @property
    def arrived(self) -> set[str]:
        """The event ids of the forms whose alert arrived."""
        return self._watch.arrived.keys() & self.sent.keys()

    def run(self, now_ms: Callable[[], int], sent: Callable[[], None]) -> None:
        """Send all, at even distances, then wait for the last alerts; call `sent` after each and at the end."""
        begun = time.monotonic()
        for number in range(self._count):
            time.sleep(max(0.0, begun + number / self._rate - time.monotonic()))
            visitor = person(1_000_000 + number, self._random, self._numbers, imported=False)
            self._send(self._colleagues.among(visitor, self._random), now_ms())
            sent()
        self._watch.wait(lambda: self.sent.keys() <= self._watch.arrived.keys())
        sent()

    def delays_ms(self) -> list[float]:
        """Return, for each alert that arrived, the milliseconds since its form was sent."""
        arrived = self._watch.arrived
        return [(arrived[name] - at) * 1000 for name, at in self.sent.items() if name in arrived]

    def _send(self, visitor: Person, at: int) -> None:
        event_id = f"live-form-{visitor.number}"
        view = page_view(f"live-visit-{visitor.number}", at, visitor.primary, self._random)
        body = orjson.dumps(form(event_id, at, visitor, self._random))
        self.sent[event_id] = time.monotonic()
        self._feeder.post([orjson.dumps(view), body])


def percentile(values: list[float], share: int) -> float | None:
    """Return the percentile (1..99) of some values; None without values."""
    if len(values) < 2:
        return values[0] if values else None
    return quantiles(values, n=100, method="inclusive")[share - 1]
