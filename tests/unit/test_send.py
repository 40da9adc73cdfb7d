"""`whetstone send`: batches, patience, and what the gateway's answers mean."""

import asyncio
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from streams.cli import main
from streams.commands import send as command
from streams.commands.send import batches, persist
from streams.gateway import sending
from streams.gateway.problems import Problem
from tests.gateway import FakeGateway, event


def lines(count: int) -> bytes:
    return b"".join(json.dumps(event(number)).encode() + b"\n" for number in range(count))


def test_batches_are_bounded_and_know_their_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    found = list(batches(io.BytesIO(b"1\n\n2\n3\n \n4\n5"), 2))
    assert found == [(1, [b"1\n", b"2\n"]), (4, [b"3\n", b"4\n"]), (7, [b"5"])]
    monkeypatch.setattr(command, "BATCH_BYTES", 5)
    assert [len(found) for _, found in batches(io.BytesIO(b"11\n22\n333333\n4\n"), 500)] == [1, 1, 1, 1]


def test_a_batch_is_repeated_for_as_long_as_patience_lasts() -> None:
    calls = 0

    async def busy(_lines: list[bytes]) -> dict[str, Any]:
        nonlocal calls
        calls += 1
        if calls < 3:
            raise Problem(429, "too_fast", "wait", 0.001)
        return {"accepted": 1, "duplicates": 0, "rejected": []}

    async def refused(_lines: list[bytes]) -> dict[str, Any]:
        raise Problem(401, "bad_key", "no such key")

    assert asyncio.run(persist(busy, [b"{}"], 10))["accepted"] == 1
    with pytest.raises(Problem, match="no such key"):
        asyncio.run(persist(refused, [b"{}"], 10))
    calls = -1000
    with pytest.raises(Problem, match="wait"):
        asyncio.run(persist(busy, [b"{}"], 0))


@pytest.fixture
def through(monkeypatch: pytest.MonkeyPatch) -> Callable[[FakeGateway], None]:
    """Let `send --url` reach a gateway on fakes."""

    def connect(gateway: FakeGateway) -> None:
        app = gateway.app()
        made = httpx.AsyncClient

        def client(**options: Any) -> httpx.AsyncClient:
            return made(transport=httpx.ASGITransport(app), **options)

        monkeypatch.setattr(sending.httpx, "AsyncClient", client)
        original = sending.to_gateway

        def opened(url: str, key: str) -> Any:
            return _running(app, gateway, original(url, key))

        monkeypatch.setattr(command, "to_gateway", opened)

    return connect


class _running:
    """Runs the application around a sender."""

    def __init__(self, app: Any, gateway: FakeGateway, inner: Any) -> None:
        self._parts = app.router.lifespan_context(app), inner
        self._app, self._gateway = app, gateway

    async def __aenter__(self) -> Any:
        await self._parts[0].__aenter__()
        await self._gateway.keys.refresh()
        await self._app.state.readiness.look()
        return await self._parts[1].__aenter__()

    async def __aexit__(self, *error: Any) -> None:
        await self._parts[1].__aexit__(*error)
        await self._parts[0].__aexit__(*error)


def test_a_file_goes_through_the_gateway(through: Callable[[FakeGateway], None], tmp_path: Path) -> None:
    gateway = FakeGateway()
    key = asyncio.run(gateway.key())
    through(gateway)
    file = tmp_path / "events.jsonl"
    file.write_bytes(lines(7) + lines(2) + b'{"event_id": "bad"}\n')
    arguments = ["send", str(file), "--url", "http://gateway", "--key", key, "--batch", "4"]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    assert "accepted=7 duplicates=2 rejected=1" in done.output
    assert "rejected: event 2 of the batch from line 9: missing_field" in done.output
    assert done.output.splitlines()[-1] == "rejected: missing_field 1"
    assert len(gateway.produced()) == 7
    strict = CliRunner().invoke(main, [*arguments, "--strict"])
    assert strict.exit_code == 1
    assert strict.output.splitlines()[-1] == "Error: 1 of 10 events were rejected: missing_field 1"


def test_a_file_of_which_every_event_is_rejected_fails_and_says_why(
    through: Callable[[FakeGateway], None], tmp_path: Path
) -> None:
    gateway = FakeGateway()
    key = asyncio.run(gateway.key())
    through(gateway)
    file = tmp_path / "events.jsonl"
    file.write_bytes(b'{"event_id": "bad"}\n' * 2 + b"no json\n")
    done = CliRunner().invoke(main, ["send", str(file), "--url", "http://gateway", "--key", key])
    assert done.exit_code == 1
    assert "accepted=0 duplicates=0 rejected=3" in done.output
    assert done.output.splitlines()[-1] == "Error: 3 of 3 events were rejected: missing_field 2, not_json 1"


def test_a_wrong_key_and_a_missing_key_are_said(through: Callable[[FakeGateway], None], tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(lines(1))
    through(FakeGateway())
    wrong = CliRunner().invoke(main, ["send", str(file), "--url", "http://gateway", "--key", "wsk_a_b"])
    assert (wrong.exit_code, "whetstone key create" in wrong.output) == (1, True)
    missing = CliRunner().invoke(main, ["send", str(file), "--url", "http://gateway"])
    assert missing.exit_code == 2
