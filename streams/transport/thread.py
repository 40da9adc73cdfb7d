"""The consumer's thread: aiokafka with its heartbeats, and the fetches it hands to the main loop."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from time import monotonic
from typing import Any, cast

from aiokafka.errors import CommitFailedError, ConsumerStoppedError, IllegalStateError  # type: ignore[import-untyped]
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, ensure_aiokafka_TP
from faust.types import TP

from streams.transport.assignment import Assignment
from streams.transport.backlog import Fetched
from streams.transport.fetching import drain, end_of_partition, is_behind, pass_over
from streams.transport.leaving import leave_any_generation
from streams.transport.pauses import Ask, Pauses

FETCH_WAIT_MS = 250  # Faust says 1500: a partition that is left out of a long poll would wait that long
BUSY_S = 1.0  # how long after the last record a partition counts as busy
BULK_RECORDS = 100  # in one fetch of one partition: work is waiting
BULK_S = 0.25  # how long after such a fetch it is so
BULK_BRAKE_S, BRAKE_S = 0.1, 0.01  # aiokafka asks nothing of a node while an answer lies there unused, so long at most
REASSIGNING_PAUSE = 0.05  # seconds between two looks while the group is being rebalanced


class SliceConsumerThread(AIOKafkaConsumerThread):
    """As Faust's, but fetches are taken as undecoded batches, and a lost partition is no reason to crash."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._epochs: dict[TP, int] = {}
        self._begins: dict[TP, int] = {}  # where the next fetch of a partition is to begin, where that is known
        self._waiter: asyncio.Future[None] | None = None  # of a `take` that waits for a fetch
        self._busy_until = self._bulk_until = 0.0
        self._pauses: Pauses | None = None

    async def on_start(self) -> None:
        """Start; where the broker is to be asked now and then, keep the pauses."""
        await super().on_start()
        leave_any_generation(self._ensure_consumer()._coordinator)
        if self._busy_pause_s:
            self._pauses = Pauses(self._ensure_consumer()._fetcher, self._pause, self._plan)

    @property
    def _wait_ms(self) -> int:
        return int(getattr(self.app, "fetch_wait_ms", FETCH_WAIT_MS))

    @property
    def _busy_pause_s(self) -> float:
        return float(getattr(self.app, "busy_fetch_pause_ms", 0)) / 1000

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = self._wait_ms
        consumer._isolation_level = "read_committed"  # what a producer took back never happened
        return consumer

    def take(self, wants: Callable[[TP], bool], within: float) -> "asyncio.Future[dict[TP, Fetched]]":
        """Ask for whatever has been fetched for partitions that are wanted; from the main loop, does not block.

        The result is empty after `within` seconds without anything. Raises ConsumerStoppedError.
        """
        # Not through Faust's method queue: its two workers must stay free for commits and seeks.
        return asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._take(wants, within), self.thread_loop))

    @property
    def dead(self) -> bool:
        """Whether the thread has ended, after a crash or a stop: nothing can be asked of it any more."""
        return self.thread_loop.is_closed()

    async def stop(self) -> None:
        """Stop, unless the thread has ended by itself, after a crash: its loop takes no calls any more."""
        if not self.dead:
            await super().stop()

    def poke(self, *, fetch: bool = False) -> None:
        """Tell a waiting `take` that other partitions are wanted now; from the main loop.

        `fetch`: there is likely something new at the broker, which would not tell by itself.
        """
        self.thread_loop.call_soon_threadsafe(self._look_again, fetch)

    def _look_again(self, fetch: bool) -> None:
        if fetch and self._pauses is not None:
            self._pauses.cut_short()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _take(self, wants: Callable[[TP], bool], within: float) -> dict[TP, Fetched]:
        consumer = self._ensure_consumer()
        fetcher = consumer._fetcher
        deadline = self.thread_loop.time() + within
        with fetcher._subscriptions.fetch_context():  # waiting counts as activity: slow stages are no reason to leave
            while True:
                if consumer._closed or fetcher._closed:
                    raise ConsumerStoppedError()
                if fetcher._subscriptions.reassignment_in_progress:
                    await asyncio.sleep(REASSIGNING_PAUSE)
                    return {}
                drained = drain(fetcher, wants, self._epochs, self._begins)
                self._note(fetcher, drained)
                left = deadline - self.thread_loop.time()
                if drained or left <= 0:
                    return drained
                await self._wait_for_fetch(fetcher, left)

    def _note(self, fetcher: Any, drained: Mapping[TP, Fetched]) -> None:
        """Learn from what came how soon to ask for more."""
        now = self.thread_loop.time()
        if drained:
            self._busy_until = now + BUSY_S
        if any(found.end - found.start >= BULK_RECORDS for found in drained.values()):
            self._bulk_until = now + BULK_S
        fetcher._prefetch_backoff = BULK_BRAKE_S if now < self._bulk_until else BRAKE_S

    def _pause(self) -> float:
        """Return the seconds between two fetches: few while records come, more when nothing does."""
        return self._busy_pause_s if self.thread_loop.time() < self._busy_until else self._wait_ms / 1000

    def _plan(self, assignment: Any, tp: TP, offset: int) -> Ask:
        """Pass over what this process wrote in a partition, and say whether there may be anything else."""
        held: Assignment = cast(Any, self.consumer).held
        written = held.written(tp)
        if pass_over(assignment, tp, written):
            self._begins[tp] = offset = written
        return Ask(offset, not held.alone(tp, monotonic()), is_behind(assignment, tp))

    async def _wait_for_fetch(self, fetcher: Any, within: float) -> None:
        waiter = self._waiter = fetcher._create_fetch_waiter()
        try:
            await asyncio.wait([waiter], timeout=within)
        finally:
            self._waiter = None
            if not waiter.done():
                waiter.cancel()
        if not waiter.cancelled():
            waiter.result()  # raises what the coordinator found wrong, such as missing permissions

    async def seek_to(self, tp: TP, offset: int, epoch: int) -> bool:
        """Move the position of a partition; what was fetched before carries a lower epoch. False: not ours any more."""
        found: bool = await self.call_thread(self._seek_to, tp, offset, epoch)
        return found

    async def _seek_to(self, tp: TP, offset: int, epoch: int) -> bool:
        try:
            self._ensure_consumer().seek(ensure_aiokafka_TP(tp), offset)
        except IllegalStateError:
            return False
        self._epochs[tp] = epoch
        self._begins[tp] = offset
        return True

    async def mark(self, partitions: Iterable[TP], epoch: int) -> None:
        """Number what is fetched of these partitions from now on."""
        await self.call_thread(self._mark, list(partitions), epoch)

    async def _mark(self, partitions: list[TP], epoch: int) -> None:
        self._epochs.update(dict.fromkeys(partitions, epoch))
        for tp in partitions:
            self._begins.pop(tp, None)  # where they begin was not our doing

    def end(self, tp: TP) -> int | None:
        """Return the end of a partition as the last fetch reported it, None when it is not known."""
        subscription = self._ensure_consumer()._fetcher._subscriptions.subscription
        assignment = subscription.assignment if subscription else None
        state = assignment and assignment._tp_state.get(tp)
        if not state or state.highwater is None:
            return None
        return end_of_partition(state, self._ensure_consumer()._fetcher._isolation_level)

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """Commit; False when partitions were lost meanwhile: they are read again, and the fences know what is done."""
        held = {tp: offset for tp, offset in offsets.items() if tp in self.assignment()}
        if not held:
            return False
        try:
            await self._ensure_consumer().commit({ensure_aiokafka_TP(tp): offset for tp, offset in held.items()})
        except (CommitFailedError, IllegalStateError) as error:
            self.log.warning("Offsets were not committed, the group has moved on: %s", error)
            return False
        return True
