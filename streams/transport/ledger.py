"""The accounting of one partition's offsets: what was handed over, what was acknowledged, what may be committed."""

from collections import deque
from typing import NamedTuple, Protocol


class Acked(Protocol):
    """A message of Faust; its `acked` is the only reliable sign that it was acknowledged."""

    acked: bool


class Entry(NamedTuple):
    """One slice in flight: where the next one begins, its message, its bytes and records.

    `reached` is the time of its last record (ms since 1970 UTC), `at` when it was handed over (monotonic seconds).
    """

    next_offset: int
    message: Acked
    size: int
    records: int
    reached: int
    at: float


class Ledger:
    """Slices in flight, oldest first, and the end of the longest acknowledged prefix.

    Invariant: `committed` was, when it was committed, at most `done`, and everything in the log below `done` that
    was handed over since `start` has been acknowledged. All offsets are "the next one"; None is "not known yet".
    """

    def __init__(self) -> None:
        self.position: int | None = None  # where the next slice begins
        self.done: int | None = None  # end of the acknowledged prefix
        self.committed: int | None = None  # what the broker holds, as far as we know
        self.waiting: deque[Entry] = deque()
        self.size = 0

    def start(self, offset: int | None, committed: int | None) -> None:
        """Begin at an offset; whatever was in flight is forgotten and can no longer move the prefix."""
        self.position = self.done = offset
        self.committed = committed
        self.waiting.clear()
        self.size = 0

    def deliver(self, entry: Entry) -> None:
        """Note a slice that is being handed over. Raises ValueError when it does not go forward."""
        if self.position is not None and entry.next_offset <= self.position:
            raise ValueError(f"slice ends at {entry.next_offset}, but {self.position} was reached before")
        self.position = entry.next_offset
        self.waiting.append(entry)
        self.size += entry.size

    def skip(self, offset: int) -> None:
        """Pass over offsets without records: they are done as soon as everything before them is."""
        if self.position is not None and offset <= self.position:
            return
        self.position = offset
        if self.waiting:
            self.waiting[-1] = self.waiting[-1]._replace(next_offset=offset)
        else:
            self.done = offset

    def settle(self) -> list[Entry]:
        """Move the prefix over the acknowledged slices at the front and return them, oldest first."""
        settled = []
        while self.waiting and self.waiting[0].message.acked:
            entry = self.waiting.popleft()
            self.done = entry.next_offset
            self.size -= entry.size
            settled.append(entry)
        return settled

    def due(self) -> int | None:
        """Return the offset to commit, None when the broker holds it already.

        It may lie below what was committed before, after a seek backwards: a committed offset is never ahead of
        what has been done.
        """
        self.settle()
        return self.done if self.done != self.committed else None

    @property
    def is_ahead(self) -> bool:
        """Whether the broker holds an offset beyond what has been done, as after a seek backwards."""
        return self.committed is not None and self.done is not None and self.done < self.committed
