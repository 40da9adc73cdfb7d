"""What the transport hands over: a slice, some consecutive records of one partition within one generation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec


class Record(Protocol):
    """One record as it stands in the log; aiokafka's own record objects satisfy it, so none is copied."""

    @property
    def offset(self) -> int:
        """Its place in the partition."""

    @property
    def timestamp(self) -> int:
        """When it was produced or appended (by the topic's setting), milliseconds since 1970 UTC."""

    @property
    def key(self) -> bytes | None:
        """The key, as bytes."""

    @property
    def value(self) -> bytes | None:
        """The value, as bytes; None is a tombstone."""

    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]:
        """Headers in the order in which they were written."""


class OwnRecord(msgspec.Struct, frozen=True, gc=False):
    """A record that this process wrote and reads itself: it need not come back from the broker to be handled."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()
    kept: object = None  # what `value` says, where the writer kept it


@dataclass(frozen=True, slots=True)
class Slice:
    """Some consecutive records of one partition: at least one, offsets rising, perhaps with gaps.

    Gaps are offsets without a record for us: compacted away, markers of transactions, aborted transactions.
    `next_offset` lies above the last record and above the gaps known to follow it: what is committed once the
    slice has been handled. `high_watermark` is the end of the partition as the fetch knew it. `size` is the bytes
    of keys and values. `epoch` numbers the seeks and assignments of this process: it tells a slice that was cut
    before a seek from one that was cut after it.
    """

    topic: str
    partition: int
    generation: int
    records: Sequence[Record]
    next_offset: int
    high_watermark: int
    size: int
    epoch: int = 0

    @property
    def first_offset(self) -> int:
        """Offset of the first record."""
        return self.records[0].offset

    @property
    def last_offset(self) -> int:
        """Offset of the last record."""
        return self.records[-1].offset

    def __len__(self) -> int:
        return len(self.records)

    def __str__(self) -> str:
        return f"{self.topic}[{self.partition}] {self.first_offset}..{self.last_offset}"


@dataclass(frozen=True, slots=True)
class SliceLimits:
    """How large a slice may be and how many are under way.

    `records` and `size` (bytes of keys and values) bound one slice; a single larger record is a slice of its own.
    `seconds` bounds the time that handling one should take: slices shrink while handling is slow, to some hundred
    records, so that a revocation seldom waits long. `in_flight` bounds the slices of one partition that were handed
    over and not yet acknowledged; `total_slices` and `total_size` (bytes) those of all partitions together: whoever
    waits for a turn gathers records meanwhile, so that a busy process handles few large slices instead of many small
    ones.
    """

    records: int = 2000
    size: int = 1 << 20
    seconds: float = 0.5
    in_flight: int = 1
    total_slices: int = 3
    total_size: int = 64 << 20

    def __post_init__(self) -> None:
        if min(self.records, self.size, self.in_flight, self.total_slices, self.total_size) < 1 or self.seconds <= 0:
            raise ValueError(f"limits of slices must be positive: {self}")
