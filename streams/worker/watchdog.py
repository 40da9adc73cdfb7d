"""Ends a worker that no longer moves: a hung process holds its partitions, a dead one gives them up."""

import asyncio
import faulthandler
import io
import logging
import os
import sys
import threading
from collections.abc import Callable
from time import monotonic
from typing import NoReturn, Protocol

from streams.transport import Position

log = logging.getLogger(__name__)

STALLED = 70  # exit status of a worker that was ended because it did not move


class Moving(Protocol):
    """What is watched: `moves` counts everything that moves a position or shows that waiting is on purpose."""

    moves: int

    def positions(self) -> list[Position]:
        """Return how far each partition is."""


def end_process(status: int = STALLED) -> NoReturn:
    """End at once: a hung process cannot be asked to stop. What was not committed is read again."""
    sys.stderr.flush()
    os._exit(status)


def end_after(seconds: float, end: Callable[[], None]) -> threading.Timer:
    """Call `end` when the process still lives after so many seconds; for a stop that must not take forever."""
    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    return timer


class Watchdog:
    """A thread that looks once in a while; it works even when the event loop is blocked.

    It calls `end` when for `stall` seconds no position moved although there was something to read, or the event
    loop did not turn at all. Lag that stands because the broker is away counts as well; time in which the whole process
    stood still (a machine that slept, a container that was paused) does not.
    """

    def __init__(
        self,
        watched: Moving,
        stall: float,
        end: Callable[[], None] = end_process,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._watched = watched
        self._stall = stall
        self._end = end
        self._clock = clock
        self._moves = -1
        self._moved_at = self._turned_at = clock()
        self._stopped = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Begin watching the running loop."""
        self._loop = asyncio.get_running_loop()
        self._moved_at = self._turned_at = self._clock()
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def stop(self) -> None:
        """Stop watching."""
        self._stopped.set()

    @property
    def quiet(self) -> float:
        """Seconds since the process last showed that it is well: nothing to do, something moved, the loop turning."""
        now = self._clock()
        return max(now - self._moved_at, now - self._turned_at)

    def look(self) -> bool:
        """Look once; return whether the process is stalled."""
        if self._watched.moves != self._moves or not any(position.lag for position in self._watched.positions()):
            self._moves = self._watched.moves
            self._moved_at = self._clock()
        return self.quiet > self._stall

    def turned(self) -> None:
        """Note that the event loop turns; runs in the loop."""
        self._turned_at = self._clock()

    def excuse(self, seconds: float) -> None:
        """Leave time out of account in which this very thread did not run: nothing could have moved then."""
        if seconds > 0:
            self._moved_at += seconds
            self._turned_at += seconds

    def _watch(self) -> None:
        pause = min(self._stall / 4, 5.0)
        while True:
            began = self._clock()
            if self._stopped.wait(pause):
                return
            self.excuse(self._clock() - began - 2 * pause)
            if self._loop is None or self._loop.is_closed():
                return
            self._loop.call_soon_threadsafe(self.turned)
            if self.look():
                log.critical(
                    "No position moved for %.0f s although there is lag; ending.\n%s", self.quiet, self._report()
                )
                self._end()
                return

    def _report(self) -> str:
        """Return positions with lag, the stacks of all threads and of all tasks."""
        out = io.StringIO()
        for position in self._watched.positions():
            if position.lag:
                print(f"lag {position.lag}: {position}", file=out)
        for task in asyncio.all_tasks(self._loop):
            task.print_stack(limit=8, file=out)
        faulthandler.dump_traceback(file=sys.stderr, all_threads=True)
        return out.getvalue()
