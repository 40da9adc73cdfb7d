"""Lanes: order within a partition, freedom between partitions, and nothing acknowledged that was not done."""

import asyncio
from collections.abc import Callable

import pytest
from faust.types import TP

from schemas.effects import Slot
from sinks.base import Fenced, SinkUnavailable
from streams.transport import Slice
from streams.worker.lanes import Lanes
from tests.unit.transport_fakes import P0, P1, TOPIC, recs

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class FakePartitions:
    """Opens what it is asked to open and notes it."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int, object]] = []
        self.epoch = 0
        self.lost = False

    async def open_partition(self, tp: TP, generation: int, offset: int | None) -> int | None:
        self.calls.append(("open", tp.partition, offset))
        self.epoch += 1
        return None if self.lost else self.epoch

    def close_partition(self, tp: TP, generation: int) -> None:
        self.calls.append(("close", tp.partition, None))


class FakeStage:
    """Notes what it is asked; `gate` holds up handling, `errors` are raised first, one a call."""

    def __init__(self, begin: int | None = None) -> None:
        self.begin = begin
        self.log: list[str] = []
        self.gate: asyncio.Event | None = None
        self.errors: list[BaseException] = []
        self.running = 0
        self.most = 0
        self.changed = asyncio.Event()

    def note(self, what: str) -> None:
        self.log.append(what)
        self.changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self.changed.clear()
            await self.changed.wait()

    async def assigned(self, partition: int) -> int | None:
        self.note(f"assigned {partition}")
        return self.begin

    async def revoked(self, partition: int) -> None:
        self.note(f"revoked {partition}")

    async def handle(self, part: Slice) -> None:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            self.note(f"begin {part.partition} {part.first_offset}")
            if self.errors:
                raise self.errors.pop(0)
            if self.gate is not None:
                await self.gate.wait()
            self.note(f"end {part.partition} {part.first_offset}")
        finally:
            self.running -= 1


class Run:
    """Lanes over one stage, and what became of them."""

    def __init__(self, begin: int | None = None) -> None:
        self.partitions = FakePartitions()
        self.stage = FakeStage(begin)
        self.failures: list[BaseException] = []
        self.lanes = Lanes(self.partitions, {TOPIC: self.stage}, self._failed)
        self.acked: list[tuple[int, int]] = []

    def _failed(self, error: BaseException) -> None:
        self.failures.append(error)
        self.stage.changed.set()

    async def begin(self, *partitions: TP) -> None:
        self.lanes.assigned(dict.fromkeys(partitions, 1))
        await self.settled()

    async def settled(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)

    def submit(self, tp: TP, first: int, epoch: int) -> None:
        part = Slice(tp.topic, tp.partition, 1, recs(first, first + 1), first + 2, 100, 2, epoch)
        self.lanes.submit(part, lambda: self.acked.append((tp.partition, first)))


async def test_a_slice_is_acknowledged_after_it_was_handled_and_not_before() -> None:
    run = Run()
    await run.begin(P0)
    run.stage.gate = asyncio.Event()
    run.submit(P0, 0, epoch=1)
    await run.stage.until(lambda: "begin 0 0" in run.stage.log)
    assert run.acked == []
    run.stage.gate.set()
    await run.stage.until(lambda: "end 0 0" in run.stage.log)
    await run.settled()
    assert run.acked == [(0, 0)]


async def test_slices_of_a_partition_are_handled_one_after_another() -> None:
    run = Run()
    await run.begin(P0)
    for first in (0, 2, 4):
        run.submit(P0, first, epoch=1)
    await run.stage.until(lambda: "end 0 4" in run.stage.log)
    assert run.stage.most == 1
    assert [line for line in run.stage.log if line.startswith("begin")] == ["begin 0 0", "begin 0 2", "begin 0 4"]


async def test_partitions_do_not_wait_for_each_other() -> None:
    run = Run()
    await run.begin(P0, P1)
    run.stage.gate = asyncio.Event()
    run.submit(P0, 0, epoch=1)
    run.submit(P1, 0, epoch=2)
    await run.stage.until(lambda: run.stage.running == 2)
    run.stage.gate.set()
    await run.stage.until(lambda: run.stage.log.count("end 0 0") + run.stage.log.count("end 1 0") == 2)


async def test_the_stage_says_where_to_begin() -> None:
    run = Run(begin=17)
    await run.begin(P0)
    assert run.stage.log == ["assigned 0"]
    assert run.partitions.calls == [("open", 0, 17)]


async def test_what_a_stage_raises_is_reported_and_not_acknowledged() -> None:
    run = Run()
    await run.begin(P0)
    run.stage.errors = [RuntimeError("broken")]
    run.submit(P0, 0, epoch=1)
    run.submit(P0, 2, epoch=1)
    await run.stage.until(lambda: bool(run.failures))
    assert [str(error) for error in run.failures] == ["broken"]
    assert run.acked == []
    assert run.stage.log == ["assigned 0", "begin 0 0", "revoked 0"]


@pytest.mark.parametrize(
    "error", [Fenced("redis", Slot("t", "0", 0), 5), SinkUnavailable("postgres", "away", retry_after=0)]
)
async def test_a_fenced_or_unavailable_store_starts_the_partition_anew(error: Exception) -> None:
    run = Run()
    await run.begin(P0)
    run.stage.errors = [error]
    run.submit(P0, 0, epoch=1)
    run.submit(P0, 2, epoch=1)
    await run.stage.until(lambda: run.stage.log.count("assigned 0") == 2)
    await run.settled()
    assert run.partitions.calls == [("open", 0, None), ("close", 0, None), ("open", 0, None)]
    assert (run.acked, run.failures) == ([], [])
    run.submit(P0, 0, epoch=2)
    await run.stage.until(lambda: "end 0 0" in run.stage.log)


async def test_a_slice_from_before_the_restart_is_dropped() -> None:
    run = Run()
    await run.begin(P0)
    run.submit(P0, 0, epoch=0)
    run.submit(P0, 2, epoch=1)
    await run.stage.until(lambda: "end 0 2" in run.stage.log)
    assert "begin 0 0" not in run.stage.log


async def test_a_lane_that_is_fenced_again_and_again_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.worker.lane.FENCED_PAUSE", 0)
    monkeypatch.setattr("streams.worker.lane.MAX_RESTARTS", 2)
    run = Run()
    await run.begin(P0)
    run.stage.errors = [Fenced("redis", Slot("t", "0", 0), 5) for _ in range(3)]
    for epoch in (1, 2, 3):
        await run.stage.until(lambda at=epoch: run.stage.log.count("assigned 0") == at)  # type: ignore[misc]
        await run.settled()
        run.submit(P0, 0, epoch)
    await run.stage.until(lambda: bool(run.failures))
    assert isinstance(run.failures[0], Fenced)


async def test_revocation_lets_what_runs_finish_and_starts_nothing_more() -> None:
    run = Run()
    await run.begin(P0)
    run.stage.gate = asyncio.Event()
    run.submit(P0, 0, epoch=1)
    run.submit(P0, 2, epoch=1)
    await run.stage.until(lambda: "begin 0 0" in run.stage.log)
    revoking = asyncio.create_task(run.lanes.revoked([P0], within=30))
    await run.settled()
    run.stage.gate.set()
    await revoking
    assert run.acked == [(0, 0)]
    assert run.stage.log == ["assigned 0", "begin 0 0", "end 0 0", "revoked 0"]


async def test_revocation_cancels_what_does_not_finish() -> None:
    run = Run()
    await run.begin(P0)
    run.stage.gate = asyncio.Event()
    run.submit(P0, 0, epoch=1)
    await run.stage.until(lambda: "begin 0 0" in run.stage.log)
    await run.lanes.revoked([P0], within=0)
    assert run.acked == []
    assert run.stage.log[-1] == "revoked 0"
    assert run.failures == []


async def test_the_next_owner_in_this_process_waits_for_the_last() -> None:
    class Stubborn(FakeStage):
        async def revoked(self, partition: int) -> None:
            if self.gate is not None:
                await self.gate.wait()
            await super().revoked(partition)

    run = Run()
    run.stage = Stubborn()
    run.lanes = Lanes(run.partitions, {TOPIC: run.stage}, run._failed)
    await run.begin(P0)
    run.stage.gate = asyncio.Event()
    revoking = asyncio.create_task(run.lanes.revoked([P0], within=30))
    await run.settled()
    run.lanes.assigned({P0: 2})
    await run.settled()
    assert run.stage.log == ["assigned 0"]
    run.stage.gate.set()
    await revoking
    await run.stage.until(lambda: run.stage.log == ["assigned 0", "revoked 0", "assigned 0"])


async def test_a_fence_that_stops_a_revoked_partition_is_no_failure() -> None:
    run = Run()
    await run.begin(P0)
    run.stage.gate = asyncio.Event()
    run.submit(P0, 0, epoch=1)
    await run.stage.until(lambda: "begin 0 0" in run.stage.log)
    revoking = asyncio.create_task(run.lanes.revoked([P0], within=30))
    await run.settled()

    async def fenced() -> bool:
        raise Fenced("redis", Slot("t", "0", 0), 5)

    run.stage.gate.wait = fenced  # type: ignore[method-assign,assignment]
    run.stage.gate.set()
    await revoking
    assert run.failures == []


async def test_a_partition_that_was_lost_while_it_was_prepared_gets_no_slices() -> None:
    run = Run()
    run.partitions.lost = True
    await run.begin(P0)
    run.submit(P0, 0, epoch=1)
    await run.settled()
    assert run.stage.log == ["assigned 0", "revoked 0"]


async def test_a_topic_without_a_stage_is_a_failure() -> None:
    run = Run()
    run.lanes.assigned({TP("other", 0): 1})
    assert "no stage handles topic other" in str(run.failures[0])


async def test_idle_without_lanes_returns() -> None:
    await Run().lanes.idle(within=0)


async def test_a_slice_that_comes_before_its_epoch_is_known_is_handled() -> None:
    run = Run()
    opened = run.partitions.open_partition

    async def open_and_deliver(tp: TP, generation: int, offset: int | None) -> int | None:
        epoch = await opened(tp, generation, offset)
        run.submit(tp, 0, epoch=epoch or 0)  # a backlog is delivered before the lane hears that it is open
        return epoch

    run.partitions.open_partition = open_and_deliver  # type: ignore[method-assign]
    await run.begin(P0)
    await run.stage.until(lambda: "end 0 0" in run.stage.log)
    assert run.stage.log[:2] == ["assigned 0", "begin 0 0"]
