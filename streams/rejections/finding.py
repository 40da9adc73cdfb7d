"""Rejected records and what became of them, looked up in the topic and in the database."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeVar

from schemas.wire import Codec
from sinks.rejected_marks import RejectedMarks
from streams.rejections.reading import Found, found_in
from streams.settings import Settings
from streams.topic_records import records_of

Result = TypeVar("Result")


def batches(chosen: Settings, codec: Codec) -> Iterator[list[Found]]:
    """Give all rejected records. Raises KafkaException, CodecError."""
    return (list(found_in(batch, codec)) for batch in records_of(chosen, "rejected", chosen.touchpoint_partitions))


def find(chosen: Settings, codec: Codec, places: Sequence[str]) -> dict[str, Found]:
    """Return those of these places that there are, reading the topic once. Raises KafkaException, CodecError."""
    wanted, found = set(places), dict[str, Found]()
    for batch in batches(chosen, codec):
        found |= {one.place: one for one in batch if one.place in wanted}
        if len(found) == len(wanted):
            break
    return found


async def with_marks(chosen: Settings, use: Callable[[RejectedMarks], Awaitable[Result]]) -> Result:
    """Run something on the marks of the settings. Raises SinkUnavailable."""
    dsn = chosen.postgres_dsn.get_secret_value()
    async with RejectedMarks(dsn, chosen.namespace, connections=1, timeout=10.0) as store:
        return await use(store)
