"""Retrying: how often, how long in between, and when it ends."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from sinks.base import SinkUnavailable
from sinks.retry import Backoff, Stopped, keep_trying

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def failing(times: int, retry_after: float = 0.0) -> Callable[[], Awaitable[str]]:
    left = iter(range(times))

    async def call() -> str:
        for _ in left:
            raise SinkUnavailable("postgres", "away", retry_after)
        return "done"

    return call


async def test_the_answer_comes_back_after_failures_that_were_told() -> None:
    told: list[tuple[str, int, float]] = []
    stop = asyncio.Event()
    answer = await keep_trying(
        failing(3), stop, on_failure=lambda error, attempt, wait: told.append((error.store, attempt, wait))
    )
    assert answer == "done"
    assert told == [("postgres", 1, 0.0), ("postgres", 2, 0.0), ("postgres", 3, 0.0)]


async def test_stopping_ends_the_wait() -> None:
    stop = asyncio.Event()
    with pytest.raises(Stopped) as caught:
        await keep_trying(failing(9, 3_600), stop, on_failure=lambda *_: stop.set())
    assert isinstance(caught.value.__cause__, SinkUnavailable)


async def test_a_call_that_succeeds_is_made_though_the_process_is_stopping() -> None:
    stop = asyncio.Event()
    stop.set()
    assert await keep_trying(failing(0), stop) == "done"


async def test_other_errors_pass_through() -> None:
    async def call() -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        await keep_trying(call, asyncio.Event())


def test_waits_double_up_to_the_longest_and_differ_by_seed() -> None:
    waits = [Backoff(longest=10, jitter=0.5, seed="w1").wait(attempt, 0.5) for attempt in range(1, 40)]
    for attempt, wait in enumerate(waits, start=1):
        whole = min(10, 0.5 * 2 ** (attempt - 1))
        assert whole / 2 <= wait <= whole
    assert waits == [Backoff(longest=10, jitter=0.5, seed="w1").wait(attempt, 0.5) for attempt in range(1, 40)]
    assert waits != [Backoff(longest=10, jitter=0.5, seed="w2").wait(attempt, 0.5) for attempt in range(1, 40)]
    assert Backoff().wait(10**9, 1.0) <= 30
