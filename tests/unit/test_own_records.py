"""What a worker writes to what it reads is handed on once it is on the broker, and nothing else is."""

import pytest
from faust.types import TP

from sinks.base import SinkUnavailable
from sinks.memory.kafka import MemoryProducer
from sinks.records import Record
from streams.transport import OwnRecord
from streams.worker.own_records import ShortCut

pytestmark = pytest.mark.anyio
FACTS = "w.facts"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Reader:
    """Keeps what is handed in."""

    def __init__(self) -> None:
        self.got: list[tuple[TP, list[OwnRecord]]] = []

    def __call__(self, tp: TP, records: list[OwnRecord]) -> None:
        self.got.append((tp, records))


async def test_records_of_the_topics_are_handed_on_by_partition_with_their_offsets() -> None:
    reader, inner = Reader(), MemoryProducer({FACTS: 2, "w.signals": 1})
    producer = ShortCut(inner, {FACTS}, reader)  # type: ignore[arg-type]
    headers = (("a", b"b"),)
    await producer.produce_all([Record(FACTS, b"earlier", b"k", 1)])
    offsets = await producer.produce_all(
        [
            Record(FACTS, b"x", b"k", 0, 5),
            Record("w.signals", b"y", b"k", 0),
            Record(FACTS, b"z", b"k", 1, 6, headers),
            Record(FACTS, b"by its key", b"k"),
        ]
    )
    assert offsets[:3] == [0, 0, 1]
    assert [tp for tp, _ in reader.got] == [TP(FACTS, 1), TP(FACTS, 0), TP(FACTS, 1)]
    assert [records for _, records in reader.got[1:]] == [
        [OwnRecord(0, 5, b"k", b"x")],
        [OwnRecord(1, 6, b"k", b"z", headers)],
    ]
    assert reader.got[0][1][0].timestamp > 0  # as a broker would have it: when it was written


async def test_nothing_is_handed_on_that_may_not_be_on_the_broker() -> None:
    reader, inner = Reader(), MemoryProducer({FACTS: 1})
    inner.failures = 1
    with pytest.raises(SinkUnavailable):
        await ShortCut(inner, {FACTS}, reader).produce_all(  # type: ignore[arg-type]
            [Record(FACTS, b"x", b"k", 0), Record(FACTS, b"y", b"k", 0)]
        )
    assert reader.got == []
