"""Event ids that are too old to be repeated are forgotten."""

import logging
from collections.abc import Callable
from typing import Protocol

from schemas.times import DAY
from streams.chores import Chore
from streams.metrics import EVENTS_FORGOTTEN

log = logging.getLogger(__name__)

FIRST_S = 300.0  # after a start: workers that are replaced every hour do it, too
EVERY_S = 3_600.0


class Forgetful(Protocol):
    """What is asked of the library."""

    async def forget_events(self, before: int) -> int:
        """Forget event ids claimed before a time (ms since 1970); return how many."""


def forgetting(library: Forgetful, days: int, *, wall: Callable[[], int], mine: Callable[[], bool]) -> Chore:
    """Return the chore that forgets event ids claimed more than `days` ago, about once an hour.

    It walks over the whole table, so one worker of all does it: `mine` tells whether this is the one. `wall` returns
    the wall clock, ms.
    """

    async def forget() -> None:
        if not mine():
            return
        count = await library.forget_events(wall() - days * DAY)
        EVENTS_FORGOTTEN.inc(count)
        log.info("%d event ids forgotten", count)

    return Chore("forgetting event ids", forget, EVERY_S, FIRST_S)
