"""Takes whole record batches out of aiokafka's fetcher, where its own `getmany` makes one object per record.

Everything here runs in the consumer's thread and touches aiokafka's private parts; they are all named in this file,
and `tests/unit/test_transport_aiokafka.py` fails when an upgrade changes one of them.
"""

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

from aiokafka.consumer.fetcher import READ_COMMITTED, FetchResult, PartitionRecords  # type: ignore[import-untyped]
from aiokafka.errors import CorruptRecordException  # type: ignore[import-untyped]
from faust.types import TP

from streams.transport.backlog import Fetched


def drain(
    fetcher: Any, wants: Callable[[TP], bool], epochs: Mapping[TP, int], begins: MutableMapping[TP, int]
) -> dict[TP, Fetched]:
    """Take what has been fetched for the partitions that are wanted; their next fetch can then begin.

    `begins` says where the next fetch of a partition has to begin, and is moved on. Raises what the broker answered
    when it refused a partition and there is nothing else to return.
    """
    drained: dict[TP, Fetched] = {}
    for key, found in list(fetcher._records.items()):
        tp = TP(key.topic, key.partition)
        if not fetcher._subscriptions.is_assigned(key):
            del fetcher._records[key]
            continue
        if not wants(tp):
            continue
        if isinstance(found, FetchResult):
            _release(fetcher, key)
            if found.check_assignment(key):
                fetched = drained[tp] = _whole(found, epochs.get(tp, 0), begins.get(tp, -1))
                begins[tp] = fetched.end
        elif not drained:
            _release(fetcher, key)
            found.check_raise()
    return drained


def _release(fetcher: Any, key: Any) -> None:
    del fetcher._records[key]
    fetcher._notify(fetcher._wait_consume_future)


def _whole(found: Any, epoch: int, due: int) -> Fetched:
    """Turn a whole fetch result into batches and move the consumer's position behind it."""
    records = found._partition_records
    state = found._assignment.state_value(found._topic_partition)
    start = records.next_fetch_offset
    records._records_iterator = None  # it refers back: a cycle that would keep the whole response until a collection
    batches = tuple(_batches(records))
    end = records.next_fetch_offset
    state.consumed_to(end)
    return Fetched(start, end, batches, end_of_partition(state, records._isolation_level), epoch, due)


def pass_over(assignment: Any, tp: TP, offset: int) -> bool:
    """Let the next fetch of a partition begin at an offset if that is further on; only while none is under way."""
    state = assignment.state_value(tp)
    if state is None or not state.has_valid_position or state.position >= offset:
        return False
    state.consumed_to(offset)
    return True


def is_behind(assignment: Any, tp: TP) -> bool:
    """Tell whether the last answer about a partition told of more than has been fetched."""
    state = assignment.state_value(tp)
    return bool(state and state.has_valid_position and state.position < (state.highwater or 0))


def end_of_partition(state: Any, isolation_level: int) -> int:
    """Return the end of what can be read: behind it only records of open transactions; 0 when not known yet."""
    end: int = state.highwater or 0
    if isolation_level == READ_COMMITTED and state.lso is not None and state.lso >= 0:
        end = min(end, state.lso)
    return end


def _batches(records: Any) -> Iterator[Any]:
    """Yield the batches that hold records for us, and move `next_fetch_offset` behind each."""
    while records._records.has_next():
        batch = records._records.next_batch()
        if records._check_crcs and not batch.validate_crc():
            raise CorruptRecordException(f"Invalid CRC in {records._tp} at {batch.base_offset}")
        if not batch.is_control_batch and not _aborted(records, batch):
            yield batch
        elif batch.is_control_batch:
            _end_of_transaction(records, batch)
        records.next_fetch_offset = max(records.next_fetch_offset, batch.next_offset)


def _transactional(records: PartitionRecords, batch: Any) -> bool:
    return records._isolation_level == READ_COMMITTED and batch.producer_id is not None


def _aborted(records: Any, batch: Any) -> bool:
    """Tell whether the batch belongs to a transaction that was aborted."""
    if not _transactional(records, batch):
        return False
    records._consume_aborted_up_to(batch.base_offset)
    return bool(batch.is_transactional and batch.producer_id in records._aborted_producers)


def _end_of_transaction(records: Any, batch: Any) -> None:
    if _transactional(records, batch):
        records._consume_aborted_up_to(batch.base_offset)
        if records._contains_abort_marker(batch):
            records._aborted_producers.discard(batch.producer_id)
