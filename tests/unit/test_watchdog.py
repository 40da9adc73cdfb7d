"""The watchdog: it ends what hangs, and leaves alone what is slow, idle or done."""

import asyncio
import threading

import pytest

from streams.transport import Position
from streams.worker.watchdog import Watchdog

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class FakeWatched:
    def __init__(self) -> None:
        self.moves = 0
        self.lag = 10

    def positions(self) -> list[Position]:
        return [Position("t", 0, 1, 5, 5, 5, 5 + self.lag, 0, None)]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def watchdog() -> tuple[Watchdog, FakeWatched, Clock]:
    watched, clock = FakeWatched(), Clock()
    return Watchdog(watched, 60, clock=clock), watched, clock


def looks(dog: Watchdog, clock: Clock, seconds: float) -> bool:
    clock.now += seconds
    dog.turned()
    return dog.look()


def test_lag_without_any_move_is_a_stall() -> None:
    dog, _, clock = watchdog()
    assert not looks(dog, clock, 0)
    assert not looks(dog, clock, 59)
    assert looks(dog, clock, 2)


def test_any_move_begins_anew() -> None:
    dog, watched, clock = watchdog()
    looks(dog, clock, 59)
    watched.moves += 1
    assert not looks(dog, clock, 2)
    assert not looks(dog, clock, 59)


def test_time_in_which_the_whole_process_stood_still_does_not_count() -> None:
    dog, _, clock = watchdog()
    looks(dog, clock, 30)
    clock.now += 1000
    dog.excuse(1000)
    assert not dog.look()
    assert looks(dog, clock, 61)


class Sleeper(threading.Event):
    """The machine sleeps for 1,000 s during the first wait; all others last as long as was asked for."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def wait(self, timeout: float | None = None) -> bool:
        self._clock.now += 1000 if self._clock.now == 0 else timeout or 0
        return super().wait(timeout)


async def test_a_process_that_stood_still_as_a_whole_is_ended_only_if_it_hangs_afterwards() -> None:
    clock, ended = Clock(), asyncio.Event()
    loop = asyncio.get_running_loop()
    dog = Watchdog(FakeWatched(), 0.08, end=lambda: loop.call_soon_threadsafe(ended.set), clock=clock)  # type: ignore[arg-type]
    dog._stopped = Sleeper(clock)
    dog.look()
    dog.start()
    await ended.wait()
    assert clock.now > 1000.03


def test_nothing_to_do_is_no_stall() -> None:
    dog, watched, clock = watchdog()
    watched.lag = 0
    assert not looks(dog, clock, 1000)


def test_a_loop_that_does_not_turn_is_a_stall_even_without_lag() -> None:
    dog, watched, clock = watchdog()
    watched.lag = 0
    clock.now += 61
    assert dog.look()


def test_quiet_counts_since_the_last_sign_of_life() -> None:
    dog, _, clock = watchdog()
    looks(dog, clock, 0)
    clock.now += 7
    assert dog.quiet == 7


async def test_the_thread_ends_a_stalled_process_and_says_where_it_hangs(caplog: pytest.LogCaptureFixture) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    watched = FakeWatched()
    dog = Watchdog(watched, 0.02, end=lambda: loop.call_soon_threadsafe(ended.set))  # type: ignore[arg-type]
    hanging = asyncio.create_task(asyncio.Event().wait(), name="the one that hangs")
    dog.start()
    await ended.wait()
    hanging.cancel()
    assert "lag 10" in caplog.text
    assert "the one that hangs" in caplog.text
