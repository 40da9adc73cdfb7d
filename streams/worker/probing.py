"""A look at the stores now and then: a worker that has nothing to do asks them nothing, and would call a dead one well.

Ticks of the wall clock make it write to Redis every second; nothing makes it ask PostgreSQL, and where events are the
clock nothing makes it ask any store.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from sinks.base import SinkUnavailable
from streams.chores import Pause
from streams.outages import OUTAGES, Outages

log = logging.getLogger(__name__)

EVERY_S = 10.0
PATIENCE_S = 10.0  # work waits longer, for what is large

Probe = Callable[[], Awaitable[object]]  # asks a store for something small, as work does; raises SinkUnavailable


async def keep_probing(store: str, probe: Probe, pause: Pause, outages: Outages = OUTAGES) -> None:
    """Ask a store again and again until `pause` says that it is time to end; one that does not answer is an outage."""
    who = object()
    try:
        while not await pause(EVERY_S):
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await probe()
            except (SinkUnavailable, TimeoutError):
                outages.begin(store, who)
            except Exception:
                log.exception("%s answered what was not expected; it is asked again", store)
            else:
                outages.end(who)
    finally:
        outages.end(who)
