"""The parts of aiokafka that the transport reaches into, with its real record batches: an upgrade is caught here."""

import asyncio
import gc
import inspect
import weakref
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.consumer.fetcher import (  # type: ignore[import-untyped]
    READ_COMMITTED,
    READ_UNCOMMITTED,
    Fetcher,
    FetchError,
    FetchResult,
    PartitionRecords,
)
from aiokafka.consumer.group_coordinator import GroupCoordinator  # type: ignore[import-untyped]
from aiokafka.consumer.subscription_state import Assignment  # type: ignore[import-untyped]
from aiokafka.errors import CorruptRecordException, TopicAuthorizationFailedError  # type: ignore[import-untyped]
from aiokafka.protocol.group import LeaveGroupRequest  # type: ignore[import-untyped]
from aiokafka.record.default_records import DefaultRecordBatchBuilder  # type: ignore[import-untyped]
from aiokafka.record.memory_records import MemoryRecords  # type: ignore[import-untyped]
from aiokafka.structs import TopicPartition  # type: ignore[import-untyped]
from faust.types import TP

from streams.transport.backlog import Backlog, Fetched
from streams.transport.fetching import drain, is_behind, pass_over
from streams.transport.leaving import leave_any_generation
from streams.transport.thread import BRAKE_S, BULK_BRAKE_S, BULK_RECORDS, SliceConsumerThread

pytestmark = pytest.mark.anyio
KEY, TP0 = TopicPartition("t", 0), TP("t", 0)
ABORT, COMMIT = b"\x00\x00\x00\x00", b"\x00\x00\x00\x01"
CONTROL_BIT, ATTRIBUTES_AT = 0x20, 22


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def batch(*offsets: int, producer: int = -1, codec: int = 0) -> bytes:
    """Return an encoded batch with records at these offsets; with a producer id it is transactional."""
    builder = DefaultRecordBatchBuilder(2, codec, int(producer >= 0), producer, 0, 0, 1 << 20)
    for offset in offsets:
        builder.append(offset - offsets[0], 1000 + offset, b"k", b"v%d" % offset, [("h", b"x")])
    raw = bytearray(builder.build())
    raw[0:8] = offsets[0].to_bytes(8, "big")  # the base offset is not part of what the CRC covers
    return bytes(raw)


def marker(offset: int, producer: int, key: bytes) -> bytes:
    """Return a control batch that ends a transaction."""
    builder = DefaultRecordBatchBuilder(2, 0, 1, producer, 0, 0, 1 << 20)
    builder.append(0, 1000, key, b"", [])
    raw = bytearray(builder.build())
    raw[0:8] = offset.to_bytes(8, "big")
    raw[ATTRIBUTES_AT] |= CONTROL_BIT
    return bytes(raw)


class FakeFetcher:
    """As much of a fetcher as `drain` looks at, filled with a real fetch result."""

    def __init__(self, raw: bytes, position: int = 0, *, aborted: Any = (), isolation: int = READ_UNCOMMITTED) -> None:
        self.assignment = Assignment([KEY])
        self.state = self.assignment.state_value(KEY)
        self.state.seek(position)
        self.state.highwater, self.state.lso = 100, 90
        crcs = isolation == READ_UNCOMMITTED  # a marker made here has not the right one
        records = PartitionRecords(KEY, MemoryRecords(raw), list(aborted), position, None, None, crcs, isolation)
        result = FetchResult(KEY, assignment=self.assignment, partition_records=records, backoff=0)
        self._records: dict[Any, Any] = {KEY: result}
        self._subscriptions = SimpleNamespace(is_assigned=lambda key: key in self.assignment.tps)
        self._wait_consume_future = "waiting for consumption"
        self.notified: list[str] = []

    def _notify(self, future: str) -> None:
        self.notified.append(future)


def offsets(found: Any) -> list[int]:
    backlog = Backlog()
    backlog.fill(found, found.start)
    records, _ = backlog.cut(1000, 1 << 20)
    return [record.offset for record in records]


def everything(tp: TP) -> bool:
    return True


@pytest.mark.parametrize("codec", [0, 1], ids=["plain", "gzip"])
async def test_whole_batches_are_taken_and_the_position_moves_behind_them(codec: int) -> None:
    fetcher = FakeFetcher(batch(0, 1, 2, codec=codec) + batch(3, 5, codec=codec))
    found = drain(fetcher, everything, {TP0: 7}, {})[TP0]
    assert (found.start, found.end, found.epoch, found.high_watermark) == (0, 6, 7, 100)
    assert offsets(found) == [0, 1, 2, 3, 5]
    assert fetcher.state.position == 6
    assert (fetcher._records, fetcher.notified) == ({}, ["waiting for consumption"])


async def test_a_response_is_released_without_a_collection() -> None:
    fetcher = FakeFetcher(batch(0, 1))
    response = weakref.ref(fetcher._records[KEY]._partition_records)
    gc.disable()
    try:
        found = drain(fetcher, everything, {}, {})[TP0]
        assert offsets(found) == [0, 1]
        assert response() is None
    finally:
        gc.enable()


async def test_records_have_the_attributes_that_stages_read() -> None:
    found = drain(FakeFetcher(batch(4)), everything, {}, {})[TP0]
    (record,) = list(found.batches[0])
    assert (record.offset, record.timestamp, record.key, record.value) == (4, 1004, b"k", b"v4")
    assert list(record.headers) == [("h", b"x")]


async def test_a_batch_that_begins_below_the_position_is_trimmed_when_it_is_cut() -> None:
    found = drain(FakeFetcher(batch(0, 1, 2, 3), position=2), everything, {}, {})[TP0]
    assert (found.start, offsets(found)) == (2, [2, 3])


