"""What a worker writes to partitions that it reads itself goes to their lanes at once, not by way of a fetch."""

from collections.abc import Callable, Collection, Sequence

from faust.types import TP

from sinks.records import Producer, Record
from streams.clock import wall_ms
from streams.transport import OwnRecord

HandIn = Callable[[TP, Sequence[OwnRecord]], None]


class ShortCut:
    """A producer that hands on what it has delivered to these topics, once the broker holds it.

    Only records that name their partition are handed on; `hand_in` (see `SliceConsumer.hand_in`) takes those of one
    partition, in order, and drops what is not read in this process.
    """

    def __init__(self, inner: Producer, topics: Collection[str], hand_in: HandIn) -> None:
        self._inner = inner
        self._topics = topics
        self._hand_in = hand_in
        self.topics = inner.topics
        self.close = inner.close

    async def produce_all(self, records: Sequence[Record]) -> Sequence[int]:
        """See `sinks.records.Producer.produce_all`."""
        offsets = await self._inner.produce_all(records)
        now = wall_ms()
        own: dict[TP, list[OwnRecord]] = {}
        for record, offset in zip(records, offsets, strict=True):
            if record.partition >= 0 and record.topic in self._topics:
                at = record.timestamp or now
                written = OwnRecord(offset, at, record.key, record.value, record.headers, record.kept)
                own.setdefault(TP(record.topic, record.partition), []).append(written)
        for tp, written_there in own.items():
            self._hand_in(tp, written_there)
        return offsets
