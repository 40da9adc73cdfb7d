"""No bytes make the gateway fail: no 5xx, no exception, and every event that is turned down has a reason."""

import asyncio
import json
import random
from typing import Any

import pytest

from schemas.outcome import REASONS
from streams import metrics
from tests.gateway import FakeGateway
from tests.property.hostile import Attack, attack

KNOWN = {200, 202, 303, 304, 400, 401, 403, 404, 405, 408, 410, 413, 415}


async def send(app: Any, what: Attack) -> tuple[int, bytes]:
    """Send one request over ASGI; return status and body."""
    waiting = [
        {"type": "http.request", "body": chunk, "more_body": index < len(what.chunks) - 1}
        for index, chunk in enumerate(what.chunks)
    ]
    got: list[Any] = []

    async def receive() -> Any:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def answer(message: Any) -> None:
        got.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": what.method,
        "scheme": "http",
        "path": what.path,
        "raw_path": what.path.encode("utf-8", "replace"),
        "query_string": what.query,
        "root_path": "",
        "headers": [(b"host", b"gateway"), *what.headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    await app(scope, receive, answer)
    body = b"".join(message.get("body", b"") for message in got[1:])
    return got[0]["status"], body


def check(status: int, body: bytes) -> int:
    """Check one answer; return how many events it turned down."""
    assert status in KNOWN, (status, body)
    if status == 202:
        receipt = json.loads(body)
        assert all(one["reason"] in REASONS and one["message"] for one in receipt["rejected"])
        assert all(one["reason"] != "internal" for one in receipt["rejected"]), receipt
        return len(receipt["rejected"])
    if 400 <= status < 500 and body.startswith(b"{"):
        problem = json.loads(body)
        assert problem["code"]
        assert problem["message"]
    return 0


def survive(seed: int, count: int) -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        key = await gateway.key(public=True, origins=("*",), rate=1e12)
        app = gateway.app()
        rng = random.Random(seed)
        before = metrics.GATEWAY_ERRORS._value.get()
        async with app.router.lifespan_context(app):
            await gateway.keys.refresh()
            await app.state.readiness.look()
            for number in range(count):
                what = attack(rng, key)
                held = len(gateway.producer.records["rejected"])
                status, body = await send(app, what)
                turned_down = check(status, body)
                if status == 202:
                    assert len(gateway.producer.records["rejected"]) - held == turned_down, (number, what)
                if number % 1_000 == 0:
                    gateway.producer.records.clear()
        assert metrics.GATEWAY_ERRORS._value.get() == before, "the last-resort handler was needed"

    asyncio.run(scenario())


@pytest.mark.parametrize("seed", range(4))
def test_hostile_requests(seed: int) -> None:
    survive(seed, 1_500)


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("seed", range(100, 108))
def test_many_more_hostile_requests(seed: int) -> None:
    survive(seed, 26_000)
