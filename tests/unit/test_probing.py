"""A worker without work looks at its stores: one that does not answer is an outage, until it does."""

import asyncio

import pytest

from sinks.base import SinkUnavailable
from streams.outages import Outages
from streams.worker import probing
from streams.worker.probing import EVERY_S, keep_probing

pytestmark = pytest.mark.anyio
AWAY = SinkUnavailable("looked-at", "no answer")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def seen(*answers: Exception | None) -> list[list[str]]:
    """Probe a store that answers so; return which stores are waited for before each look, and at the end."""
    outages, found, left = Outages(), list[list[str]](), list(answers)

    async def probe() -> None:
        answer = left.pop(0)
        if answer is not None:
            raise answer

    async def pause(seconds: float) -> bool:
        assert seconds == EVERY_S
        found.append(outages.stores())
        return not left

    await keep_probing("looked-at", probe, pause, outages)
    return [*found, outages.stores()]


async def test_a_store_that_does_not_answer_is_waited_for_until_it_does() -> None:
    assert await seen(None, AWAY, AWAY, None) == [[], [], ["looked-at"], ["looked-at"], [], []]


async def test_nobody_waits_any_more_when_the_worker_ends() -> None:
    assert await seen(AWAY) == [[], ["looked-at"], []]
    outages, hung = Outages(), asyncio.Event()

    async def probe() -> None:
        if outages.stores():
            hung.set()
            await asyncio.Event().wait()
        raise AWAY

    async def pause(_: float) -> bool:
        return False

    task = asyncio.create_task(keep_probing("looked-at", probe, pause, outages))
    await hung.wait()
    task.cancel()
    await asyncio.wait([task])
    assert outages.stores() == []


async def test_what_nobody_expected_is_logged_and_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    assert await seen(ValueError("WRONGTYPE"), AWAY, None) == [[], [], ["looked-at"], [], []]
    assert "looked-at answered what was not expected" in caplog.text


async def test_a_store_that_is_silent_does_not_keep_the_look_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "PATIENCE_S", 0.0)
    outages = Outages()

    async def pause(_: float) -> bool:
        return bool(outages.stores())

    await asyncio.wait_for(keep_probing("looked-at", asyncio.Event().wait, pause, outages), 30)
