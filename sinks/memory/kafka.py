"""The shipped fake of a producer: keeps what it is given, and fails when it is told to."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from schemas.ids import partition_of
from sinks.base import SinkUnavailable
from sinks.records import Record, RecordTooLarge


class MemoryProducer:
    """Keeps records per topic. `partitions` are the topics that exist.

    `outage`: while it is set, nothing is delivered and callers get SinkUnavailable. `failures`: how many of the
    next calls deliver all but their last record and then fail, as a broker does that dies in between.
    """

    def __init__(self, partitions: Mapping[str, int] | None = None, *, max_bytes: int = 1_000_000) -> None:
        self.partitions = dict(partitions or {})
        self.records: defaultdict[str, list[Record]] = defaultdict(list)
        self.outage = False
        self.failures = 0
        self.closed = False
        self._max_bytes = max_bytes
        self._ends: Counter[tuple[str, int]] = Counter()

    async def produce_all(self, records: Sequence[Record]) -> Sequence[int]:
        """See `sinks.records.Producer.produce_all`."""
        if not records:
            return ()
        await asyncio.sleep(0)
        if self.outage:
            raise SinkUnavailable("kafka", "an outage was asked for")
        kept = list(records)
        if self.failures:
            self.failures -= 1
            kept.pop()
        offsets = [self._keep(record) for record in kept]
        if len(kept) < len(records):
            raise SinkUnavailable("kafka", "a failure was asked for")
        return offsets

    async def topics(self) -> Mapping[str, int]:
        """See `sinks.records.Producer.topics`."""
        await asyncio.sleep(0)
        if self.outage:
            raise SinkUnavailable("kafka", "an outage was asked for")
        return dict(self.partitions)

    async def close(self) -> None:
        """See `sinks.records.Producer.close`."""
        self.closed = True

    def _keep(self, record: Record) -> int:
        if len(record.value) > self._max_bytes:
            raise RecordTooLarge(f"{len(record.value)} bytes are more than {self._max_bytes}")
        if record.partition < 0 and record.key is not None:
            count = self.partitions.get(record.topic, 1)
            record = record._replace(partition=partition_of(record.key.decode(), count))
        self.records[record.topic].append(record)
        self._ends[record.topic, record.partition] += 1
        return self._ends[record.topic, record.partition] - 1
