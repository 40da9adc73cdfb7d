"""What is sent to Kafka and what a producer promises; one contract suite runs over the fake and the real one."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol


class Record(NamedTuple):
    """One record to produce. `partition` -1 leaves the choice to the key; `timestamp` (ms) 0 means now.

    `kept` is what `value` says, in a form for a reader in the same process; nobody else sees it.
    """

    topic: str
    value: bytes
    key: bytes | None = None
    partition: int = -1
    timestamp: int = 0
    headers: tuple[tuple[str, bytes], ...] = ()
    kept: object = None


class RecordTooLarge(ValueError):
    """A record is larger than the broker takes: trying again cannot help, the caller must send something smaller."""


class Producer(Protocol):
    """Writes records so that they are on every in-sync replica when the call returns."""

    async def produce_all(self, records: Sequence[Record]) -> Sequence[int]:
        """Produce all and wait for every delivery; order within a partition is that of `records`.

        Return the offset of each record in its partition. Raises SinkUnavailable when any was not delivered in time;
        others may have been, so a second attempt repeats them. Raises RecordTooLarge when one can never be delivered.
        Empty input returns at once.
        """

    async def topics(self) -> Mapping[str, int]:
        """Return the topics that the broker has, with their number of partitions. Raises SinkUnavailable."""

    async def close(self) -> None:
        """Wait (bounded) for what is still in flight, then let go of all connections."""
