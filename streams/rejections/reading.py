"""The topic `rejected`, read in bounded memory."""

from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import heappush, heappushpop

import orjson
from confluent_kafka import Message

from schemas.framing import CodecError
from schemas.outcome import Rejected
from schemas.wire import Codec


@dataclass(frozen=True, slots=True)
class Found:
    """A rejected record and its place: where it came from, by which it is known. The gateway's have no place of their
    own; theirs is where they stand in `rejected`."""

    place: str
    rejected: Rejected

    @property
    def at(self) -> int:
        """When it was refused, ms since 1970 UTC."""
        return self.rejected.rejected_at


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records are looked for; empty and None: all. Times are ms since 1970 UTC, `until` is not included."""

    reasons: frozenset[str] = frozenset()
    source: str | None = None
    since: int = 0
    until: int | None = None

    def fits(self, rejected: Rejected, codec: Codec) -> bool:
        """Tell whether a record is one of them; the codec reads what was sent as Avro."""
        at = rejected.rejected_at
        if (self.reasons and rejected.refusal.reason not in self.reasons) or at < self.since:
            return False
        if self.until is not None and at >= self.until:
            return False
        return self.source is None or source_of(rejected, codec) == self.source


@dataclass
class Listing:
    """The newest records found, newest first, and how many of each reason there were."""

    newest: list[Found] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def found_in(messages: Iterable[Message], codec: Codec) -> Iterator[Found]:
    """Give the records in some messages. Raises CodecError."""
    for message in messages:
        rejected = codec.decode_rejected(message.value() or b"")
        if rejected.offset >= 0:
            place = f"{rejected.topic}.{rejected.partition}.{rejected.incarnation}.{rejected.offset}"
        else:
            place = f"rejected.{message.partition()}.{message.offset()}"
        yield Found(place, rejected)


class _Seen:
    """Which records were seen, by where they came from: eight bytes each, since repeats come long after the first."""

    def __init__(self) -> None:
        self._offsets: defaultdict[tuple[str, str, int], array[int]] = defaultdict(lambda: array("q"))

    def add(self, rejected: Rejected) -> bool:
        """Take a record in; return False if it was there. The gateway's (offset -1) come from nowhere twice."""
        offset = rejected.offset
        if offset < 0:
            return True
        offsets = self._offsets[rejected.topic, rejected.incarnation, rejected.partition]
        place = bisect_left(offsets, offset)  # nearly always the end: a partition is read in order
        if place < len(offsets) and offsets[place] == offset:
            return False
        offsets.insert(place, offset)
        return True


def newest(batches: Iterable[Iterable[Found]], wanted: Wanted, most: int, codec: Codec) -> Listing:
    """Return the newest `most` of those wanted; a record that was refused twice, after a crash, is one."""
    listing, seen = Listing(), _Seen()
    kept: list[tuple[int, str, int]] = []
    held: dict[str, Found] = {}
    for number, found in enumerate(one for batch in batches for one in batch):
        if not wanted.fits(found.rejected, codec) or not seen.add(found.rejected):
            continue
        listing.counts[found.rejected.refusal.reason] += 1
        held[found.place] = found
        if len(kept) < most:
            heappush(kept, (found.at, found.place, number))
        else:
            _, gone, _ = heappushpop(kept, (found.at, found.place, number))
            del held[gone]
    listing.newest = [held[place] for _, place, _ in sorted(kept, reverse=True)]
    return listing


def source_of(rejected: Rejected, codec: Codec) -> str | None:
    """Return the front end that sent an event, where its bytes, JSON or Avro, say so."""
    try:
        event = orjson.loads(rejected.payload)
    except orjson.JSONDecodeError:
        try:
            event, _ = codec.decode_touchpoint(rejected.payload)
        except CodecError:
            return None
    source = event.get("source") if isinstance(event, dict) else None
    return source if isinstance(source, str) else None
