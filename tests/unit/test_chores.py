"""Chores of a worker: when they are done, that nothing that goes wrong ends them; forgetting old event ids."""

import asyncio
import logging

import pytest
from prometheus_client import REGISTRY

from schemas.times import DAY
from sinks.base import SinkUnavailable
from streams.chores import Chore, report, until
from streams.settings import Settings
from streams.worker.assemble import Readers
from streams.worker.forgetting import EVERY_S, FIRST_S, forgetting

pytestmark = pytest.mark.anyio
NOW = 400 * DAY


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Forgetful:
    """Notes what it is asked; `answers` are returned or raised, one a call."""

    def __init__(self, *answers: int | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[int] = []

    async def forget_events(self, before: int) -> int:
        self.asked.append(before)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Pauses:
    """Lets time pass at once, so many times."""

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds
        self.waited: list[float] = []

    async def __call__(self, seconds: float) -> bool:
        self.waited.append(seconds)
        return len(self.waited) > self.rounds


def forgotten() -> float:
    return REGISTRY.get_sample_value("whetstone_events_forgotten_total") or 0


async def run(library: Forgetful, rounds: int, *, mine: bool = True) -> Pauses:
    pauses = Pauses(rounds)
    await forgetting(library, 30, wall=lambda: NOW, mine=lambda: mine).run(pauses)
    return pauses


async def test_once_an_hour_what_is_older_than_the_days_is_forgotten_and_counted() -> None:
    library, before = Forgetful(3, 0), forgotten()
    pauses = await run(library, 2)
    assert library.asked == [NOW - 30 * DAY] * 2
    assert pauses.waited == [FIRST_S, EVERY_S, EVERY_S]
    assert forgotten() - before == 3


@pytest.mark.parametrize(
    ("error", "level"), [(SinkUnavailable("postgres", "away"), "WARNING"), (RuntimeError("odd"), "ERROR")]
)
async def test_what_goes_wrong_is_logged_and_tried_again_next_time(
    error: Exception, level: str, caplog: pytest.LogCaptureFixture
) -> None:
    library, before = Forgetful(error, 2), forgotten()
    with caplog.at_level(logging.WARNING, "streams.chores"):
        await run(library, 2)
    assert len(library.asked) == 2
    assert forgotten() - before == 2
    assert [record.levelname for record in caplog.records] == [level]


async def test_only_one_worker_of_all_does_it() -> None:
    library = Forgetful()
    await run(library, 3, mine=False)
    assert library.asked == []
    assert not Readers(Settings()).reads(0)


async def test_a_worker_that_ends_is_not_kept() -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(Chore("waiting", stop.wait, 600.0, 600.0).run(until(stop)))
    await asyncio.sleep(0)
    stop.set()
    await running


async def test_a_pause_that_is_over_says_to_go_on() -> None:
    assert await until(asyncio.Event())(0) is False


async def test_what_ends_a_task_wrongly_is_reported_and_nothing_else_is() -> None:
    told: list[BaseException] = []
    error = RuntimeError("odd")

    async def fails() -> None:
        raise error

    tasks = [asyncio.create_task(one) for one in (fails(), asyncio.sleep(0), asyncio.Event().wait())]
    for task in tasks:
        report(task, told.append)
    tasks[-1].cancel()
    await asyncio.wait(tasks)
    assert told == [error]
