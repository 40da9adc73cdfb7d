"""Fakes for the transport's tests: a log, the consumer's thread over it, and a listener that does what it is told."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from faust.types import TP, ConsumerMessage

from streams.settings import Settings
from streams.transport import OwnRecord, Slice, SliceConsumer, SliceLimits
from streams.transport.backlog import Fetched
from streams.worker.engine import Engine, make_engine

TOPIC = "t"
P0, P1 = TP(TOPIC, 0), TP(TOPIC, 1)


class Rec(NamedTuple):
    """A record, as far as the transport looks at one."""

    offset: int
    value: bytes | None = b"v"
    timestamp: int = 0
    key: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()


def recs(*offsets: int) -> list[Rec]:
    return [Rec(offset) for offset in offsets]


def own(*offsets: int) -> list[OwnRecord]:
    return [OwnRecord(offset, 0, None, b"v") for offset in offsets]


def fetched(start: int, end: int, *batches: Iterable[Rec], epoch: int = 0) -> Fetched:
    return Fetched(start, end, tuple(batches), end, epoch)


class FakeThread:
    """Answers fetches from a log held in memory, as the broker would; notes commits and seeks in order."""

    def __init__(self, logs: Mapping[TP, list[Rec]], ends: Mapping[TP, int] | None = None) -> None:
        self.logs = dict(logs)
        self.ends = dict(ends or {tp: (log[-1].offset + 1 if log else 0) for tp, log in logs.items()})
        self.positions: dict[TP, int] = {}
        self.epochs: dict[TP, int] = {}
        self.committed: dict[TP, int] = {}
        self.commits: list[dict[TP, int]] = []
        self.seeks: list[tuple[TP, int]] = []
        self.owned = set(logs)
        self.at_once = 1000
        self.broker_is_away = asyncio.Event()
        self.takes = 0
        self.hastened = 0
        self.dead = False
        self._poked = asyncio.Event()

    def take(self, wants: Callable[[TP], bool], within: float) -> "asyncio.Future[dict[TP, Fetched]]":
        self.takes += 1
        return asyncio.ensure_future(self._take(wants))

    async def _take(self, wants: Callable[[TP], bool]) -> dict[TP, Fetched]:
        await asyncio.sleep(0)
        found = {
            tp: self._fetch(tp) for tp in sorted(self.owned) if wants(tp) and self.positions.get(tp, 0) < self.ends[tp]
        }
        if not found:
            self._poked.clear()
            await self._poked.wait()
        return found

    def _fetch(self, tp: TP) -> Fetched:
        start = self.positions.get(tp, 0)
        records = [record for record in self.logs[tp] if record.offset >= start][: self.at_once]
        whole = len(records) < self.at_once
        end = self.ends[tp] if whole or not records else records[-1].offset + 1
        self.positions[tp] = end
        return Fetched(start, end, (records,) if records else (), self.ends[tp], self.epochs.get(tp, 0))

    def append(self, tp: TP, *offsets: int) -> None:
        self.logs[tp].extend(recs(*offsets))
        self.ends[tp] = offsets[-1] + 1
        self._poked.set()

    def poke(self, *, fetch: bool = False) -> None:
        self.hastened += fetch
        self._poked.set()

    async def seek_to(self, tp: TP, offset: int, epoch: int) -> bool:
        if tp not in self.owned:
            return False
        self.seeks.append((tp, offset))
        self.positions[tp] = offset
        self.epochs[tp] = epoch
        return True

    async def mark(self, partitions: Iterable[TP], epoch: int) -> None:
        self.epochs.update(dict.fromkeys(partitions, epoch))

    async def seek_to_committed(self) -> dict[TP, int | None]:
        for tp in self.owned:
            self.positions[tp] = self.committed.get(tp, 0)
        return {tp: self.committed.get(tp) for tp in self.owned}

    async def commit(self, offsets: Mapping[TP, int]) -> bool:
        if self.broker_is_away.is_set():
            await asyncio.Event().wait()
        held = {tp: offset for tp, offset in offsets.items() if tp in self.owned}
        self.commits.append(held)
        self.committed.update(held)
        return bool(held)

    def end(self, tp: TP) -> int | None:
        return self.ends.get(tp)

    def assignment(self) -> set[TP]:
        return self.owned


class FakeFetcher:
    """The service whose stop ends the loop."""

    should_stop = False


class Bench:
    """A real `SliceConsumer` over a fake thread; what it hands over is collected in `got`, unacknowledged."""

    def __init__(self, app: Engine, thread: FakeThread) -> None:
        self.app = app
        self.thread = thread
        self.got: list[ConsumerMessage] = []
        self.arrived = asyncio.Event()
        self.revocations: list[set[TP]] = []
        self.fetcher = FakeFetcher()
        self.consumer = SliceConsumer(
            app.transport,
            callback=self._on_message,
            on_partitions_revoked=self._revoked,
            on_partitions_assigned=self._assigned,
            loop=asyncio.get_running_loop(),
        )
        self.consumer._thread.thread_loop.close()  # the real thread is never started
        self.consumer._thread = thread  # type: ignore[assignment]
        self.loop_task: asyncio.Task[None] | None = None

    async def _on_message(self, message: Any) -> None:
        message.incref()
        self.got.append(message)
        self.arrived.set()

    async def _revoked(self, revoked: set[TP]) -> None:
        self.revocations.append(revoked)

    async def _assigned(self, assigned: set[TP], generation: int) -> None:
        raise AssertionError("not part of these tests")

    async def assign(self, *partitions: TP, generation: int = 1) -> None:
        """What Faust does with a new assignment, up to the resumption of flow."""
        self.thread.owned = set(partitions)
        self.app.consumer_generation_id = generation
        self.consumer._active_partitions = set(partitions)
        await self.consumer.perform_seek()
        self.consumer.resume_flow()
        if self.loop_task is None:
            self.loop_task = asyncio.create_task(self.consumer._drain_messages(self.fetcher))  # type: ignore[arg-type]

    async def slices(self, count: int) -> list[Slice]:
        """Wait until so many slices have been handed over in all, and return them."""
        while len(self.got) < count:
            self.arrived.clear()
            await self._unless_ended(self.arrived.wait())
        return [message.value for message in self.got]  # type: ignore[misc]

    async def settled(self) -> None:
        """Let the loop run until it waits for something new."""
        for _ in range(20):
            await asyncio.sleep(0)

    async def _unless_ended(self, waiting: Any) -> None:
        task = asyncio.ensure_future(waiting)
        assert self.loop_task is not None
        await asyncio.wait({task, self.loop_task}, return_when=asyncio.FIRST_COMPLETED)
        if self.loop_task.done():
            self.loop_task.result()

    def ack(self, *indexes: int) -> None:
        for index in indexes:
            self.got[index].ack(self.consumer)

    async def end(self) -> None:
        self.fetcher.should_stop = True
        self.consumer._wake.set()
        if self.loop_task is not None:
            self.loop_task.cancel()
            await asyncio.gather(self.loop_task, return_exceptions=True)


@asynccontextmanager
async def bench(
    logs: Mapping[TP, list[Rec]], limits: SliceLimits | None = None, ends: Mapping[TP, int] | None = None
) -> AsyncIterator[Bench]:
    """A consumer over these logs, not assigned anything yet."""
    app = make_engine(Settings(), "group", limits or SliceLimits())
    made = Bench(app, FakeThread(logs, ends))
    try:
        yield made
    finally:
        await made.end()


class FakeListener:
    """Opens partitions where it is told to; `revoked` waits for `release` if there is something to wait for."""

    def __init__(self, consumer: SliceConsumer, begin: Mapping[TP, int | None] | None = None) -> None:
        self.consumer = consumer
        self.begin = dict(begin or {})
        self.calls: list[str] = []
        self.busy: asyncio.Event | None = None
        self.opened: dict[TP, int | None] = {}
        self.tasks: set[asyncio.Task[None]] = set()

    def assigned(self, partitions: Mapping[TP, int]) -> None:
        for tp, generation in partitions.items():
            self.tasks.add(asyncio.create_task(self._open(tp, generation)))

    async def _open(self, tp: TP, generation: int) -> None:
        self.opened[tp] = await self.consumer.open_partition(tp, generation, self.begin.get(tp))

    async def revoked(self, partitions: Iterable[TP], within: float) -> None:
        self.calls.append(f"revoked {sorted(tp.partition for tp in partitions)}")
        if self.busy is not None:
            await self.busy.wait()

    async def idle(self, within: float) -> None:
        self.calls.append("idle")
