"""Fetched batches of one partition, decoded only as slices are cut from them."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from streams.transport.slices import Record

DECODE_AT_ONCE = 256  # records decoded between two looks at the bytes


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one fetch brought for one partition: from `start` up to, not including, `end`.

    `batches` hold the records that are for us, undecoded: no control batches and no aborted transactions. The first
    may begin below `start`, since the broker answers with whole batches. `epoch` numbers the seeks: what was
    fetched before a seek is recognised by it. `due` is where it was to begin, which lies above `start` when the log
    has been made anew or lost its tail.
    """

    start: int
    end: int
    batches: tuple[Iterable[Record], ...]
    high_watermark: int
    epoch: int
    due: int = -1


class Backlog:
    """Cuts slices from what was fetched or handed over, in order.

    `end` is the offset behind everything in it, gaps included.
    """

    def __init__(self) -> None:
        self._batches: deque[tuple[Iterable[Record], int]] = deque()  # with the offset below which they are trimmed
        self._records: Iterator[Record] = iter(())
        self._wanted = 0  # of those
        self._ahead: deque[Record] = deque()  # decoded, but over the last slice's limits
        self.end = 0
        self.high_watermark = 0
        self.empty = True

    def fill(self, fetched: Fetched, wanted: int) -> None:
        """Take in a fetch behind what is held; records below `wanted` are trimmed."""
        self._batches.extend([(batch, wanted) for batch in fetched.batches])
        self._reach(fetched.end, fetched.high_watermark)

    def add(self, records: Sequence[Record]) -> None:
        """Take in records behind what is held; at least one, without gaps."""
        self._batches.append((records, 0))
        self._reach(records[-1].offset + 1, records[-1].offset + 1)

    def extend(self, end: int) -> None:
        """Note that up to `end` nothing but gaps follows what is held."""
        self.end = end

    def clear(self) -> None:
        """Forget everything."""
        self._batches.clear()
        self._records = iter(())
        self._ahead.clear()
        self.empty = True

    def _reach(self, end: int, high_watermark: int) -> None:
        self.end = end
        self.high_watermark = max(end, high_watermark)
        self.empty = False

    def cut(self, records: int, size: int) -> tuple[list[Record], int]:
        """Return the next records and their bytes: at most so many of each, but at least one record if any is left.

        When nothing is left, `empty` is true afterwards; then even no record at all may be returned.
        """
        taken: list[Record] = []
        total = 0
        while len(taken) < records:
            chunk = self._decode(min(DECODE_AT_ONCE, records - len(taken)))
            if not chunk:
                break
            fitting, total = _fit(chunk, total, size, at_least_one=not taken)
            taken += chunk[:fitting]
            if fitting < len(chunk):
                self._ahead.extendleft(reversed(chunk[fitting:]))
                return taken, total
        self.empty = not self._more()
        return taken, total

    def _decode(self, count: int) -> list[Record]:
        """Return up to `count` records, none only when nothing is left."""
        while True:
            if self._ahead:
                return [self._ahead.popleft() for _ in range(min(count, len(self._ahead)))]
            chunk = list(islice(self._records, count))
            if chunk and chunk[0].offset < self._wanted:
                chunk = [record for record in chunk if record.offset >= self._wanted]
                if not chunk:
                    continue
            if chunk:
                return chunk
            if not self._batches:
                return chunk
            batch, self._wanted = self._batches.popleft()
            self._records = chain(batch)  # a batch of aiokafka can be asked for its iterator only once

    def _more(self) -> bool:
        """Tell whether a record is left, by looking at the next one."""
        if not self._ahead:
            self._ahead.extend(self._decode(1))
        return bool(self._ahead)


def _fit(chunk: list[Record], total: int, size: int, *, at_least_one: bool) -> tuple[int, int]:
    """Return how many records of the chunk fit into `size` bytes above `total`, and the new total."""
    sizes = [len(record.value or b"") + len(record.key or b"") for record in chunk]
    whole = total + sum(sizes)
    if whole <= size:
        return len(chunk), whole
    fitting = 0
    for one in sizes:
        if total + one > size and not (at_least_one and fitting == 0):
            break
        total += one
        fitting += 1
    return fitting, total
