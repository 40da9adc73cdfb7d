"""One blocking read of the inbox streams per gateway, handed on to every open live page."""

import asyncio
import logging
from collections.abc import Sequence
from enum import StrEnum
from functools import partial

from sinks.base import SinkUnavailable
from sinks.inbox import Entry, Inboxes, entry_order
from streams import metrics

log = logging.getLogger("whetstone.gateway.feed")

BLOCK_MS = 250  # an inbox that nobody watched before is included within this time
PAUSE_S = 1.0
SLOW_S = 5.0  # without an answer pages are told: a connection to a Redis that hangs gives up much later
WAITING = 1_000  # entries that a slow reader may fall behind


class Reach(StrEnum):
    """Whether the inboxes can be read: what a page is told when that changes, so that it never says "live" in vain."""

    AWAY = "away"
    BACK = "back"


class Subscription:
    """What one live page gets. `positions` says up to which entry each of its inboxes had been read at the start."""

    def __init__(self, positions: dict[str, str]) -> None:
        self.positions = positions
        self._queue: asyncio.Queue[Entry | Reach | None] = asyncio.Queue(WAITING + 1)

    async def next(self) -> Entry | Reach | None:
        """Return the next entry, or that an outage begins or ends; None when the stream has to end.

        The page then comes again and resumes.
        """
        return await self._queue.get()

    def put(self, entry: Entry | Reach | None) -> bool:
        """Hand on an entry; False when the reader is too slow."""
        if self._queue.qsize() >= WAITING and entry is not None:
            return False
        if not self._queue.full():
            self._queue.put_nowait(entry)
        return True


class Feed:
    """Watches the inboxes that somebody looks at."""

    def __init__(self, inboxes: Inboxes) -> None:
        self._inboxes = inboxes
        self._positions: dict[str, str] = {}
        self._readers: dict[str, set[Subscription]] = {}
        self._some = asyncio.Event()
        self._lock = asyncio.Lock()
        self._away = False
        self.closed = False

    async def subscribe(self, recipients: Sequence[str]) -> Subscription:
        """Begin to hand on what comes into these inboxes from here on. Raises SinkUnavailable."""
        async with self._lock:
            found: dict[str, str] = {}
            # Asked again for an inbox whose last reader left meanwhile.
            while new := [name for name in recipients if name not in self._positions and name not in found]:
                found |= await self._inboxes.last(new)
            self._positions = {**found, **self._positions}
            subscription = Subscription({name: self._positions[name] for name in recipients})
            for name in recipients:
                self._readers.setdefault(name, set()).add(subscription)
        metrics.LIVE_CONNECTIONS.inc()
        self._some.set()
        if self._away:
            subscription.put(Reach.AWAY)
        if self.closed:
            subscription.put(None)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Stop; an inbox that nobody looks at any more is no longer read."""
        metrics.LIVE_CONNECTIONS.dec()
        for name in subscription.positions:
            readers = self._readers.get(name, set())
            readers.discard(subscription)
            if not readers:
                self._readers.pop(name, None)
                self._positions.pop(name, None)
        if not self._positions:
            self._some.clear()

    async def run(self) -> None:
        """Read for ever (a background task); an outage is waited out, nothing is missed by it."""
        while True:
            await self._some.wait()
            try:
                entries = await self._read()
                metrics.SINK_UP.labels("redis").set(1)
            except SinkUnavailable as error:
                metrics.SINK_UP.labels("redis").set(0)
                metrics.SINK_RETRIES.labels("redis").inc()
                log.warning("inboxes cannot be read: %s", error)
                self._tell(away=True)
                await asyncio.sleep(PAUSE_S)
                continue
            self._tell(away=False)
            for entry in entries:
                self._hand_on(entry)

    async def _read(self) -> list[Entry]:
        late = asyncio.get_running_loop().call_later(SLOW_S, partial(self._tell, away=True))
        try:
            return await self._inboxes.read(dict(self._positions), BLOCK_MS)
        finally:
            late.cancel()

    def close(self) -> None:
        """End every stream, so that the server can stop; pages connect again elsewhere."""
        self.closed = True
        for subscription in self._subscriptions():
            subscription.put(None)

    def _subscriptions(self) -> set[Subscription]:
        return {one for readers in self._readers.values() for one in readers}

    def _tell(self, *, away: bool) -> None:
        if away == self._away:
            return
        self._away = away
        for subscription in self._subscriptions():
            if not subscription.put(Reach.AWAY if away else Reach.BACK):
                subscription.put(None)

    def _hand_on(self, entry: Entry) -> None:
        place = self._positions.get(entry.recipient)
        if place is None or entry_order(entry.id) <= entry_order(place):
            return  # read before the last reader left and the next one came
        self._positions[entry.recipient] = entry.id
        for subscription in self._readers[entry.recipient]:
            if not subscription.put(entry):
                subscription.put(None)
