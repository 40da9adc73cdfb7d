"""The Confluent Schema Registry through its client, against a small registry on loopback."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from schemas.shipped import latest, shipped
from schemas.wire import Codec
from sinks.base import SchemaRefused, SinkUnavailable
from sinks.schema_registry import ASK_AGAIN_S, SchemaRegistry
from tests import golden


class Registry(ThreadingHTTPServer):
    """Keeps schemas as the real one does: one id per distinct text; `fail` answers everything with that status."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.texts: list[str] = ["not used: ids begin at 1"]
        self.subjects: dict[str, set[int]] = {}
        self.requests: list[str] = []
        self.users: set[str | None] = set()
        self.fail = 0
        self.garbage = False


class Handler(BaseHTTPRequestHandler):
    server: Registry

    def log_message(self, *args: object) -> None:
        return

    def do_GET(self) -> None:
        number = int(self.path.partition("?")[0].rpartition("/")[2])
        known = number < len(self.server.texts)
        self.answer(200 if known else 404, {"schema": self.server.texts[number]} if known else {"error_code": 40403})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        path = self.path.partition("?")[0].strip("/").split("/")
        subject, registering = path[1], path[-1] == "versions"
        held = self.server.subjects.setdefault(subject, set())
        if body["schema"] not in self.server.texts and registering:
            self.server.texts.append(body["schema"])
        if body["schema"] not in self.server.texts:
            return self.answer(404, {"error_code": 40403, "message": "Schema not found"})
        number = self.server.texts.index(body["schema"])
        held.add(number)
        return self.answer(200, {"id": number, "subject": subject, "version": len(held), "schema": body["schema"]})

    def answer(self, status: int, body: dict[str, object]) -> None:
        self.server.requests.append(self.path)
        self.server.users.add(self.headers.get("Authorization"))
        status = self.server.fail or status
        text = b"<html>" if self.server.garbage else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@pytest.fixture
def server() -> Iterator[Registry]:
    with Registry() as running:
        thread = Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def address(server: Registry, user: str = "") -> str:
    return f"http://{user}127.0.0.1:{server.server_address[1]}"


def test_every_shipped_version_is_registered_under_its_subject_and_the_codec_works(server):
    server.texts.append("somebody else's")
    registry = SchemaRegistry(address(server))
    registry.open()
    assert set(server.subjects) == set(latest(shipped()))
    assert len(server.texts) == 2 + len(shipped())
    codec = Codec(registry)
    assert codec.decode_signal(codec.encode_signal(golden.SIGNAL)) == golden.SIGNAL


def test_without_permission_to_register_ids_are_looked_up(server):
    SchemaRegistry(address(server)).open()
    before = len(server.texts)
    registry = SchemaRegistry(address(server), register=False)
    registry.open()
    assert len(server.texts) == before
    assert registry.id_of("signals-whetstone.signals.Signal") >= 1


def test_a_schema_that_cannot_be_looked_up_needs_somebody_to_act(server):
    with pytest.raises(SchemaRefused, match="404"):
        SchemaRegistry(address(server), register=False).open()


def test_schemas_of_others_are_learned_once(server):
    now = [0.0]
    registry = SchemaRegistry(address(server), clock=lambda: now[0])
    registry.open()
    server.texts.append('"string"')
    number = len(server.texts) - 1
    payloads = [b"\0" + one.to_bytes(4, "big") + b"x" for one in (1, number, number + 1)]
    assert registry.unknown([*payloads, b"{}"]) == {number, number + 1}
    assert registry.schema_of(number) is None
    registry.learn(registry.unknown(payloads))
    assert registry.schema_of(number) == '"string"'
    assert registry.schema_of(number + 1) is None
    assert registry.unknown(payloads) == set()
    now[0] += ASK_AGAIN_S
    assert registry.unknown(payloads) == {number + 1}


def test_user_and_password_are_sent_as_such(server):
    SchemaRegistry(address(server, "user:p%40ss@")).open()
    assert server.users == {"Basic dXNlcjpwQHNz"}


@pytest.mark.parametrize(("status", "error"), [(500, SinkUnavailable), (429, SinkUnavailable), (401, SchemaRefused)])
def test_errors_say_whether_to_try_again(server, status, error):
    server.fail = status
    with pytest.raises(error, match=str(status)):
        SchemaRegistry(address(server)).open()


def test_an_answer_that_is_no_registrys(server):
    server.garbage = True
    with pytest.raises(SinkUnavailable):
        SchemaRegistry(address(server)).open()


def test_nobody_there():
    with Registry() as closed:
        url = address(closed)
    with pytest.raises(SinkUnavailable, match="schema registry"):
        SchemaRegistry(url).open()
