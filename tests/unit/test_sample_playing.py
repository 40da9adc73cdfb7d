"""How the sample is sent and watched: against a small HTTP server and a producer that keeps what it is given."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException
from rich.console import Console

from schemas.times import DAY
from streams.sample.client import Client, GatewayError
from streams.sample.feeding import MOST_EVENTS, Feeder, batches
from streams.sample.live import AlertWatch, events, percentile
from streams.sample.observing import Scrape
from streams.sample.screen import Screen
from streams.sample.verdict import Check
from streams.sample.wire import Send

KEY, DESK = "wsk_test", "wsk_desk"
OK = {"accepted": 1, "duplicates": 0, "rejected": []}
Reply = tuple[int, dict[str, str], bytes]


@dataclass
class FakeGateway:
    """Answers with what it is told, one reply after another, the last for ever; keeps what it was sent."""

    replies: list[Reply]
    bodies: list[bytes] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    port: int = 0

    def next(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    fake = FakeGateway([(202, {}, json.dumps(OK).encode())])

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            fake.keys.append(self.headers["authorization"])
            fake.bodies.append(self.rfile.read(int(self.headers["content-length"])))
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def _answer(self) -> None:
            status, headers, body = fake.next()
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield fake
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class FakeProducer:
    """Keeps what is produced; says what it is told about every delivery."""

    error: KafkaError | None = None
    full: int = 0
    produced: list[tuple[bytes, bytes, Any]] = field(default_factory=list)

    def produce(self, _topic: str, value: bytes, key: bytes, headers: Any, on_delivery: Any) -> None:
        if self.full:
            self.full -= 1
            raise BufferError
        self.produced.append((key, value, headers))
        on_delivery(self.error, None)

    def poll(self, _timeout: float) -> int:
        return 0

    def flush(self, _timeout: float) -> int:
        return 0


@pytest.fixture
def client(gateway: FakeGateway) -> Iterator[Client]:
    client = Client(gateway.port)
    yield client
    client.close()


def _feeder(client: Client, producer: FakeProducer) -> Feeder:
    return Feeder(client, KEY, DESK, producer, "touchpoints")  # type: ignore[arg-type]


def test_each_day_goes_through_the_gateway_first_then_into_the_topic(gateway: FakeGateway, client: Client) -> None:
    producer, days = FakeProducer(full=1), []
    feeder = _feeder(client, producer)
    sends = [Send(0, b"bulk", "kafka", "a"), Send(1, b"form", "gateway", "b"), Send(DAY, b"next", "kafka", "c", False)]
    feeder.feed(sends, days.append, seen=lambda: None)
    assert gateway.bodies == [b"form"]
    assert [(key, value) for key, value, _ in producer.produced] == [(b"a", b"bulk"), (b"c", b"next")]
    assert producer.produced[0][2] == [("content-type", b"application/json")]
    assert producer.produced[1][2] is None  # not said to be JSON, so taken for Avro
    assert days == [2, 1]
    assert (feeder.accepted, feeder.produced, feeder.in_topic) == (1, 2, 3)


def test_people_decide_last_when_all_is_done_and_under_a_key_that_may(gateway: FakeGateway, client: Client) -> None:
    bodies_seen: list[int] = []
    sends = [Send(0, b"decision", "desk", "a"), Send(1, b"form", "gateway", "b")]
    _feeder(client, FakeProducer()).feed(sends, lambda _: None, lambda: bodies_seen.append(len(gateway.bodies)))
    assert gateway.bodies == [b"form", b"decision"]
    assert gateway.keys == [f"Bearer {KEY}", f"Bearer {DESK}"]
    assert bodies_seen == [1]


def test_what_the_gateway_answered_is_counted(gateway: FakeGateway, client: Client) -> None:
    receipt = {"accepted": 3, "duplicates": 2, "rejected": [{"reason": "too_deep"}, {"reason": "not_json"}]}
    gateway.replies = [(202, {}, json.dumps(receipt).encode()), (400, {}, b'{"code": "not_json"}')]
    feeder = _feeder(client, FakeProducer())
    feeder.post([b"{}"] * 7)
    feeder.post([b"<html>"])
    assert (feeder.accepted, feeder.duplicates) == (3, 2)
    assert feeder.rejected == {"too_deep": 1, "not_json": 2}


def test_a_busy_gateway_is_asked_again_with_the_same(gateway: FakeGateway, client: Client) -> None:
    gateway.replies = [(503, {"Retry-After": "0"}, b""), (202, {}, json.dumps(OK).encode())]
    _feeder(client, FakeProducer()).post([b"{}"])
    assert gateway.bodies == [b"{}", b"{}"]


def test_a_gateway_that_refuses_is_an_error_in_plain_words(gateway: FakeGateway, client: Client) -> None:
    gateway.replies = [(401, {}, b'{"code": "bad_key"}')]
    with pytest.raises(GatewayError, match=r"401.*bad_key"):
        _feeder(client, FakeProducer()).post([b"{}"])


def test_a_broker_that_refuses_is_an_error(client: Client) -> None:
    feeder = _feeder(client, FakeProducer(error=KafkaError(KafkaError._MSG_TIMED_OUT)))
    with pytest.raises(KafkaException):
        feeder.feed([Send(0, b"x", "kafka", "a")], lambda _: None, lambda: None)


def test_requests_keep_the_limits_of_the_contract() -> None:
    found = list(batches([b"x"] * (MOST_EVENTS + 1)))
    assert [len(batch) for batch in found] == [MOST_EVENTS, 1]
    assert [len(batch) for batch in batches([b"x" * 400_000] * 5)] == [2, 2, 1]
    assert list(batches([])) == []


def test_server_sent_events_are_read() -> None:
    stream = b'retry: 2000\n\n: beat\n\nid: 1\nevent: alert\ndata: {"a": 1}\n\nevent: ready\ndata: {}\n\n'
    assert list(events(iter(StringIO(stream.decode()).read().encode().splitlines(keepends=True)))) == [
        ("alert", {"a": 1}),
        ("ready", {}),
    ]


def test_the_watch_notes_when_the_alert_of_a_new_lead_arrives(gateway: FakeGateway) -> None:
    alert = {"signal": {"kind": "lead_created", "evidence": {"event_id": "form-1"}}}
    other = {"signal": {"kind": "followup_overdue", "evidence": {"event_id": "form-2"}}}
    messages = [("ready", {}), ("alert", other), ("alert", alert)]
    body = b"".join(f"event: {name}\ndata: {json.dumps(data)}\n\n".encode() for name, data in messages)
    gateway.replies = [(200, {}, body)]
    watch = AlertWatch(gateway.port, "cookie", clock=lambda: 7.0)
    watch._run()
    assert watch.arrived == {"form-1": 7.0}
    with pytest.raises(ConnectionError, match="broke off: the gateway ended it"):
        watch.wait(lambda: False)


def test_a_watch_that_may_not_see_alerts_says_so(gateway: FakeGateway) -> None:
    gateway.replies = [(401, {}, b"nobody is signed in")]
    with (
        pytest.raises(ConnectionError, match=r"401.*nobody is signed in"),
        AlertWatch(gateway.port, "cookie"),
    ):
        pass


def test_percentiles() -> None:
    values = [float(value) for value in range(1, 102)]
    assert (percentile(values, 50), percentile(values, 99)) == (51.0, 100.0)
    assert percentile([3.0], 99) == 3.0
    assert percentile([], 50) is None


def test_metrics_are_added_up_over_labels() -> None:
    found = Scrape(
        '# TYPE whetstone_facts counter\nwhetstone_facts_total{type="a"} 2.0\nwhetstone_facts_total{type="b"} 3.0\n'
        "# TYPE other gauge\nother 7.0\n"
    )
    assert found.total("facts_total") == 5
    assert found.total("facts_total", type="b") == 3
    assert found.by("facts_total", "type") == {"a": 2, "b": 3}
    assert found.total("nothing") == 0


def test_without_a_terminal_everything_is_lines() -> None:
    out = StringIO()
    screen = Screen(Console(file=out, force_terminal=False))
    with screen.bars({"sent": 10}) as bars:
        bars.note("facts 3")
        bars.set("sent", 99)
    screen.figures([("leads", "4")])
    screen.verdict([Check("phones", "4", "4", True), Check("turns", "1", "2", False)])
    text = out.getvalue()
    for part in ("sent 10/10; facts 3", "leads", "✓", "✗", "1 of 2 checks do not hold."):
        assert part in text
    assert "\x1b" not in text
