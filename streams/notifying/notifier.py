"""The notifier's process: one is active at a time, by a lease; the others stand by."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from schemas.rules import RuleBook, read_applied
from schemas.times import DAY
from sinks.base import SinkUnavailable
from sinks.channels import Channel
from sinks.postgres.deliveries import Deliveries, Notice, Owed, Superseded
from sinks.retry import Backoff, Stopped, keep_trying
from sinks.rule_books import RuleBookStore, in_force
from streams import metrics
from streams.clock import steady_ms
from streams.notifying.routing import Gaps, owed
from streams.notifying.sender import Sender

log = logging.getLogger("whetstone.notifier")

LEASE_S = 15.0
LOOK_S = 0.5
BOOK_S = 10.0
COUNT_S = 5.0
TIDY_S = 3_600.0
AT_ONCE = 500
KEPT_DAYS = 30

Result = TypeVar("Result")


@dataclass
class Notifier:
    """Tells people of signals until it is asked to stop. `holder` names this process among all notifiers."""

    deliveries: Deliveries
    books: RuleBookStore
    first_book: RuleBook
    channels: Mapping[str, Channel]
    clock: Callable[[], int]
    holder: str
    lease: float = LEASE_S
    steady: Callable[[], int] = steady_ms
    """The clock of waits, ms from anywhere; `clock` is the wall clock, which may be set."""
    active: bool = False
    reached_at: int | None = None
    """When Postgres answered last, ms."""
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _book: RuleBook | None = None

    @property
    def book(self) -> RuleBook:
        """The rule book that is followed."""
        return self._book or self.first_book

    def stop(self) -> None:
        """Ask it to end; a message that is on its way is finished."""
        self.stopping.set()
        self._over.set()

    async def run(self) -> None:
        """Be active whenever the lease can be had, until `stop`. Unexpected errors pass through."""
        while not self.stopping.is_set():
            try:
                held = await keep_trying(lambda: self._hold(), self.stopping, Backoff(longest=5.0), _outage)
            except Stopped:
                return
            if held is None:
                await _sleep(self.stopping, self.lease / 3)
            else:
                await self._be_active(*held)

    async def _hold(self) -> tuple[int, int] | None:
        held = await self.deliveries.hold(self.holder, self.lease)
        self.reached_at = self.clock()
        metrics.SINK_UP.labels("postgres").set(1)
        return held

    async def _be_active(self, epoch: int, position: int) -> None:
        self._over.clear()
        if self.stopping.is_set():
            return
        log.info("active: epoch %d, from notice %d on, channels %s", epoch, position, ", ".join(self.channels))
        self.active = True
        metrics.NOTIFIER_ACTIVE.set(1)
        try:
            await self._refresh_book()
            async with asyncio.TaskGroup() as group:
                for work in self._work(epoch, position):
                    group.create_task(self._until_over(work))
        except* (Stopped, SinkUnavailable) as group_error:
            log.warning("no longer active: %s", group_error.exceptions[0])
        finally:
            self.active = False
            metrics.NOTIFIER_ACTIVE.set(0)
            metrics.NOTIFICATIONS_OPEN.clear()
            metrics.NOTIFICATION_LAG_SECONDS.clear()
        if self.stopping.is_set():
            await self._let_go(epoch)

    def _work(self, epoch: int, position: int) -> list[Awaitable[None]]:
        senders = [
            Sender(name, channel, self.deliveries, epoch, lambda: self.book, self.clock, self._over, self.steady)
            for name, channel in self.channels.items()
        ]
        return [
            self._renew(epoch),
            self._route(epoch, position),
            self._every(BOOK_S, self._refresh_book),
            self._every(COUNT_S, self._count),
            self._every(TIDY_S, self._tidy),
            *(sender.run() for sender in senders),
        ]

    async def _until_over(self, work: Awaitable[None]) -> None:
        """Do a part of the work; where it finds that another notifier is active, all parts end."""
        try:
            await work
        except (Superseded, Stopped) as error:
            if not self._over.is_set():
                log.warning("another notifier is active: %r", error)
            self._over.set()

    async def _renew(self, epoch: int) -> None:
        while not self._over.is_set():
            held = await keep_trying(lambda: self._hold(), self._over, Backoff(longest=2.0), _outage)
            if held is None or held[0] != epoch:
                raise Superseded
            await _sleep(self._over, self.lease / 3)

    async def _route(self, epoch: int, position: int) -> None:
        gaps = Gaps()
        while not self._over.is_set():
            reached = await self._advance(epoch, position, gaps)
            if reached == position:
                await _sleep(self._over, LOOK_S)
            position = reached

    async def _advance(self, epoch: int, position: int, gaps: Gaps) -> int:
        """Make what the next notices ask for; return the position after them."""
        notices = await self._try(lambda: self.deliveries.notices(position, AT_ONCE))
        settled = gaps.settled(position, notices)
        metrics.NOTIFICATIONS_HELD.set(len(notices) - len(settled))
        if not settled:
            return position
        made = self._owed(settled)
        await self._try(lambda: self.deliveries.make(epoch, position, settled[-1].seq, made))
        return settled[-1].seq

    def _owed(self, notices: Sequence[Notice]) -> list[Owed]:
        now, made = self.clock(), []
        for notice in notices:
            found, missing = owed(notice, now, self.book, self.channels)
            made += found
            for name in missing:
                metrics.NOTIFICATIONS_UNROUTED.inc()
                log.error("%s is to be told through channel %s, which cannot reach it", notice.recipient, name)
        return made

    async def _refresh_book(self) -> None:
        applied = await self._try(lambda: in_force(self.books))
        if applied is not None and applied.version != self.book.version:
            self._book = read_applied(applied.document).book

    async def _count(self) -> None:
        counts = await self._try(self.deliveries.counts)
        now = self.clock()
        metrics.NOTIFICATIONS_OPEN.clear()
        for name in {*self.channels, *(channel for channel, _ in counts)}:
            for status in ("waiting", "dead"):
                count, due = counts.get((name, status), (0, now))
                metrics.NOTIFICATIONS_OPEN.labels(name, status).set(count)
                if status == "waiting":
                    metrics.NOTIFICATION_LAG_SECONDS.labels(name).set(max(0.0, (now - due) / 1000))

    async def _tidy(self) -> None:
        await self._try(lambda: self.deliveries.forget(self.clock() - KEPT_DAYS * DAY))

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while not self._over.is_set():
            await work()
            await _sleep(self._over, seconds)

    async def _try(self, call: Callable[[], Awaitable[Result]]) -> Result:
        return await keep_trying(call, self._over, on_failure=_outage)

    async def _let_go(self, epoch: int) -> None:
        try:
            await self.deliveries.let_go(epoch)
        except SinkUnavailable as error:
            log.warning("the lease runs out by itself: %s", error)


def _outage(error: SinkUnavailable, attempt: int, wait: float) -> None:
    metrics.SINK_RETRIES.labels(error.store).inc()
    metrics.SINK_UP.labels(error.store).set(0)
    log.warning("%s", error)


async def _sleep(until: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await until.wait()
    except TimeoutError:
        return
