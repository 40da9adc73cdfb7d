"""What a process does beside its work: chores, each of them now and then, and tasks that must not end unseen."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sinks.base import SinkUnavailable

log = logging.getLogger(__name__)

Pause = Callable[[float], Awaitable[bool]]  # waits so many seconds; True: it is time to end


def until(stop: asyncio.Event) -> Pause:
    """Return a pause that ends early, with True, when `stop` is set."""

    async def pause(seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), seconds)
        return stop.is_set()

    return pause


@dataclass(frozen=True, slots=True)
class Chore:
    """Something that is done every so often and that may come late: `first_s` seconds after the start, then `every_s`.

    `name` says in logs what is done. `work` may raise what it likes: that is logged, and tried again next time.
    """

    name: str
    work: Callable[[], Awaitable[object]]
    every_s: float
    first_s: float

    async def run(self, pause: Pause) -> None:
        """Do it again and again until `pause` says that it is time to end."""
        ending = await pause(self.first_s)
        while not ending:
            await self._once()
            ending = await pause(self.every_s)

    async def _once(self) -> None:
        try:
            await self.work()
        except (SinkUnavailable, OSError) as error:
            log.warning("%s is put off until the next time: %s", self.name, error)
        except Exception:
            log.exception("%s failed; it is tried again next time", self.name)


def report(task: asyncio.Task[Any], failed: Callable[[BaseException], None]) -> None:
    """Call `failed` with what ends a task wrongly; of one that is merely awaited at the end nobody would hear it."""

    def ended(task: asyncio.Task[Any]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            failed(error)

    task.add_done_callback(ended)
