"""kill -9 of workers at random: the count stays exact and no offset is committed that was not processed."""

import random
import time
from collections.abc import Callable

import pytest

from streams.settings import Settings
from streams.waiting import wait_until
from tests.integration.workers import PATIENCE, Store, WorkerProcess, fill, make_topic, store, worker_processes

pytestmark = [pytest.mark.services, pytest.mark.chaos, pytest.mark.timeout(600)]

RECORDS = 200_000
KILLS = 5
SEED = 20_261_121


def kill_at_random(start: Callable[[], WorkerProcess], seen: Store, expected: dict[str, int]) -> int:
    """Keep two workers running and kill one of them after a random number of slices, again and again."""
    dice = random.Random(SEED)
    workers = [start(), start()]
    for number in range(KILLS):
        victim = workers.pop(dice.randrange(2))
        victim.wait_until_ready()
        for _ in range(dice.randrange(1, 12)):
            if seen.counts() == expected:
                return number
            assert seen.committed_is_never_ahead()
            _some_progress(seen)
        victim.kill()
        workers.append(start())
    return KILLS


def _some_progress(seen: Store) -> None:
    before = sum(seen.counts().values())
    assert wait_until(lambda: sum(seen.counts().values()) > before, PATIENCE)


def test_nothing_is_lost_or_counted_twice(isolated_settings: Settings) -> None:
    settings = isolated_settings.model_copy(update={"worker_session_timeout_s": 6.0})
    topic = make_topic(settings)
    expected = fill(settings, topic, RECORDS)
    begun = time.monotonic()
    with store(settings, topic) as seen, worker_processes(settings, topic) as processes:
        kills = kill_at_random(lambda: processes(pause=0.05, limits={"records": 100}), seen, expected)
        assert wait_until(lambda: seen.counts() == expected, 3 * PATIENCE)
        assert seen.committed_is_never_ahead()
    print(f"{RECORDS} records, {kills} kills, {time.monotonic() - begun:.0f} s")
    assert kills == KILLS, "the workers were done before they could be killed often enough"