async def test_what_is_not_wanted_stays_where_it_is() -> None:
    fetcher = FakeFetcher(batch(0))
    assert drain(fetcher, lambda tp: False, {}, {}) == {}
    assert KEY in fetcher._records
    assert fetcher.state.position == 0


async def test_a_fetch_from_before_a_seek_is_dropped() -> None:
    fetcher = FakeFetcher(batch(0, 1))
    fetcher.state.seek(50)
    assert drain(fetcher, everything, {}, {}) == {}
    assert fetcher.state.position == 50


async def test_a_partition_that_was_lost_is_dropped() -> None:
    fetcher = FakeFetcher(batch(0, 1))
    fetcher._subscriptions.is_assigned = lambda key: False
    assert drain(fetcher, everything, {}, {}) == {}
    assert fetcher._records == {}


async def test_markers_of_transactions_are_passed_over() -> None:
    raw = batch(0, 1, producer=9) + marker(2, 9, COMMIT)
    found = drain(FakeFetcher(raw, isolation=READ_COMMITTED), everything, {}, {})[TP0]
    assert (offsets(found), found.end, found.high_watermark) == ([0, 1], 3, 90)


async def test_aborted_transactions_are_left_out_and_their_offsets_passed() -> None:
    raw = batch(0, 1, producer=9) + batch(2, producer=8) + marker(3, 9, ABORT) + batch(4, producer=9)
    found = drain(FakeFetcher(raw, aborted=[(9, 0)], isolation=READ_COMMITTED), everything, {}, {})[TP0]
    assert (offsets(found), found.end) == ([2, 4], 5)


async def test_a_fetch_of_markers_only_moves_the_position() -> None:
    found = drain(FakeFetcher(marker(0, 9, COMMIT), isolation=READ_COMMITTED), everything, {}, {})[TP0]
    assert (found.batches, found.start, found.end) == ((), 0, 1)


async def test_a_damaged_batch_is_not_passed_on() -> None:
    raw = bytearray(batch(0, 1))
    raw[-1] ^= 0xFF
    with pytest.raises(CorruptRecordException):
        drain(FakeFetcher(bytes(raw)), everything, {}, {})


async def test_a_refusal_of_the_broker_is_raised_once() -> None:
    fetcher = FakeFetcher(batch(0))
    fetcher._records[KEY] = FetchError(error=TopicAuthorizationFailedError("t"), backoff=0)
    with pytest.raises(TopicAuthorizationFailedError):
        drain(fetcher, everything, {}, {})
    assert drain(fetcher, everything, {}, {}) == {}


def test_the_fetcher_still_has_what_the_thread_asks_of_it() -> None:
    assert callable(Fetcher._create_fetch_waiter)
    assert callable(Fetcher._notify)
    assert inspect.iscoroutinefunction(Fetcher._proc_fetch_request)
    assert list(inspect.signature(Fetcher._proc_fetch_request).parameters)[1:] == ["assignment", "node_id", "request"]
    for name in (
        "_records",
        "_subscriptions",
        "_wait_consume_future",
        "_isolation_level",
        "_closed",
        "_fetch_max_wait_ms",
        "_prefetch_backoff",
    ):
        assert name in Fetcher.__init__.__code__.co_names, f"aiokafka's fetcher has no {name} any more"


async def test_others_are_kept_waiting_briefly_unless_there_is_much_to_do() -> None:
    loop = asyncio.get_running_loop()
    thread = SliceConsumerThread.__new__(SliceConsumerThread)
    thread.thread_loop, thread._busy_until, thread._bulk_until = loop, 0.0, 0.0
    fetcher = SimpleNamespace(_prefetch_backoff=None)
    thread._note(fetcher, {TP0: Fetched(0, BULK_RECORDS, (), 0, 0)})
    assert fetcher._prefetch_backoff == BULK_BRAKE_S
    thread._note(fetcher, {})
    assert fetcher._prefetch_backoff == BULK_BRAKE_S
    thread._bulk_until = loop.time()
    thread._note(fetcher, {TP0: Fetched(0, BULK_RECORDS - 1, (), 0, 0)})
    assert fetcher._prefetch_backoff == BRAKE_S


async def test_a_partition_is_behind_when_the_last_answer_told_of_more() -> None:
    fetcher = FakeFetcher(batch(0, 1))
    assert is_behind(fetcher.assignment, TP0)  # the position is 0, the end 100
    assert pass_over(fetcher.assignment, TP0, 100)
    assert not is_behind(fetcher.assignment, TP0)
    assert not is_behind(fetcher.assignment, TP("other", 0))


async def test_a_partition_of_which_nothing_was_heard_is_not_behind() -> None:
    assignment = Assignment([KEY])
    assert not is_behind(assignment, TP0)  # it has no position yet
    assignment.state_value(KEY).seek(0)
    assert not is_behind(assignment, TP0)


@pytest.mark.parametrize("generation", [0, 1, 7])
async def test_a_group_is_left_in_any_generation_also_the_first_of_a_broker_that_counts_from_0(generation: int) -> None:
    sent: list[Any] = []

    class Coordinator(GroupCoordinator):  # type: ignore[misc]
        def __init__(self) -> None:
            self.generation, self.member_id = generation, "me"
            self.group_id, self._group_instance_id = "group", None
            self._rejoin_needed_fut = asyncio.get_running_loop().create_future()

        async def _send_req(self, request: Any) -> None:
            sent.append((type(request), request._group, request._member_id))

    coordinator = Coordinator()
    leave_any_generation(coordinator)
    await coordinator._maybe_leave_group()
    await coordinator._maybe_leave_group()  # nobody is a member twice
    assert sent == [(LeaveGroupRequest, "group", "me")]
