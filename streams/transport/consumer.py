"""The consumer of Faust that hands over slices and keeps its own account of offsets."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from time import monotonic
from typing import Any

from faust.transport.consumer import ensure_TP
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage, Message
from mode import ServiceT

from streams.metrics import GROUP_JOIN_SECONDS, HANDED_OVER, REBALANCES
from streams.transport.assignment import Assignment
from streams.transport.listener import Listener
from streams.transport.partition import Partition, Position
from streams.transport.slices import OwnRecord, Slice, SliceLimits
from streams.transport.thread import SliceConsumerThread

TAKE_SECONDS = 0.5  # how long one request to the thread waits for data
IDLE_SECONDS = 0.5  # how often a loop without any event looks whether it should stop
STOP_SECONDS = 10.0  # how long what is running may take when the process is asked to end
HANDLING_SHARE = 0.5  # of the rebalance timeout is given to slices in flight
COMMIT_SHARE = 0.3  # of it is given to the commit after them


class SliceConsumer(driver.Consumer):
    """Delivers one message per slice; commits the end of the longest acknowledged prefix of each partition.

    Streams must be iterated with `noack()` and acknowledge each event when it is done. Without a listener,
    partitions are delivered from the committed offset as soon as they are assigned.
    """

    _thread: SliceConsumerThread

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.held = Assignment(getattr(self.app, "slice_limits", None) or SliceLimits())
        self.listener: Listener | None = None
        self.stop_seconds = STOP_SECONDS
        self.moves = 0  # counts whatever moves a position; the watchdog looks at it
        self._rebalances = 0
        self._begun: float | None = monotonic()  # None once it is in its group
        self._wake = asyncio.Event()
        self._committing = asyncio.Lock()

    def _new_consumer_thread(self) -> SliceConsumerThread:
        loop = type(asyncio.get_running_loop())()  # uvloop where the main loop is: a tenth less for a fetch
        thread = SliceConsumerThread(self, loop=self.loop, beacon=self.beacon, thread_loop=loop)
        thread._close_thread_loop_on_stop = True
        return thread

    # --- delivering ---------------------------------------------------------------------------------------------

    async def _drain_messages(self, fetcher: ServiceT) -> None:
        """Deliver until the consumer or the fetcher stops; Faust's fetcher service runs this."""
        taking: asyncio.Future[Any] | None = None
        await self._refetch()
        try:
            while not (self.should_stop or fetcher.should_stop):
                if not self.flow_active:
                    await self._pause()
                    continue
                if taking is None:
                    taking = self._thread.take(self.held.wants, TAKE_SECONDS)
                    taking.add_done_callback(lambda _: self._wake.set())
                if taking.done():
                    self._take_in(taking.result())
                    taking = None
                await self._deliver_ready()
                if taking is not None:
                    await self._pause()
        except self.consumer_stopped_errors:
            if not self.app.should_stop:
                raise
        finally:
            if taking is not None:
                taking.cancel()

    async def _refetch(self) -> None:
        """Fetch again what an earlier run of the loop may have taken from the thread without delivering it."""
        for partition in list(self.held.partitions.values()):
            if partition.open and partition.ledger.position is not None:
                partition.refetch(self.held.next_epoch())
                await self._thread.seek_to(partition.tp, partition.ledger.position, partition.fetch_epoch)

    async def _pause(self) -> None:
        idle = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._wake.set)
        try:
            await self._wake.wait()  # not `wait_for`, which makes a task each time
        finally:
            idle.cancel()
        self._wake.clear()

    def _take_in(self, drained: Mapping[TP, Any]) -> None:
        for tp, offsets in self.held.fill(drained, monotonic()).items():
            self.log.error("%s: the log no longer holds the %d offsets before %d", tp, offsets, drained[tp].start)

    async def _deliver_ready(self) -> None:
        """Hand over whatever may be handed over, one slice of each partition in turn."""
        self.held.settle(monotonic())
        while self.flow_active and (ready := self.held.ready(self.app.consumer_generation_id, self._active_partitions)):
            for partition in ready:
                if self.flow_active and self._still_may(partition):
                    await self._deliver(partition)
        if self.held.wants_again():
            self._thread.poke()

    def _still_may(self, partition: Partition) -> bool:
        return self.held.may_deliver(partition, self.app.consumer_generation_id, self._active_partitions)

    async def _deliver(self, partition: Partition) -> None:
        part = partition.cut()
        self.moves += 1
        if part is None:
            return
        message = _message(partition.tp, part)
        partition.hand_over(part, message, monotonic())
        await self.callback(message)  # only queues it: an agent's queue is larger than all slices in flight

    def hand_in(self, tp: TP, records: Sequence[OwnRecord]) -> None:
        """Deliver what this process wrote itself, without waiting for it to be fetched, if the partition is held.

        `records` are on the broker, in this order. What follows something that is not here yet is fetched with it.
        """
        partition = self.held.partitions.get(tp)
        if partition is None:
            return
        if partition.hand_in(records):
            HANDED_OVER.labels(tp.topic).inc(len(records))
        else:
            self._thread.poke(fetch=True)
        self._wake.set()

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Message]]:  # noqa: ASYNC109 - Faust's name
        """Not used: `_drain_messages` delivers."""
        raise NotImplementedError("slices are delivered by _drain_messages")
        yield  # pragma: no cover

    # --- acknowledging and committing ---------------------------------------------------------------------------

    def ack(self, message: Message) -> bool:
        """Mark a slice as handled; what may be committed follows from it."""
        if message.acked:
            return False
        message.acked = True
        self._unacked_messages.discard(message)
        self.held.settle(monotonic())
        self.moves += 1
        self._wake.set()
        return True

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """Commit what is due; True when the broker took it. Waits for a commit that is under way."""
        async with self._committing:
            return await self.force_commit(topics, start_new_transaction)

    async def force_commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """Commit the end of the acknowledged prefix of every partition where it changed."""
        due = self.held.due(topics)
        if not due or not await self._commit({partition.tp: offset for partition, offset in due.items()}):
            return False
        for partition, offset in due.items():
            partition.ledger.committed = offset
            self._committed_offset[partition.tp] = offset
        return True

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        return iter([partition.tp for partition in self.held.due(topics)])

    def _new_offset(self, tp: TP) -> int | None:
        partition = self.held.partitions.get(tp)
        return partition.ledger.due() if partition else None

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Gaps are part of what was fetched: the ledger knows them."""

    async def wait_empty(self) -> None:
        """Let what is running finish, within bounds, and commit."""
        if self.listener is not None:
            await self.listener.idle(self.stop_seconds)
        await self._commit_in_time()

    async def commit_and_end_transactions(self) -> None:
        """When the consumer stops: as `wait_empty`, nothing new is delivered by then."""
        await self.wait_empty()

    async def _commit_in_time(self) -> None:
        if self._thread.dead:
            return
        try:
            await asyncio.wait_for(self.commit(), COMMIT_SHARE * self._rebalance_seconds)
        except TimeoutError:
            self.log.warning("Offsets were not committed in time; what they cover is read again and recognised")

    @property
    def _rebalance_seconds(self) -> float:
        return float(self.app.conf.broker_rebalance_timeout)

    # --- coming and going of partitions -------------------------------------------------------------------------

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Stop delivering, let what is running finish, commit, and only then forget the partitions."""
        self._rebalances += 1
        self.stop_flow()
        if self.listener is not None:
            await self.listener.revoked(revoked, HANDLING_SHARE * self._rebalance_seconds)
        await self._commit_in_time()
        self.held.drop(revoked)
        await super().on_partitions_revoked(revoked)

    async def perform_seek(self) -> None:
        """Prepare the assigned partitions at their committed offsets; Faust calls this before flow resumes."""
        rebalances, generation = self._rebalances, self.app.consumer_generation_id
        committed = {ensure_TP(tp): offset for tp, offset in (await self.seek_to_committed()).items()}
        epoch = self.held.next_epoch()
        await self._thread.mark(committed, epoch)
        if rebalances != self._rebalances:
            return  # the group is being rebalanced again: another call will follow
        REBALANCES.inc()
        if self._begun is not None:
            GROUP_JOIN_SECONDS.set(monotonic() - self._begun)
            self._begun = None
        self.held.replace(committed, generation, epoch)
        self._committed_offset.update(committed)
        if self.listener is not None:
            self.listener.assigned(dict.fromkeys(committed, generation))
            return
        for partition in self.held.partitions.values():
            partition.open = True

    async def open_partition(self, tp: TP, generation: int, offset: int | None) -> int | None:
        """Begin or go on delivering a partition, at an offset or (None) where it was acknowledged up to.

        Returns the epoch that its slices carry from now on, None when the partition was revoked meanwhile.
        """
        partition = self.held.find(tp, generation)
        if partition is None:
            return None
        target = partition.ledger.done if offset is None else offset
        if target is not None and not await self._seek_partition(partition, target):
            return None
        if partition.ledger.is_ahead:
            await self._commit_in_time()  # what is committed must never be ahead of what has been done
        if not self.held.holds(partition):
            return None
        partition.open = True
        self.moves += 1
        self._wake.set()
        self._thread.poke()
        return partition.epoch

    def close_partition(self, tp: TP, generation: int) -> None:
        """Deliver nothing of this partition until it is opened again; what is in flight counts as not handled."""
        partition = self.held.find(tp, generation)
        if partition is not None:
            self.moves += 1  # a lane that starts anew is alive
            partition.open = False
            if partition.ledger.position is not None:  # else no seek follows, and all that comes would count as old
                partition.start(partition.ledger.done, self.held.next_epoch())

    async def _seek_partition(self, partition: Partition, offset: int) -> bool:
        partition.start(offset, self.held.next_epoch())
        found = await self._thread.seek_to(partition.tp, offset, partition.epoch)
        return found and self.held.holds(partition)

    async def seek(self, partition: TP, offset: int) -> None:
        """Deliver a partition from an offset on; what is in flight counts as not handled."""
        found = self.held.partitions.get(ensure_TP(partition))
        if found is not None:
            await self._seek_partition(found, offset)

    # --- looking in ---------------------------------------------------------------------------------------------

    def positions(self) -> list[Position]:
        """Return how far each assigned partition is. Safe to call from another thread."""
        return [partition.position(self._thread.end(tp)) for tp, partition in list(self.held.partitions.items())]

    def on_buffer_full(self, tp: TP) -> None:
        """Not used: the number of slices in flight is bounded per partition."""

    def on_buffer_drop(self, tp: TP) -> None:
        """Not used, see `on_buffer_full`."""

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Not used: the watchdog looks at whole positions instead of guessing causes."""


def _message(tp: TP, part: Slice) -> ConsumerMessage:
    value: Any = part  # Faust says bytes; what it carries is up to the codec
    return ConsumerMessage(
        part.topic, part.partition, part.last_offset, (part.records[-1].timestamp or 0) / 1000, 0, None, None,
        value, None, 0, part.size, tp, generation_id=part.generation,
    )  # fmt: skip
