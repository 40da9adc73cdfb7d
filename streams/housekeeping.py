"""What a worker does beside its slices: event ids that are too old to be repeated are forgotten."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

from schemas.times import DAY
from sinks.base import SinkUnavailable
from streams.metrics import EVENTS_FORGOTTEN

log = logging.getLogger(__name__)

FIRST_S = 300.0  # after a start: workers that are replaced every hour do it, too
EVERY_S = 3_600.0

Pause = Callable[[float], Awaitable[bool]]  # waits so many seconds; True: it is time to end


class Forgetful(Protocol):
    """What is asked of the library."""

    async def forget_events(self, before: int) -> int:
        """Forget event ids claimed before a time (ms since 1970); return how many."""


class Housekeeping:
    """Forgets event ids claimed more than `days` ago, about once an hour.

    It walks over the whole table, so one worker of all does it: `mine` tells whether this is the one. `wall` returns
    the wall clock, ms.
    """

    def __init__(self, library: Forgetful, days: int, *, wall: Callable[[], int], mine: Callable[[], bool]) -> None:
        self._library = library
        self._keep = days * DAY
        self._wall = wall
        self._mine = mine

    async def run(self, pause: Pause) -> None:
        """Do it again and again until `pause` says that it is time to end."""
        ending = await pause(FIRST_S)
        while not ending:
            await self.forget()
            ending = await pause(EVERY_S)

    async def forget(self) -> None:
        """Forget once. What goes wrong is logged and tried again next time: late forgetting harms nothing."""
        if not self._mine():
            return
        try:
            count = await self._library.forget_events(self._wall() - self._keep)
        except SinkUnavailable as error:
            log.warning("event ids are forgotten next time: %s", error)
        except Exception:
            log.exception("event ids could not be forgotten; tried again next time")
        else:
            EVENTS_FORGOTTEN.inc(count)
            log.info("%d event ids forgotten", count)


def until(stop: asyncio.Event) -> Pause:
    """Return a pause that ends early, with True, when `stop` is set."""

    async def pause(seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), seconds)
        return stop.is_set()

    return pause
