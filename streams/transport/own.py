"""What this process writes to a partition that it reads itself: it is handled without being fetched."""

from collections.abc import Sequence

from streams.transport.slices import OwnRecord, SliceLimits

SLICES = 4  # so many slices of such records may wait for their turn; the rest is fetched
SIZE = 16 << 20  # bytes of them, about
ALONE_S = 0.1  # after so long without anything new by a fetch, all that comes is written by this process


class Own:
    """Orders the records that this process wrote to one partition, and says what of it need not be fetched.

    Between two of them others may have written: what lies behind such a gap waits until a fetch has filled it.
    `end` is the offset behind what was written here and handled, or is about to be; -1: nothing yet. It is read by the
    consumer's thread, too.
    """

    def __init__(self, limits: SliceLimits) -> None:
        self._records = SLICES * limits.records
        self._early: dict[int, OwnRecord] = {}
        self._size = 0
        self._others_at = 0.0
        self.complete = False  # nothing that was written here last is left to be fetched
        self.end = -1

    def clear(self) -> None:
        """Forget everything: the partition is read from somewhere else."""
        self._early.clear()
        self._size = 0
        self.complete = False
        self.end = -1

    def alone(self, now: float) -> bool:
        """Whether nobody else seems to write there (`now`: monotonic seconds), so that hardly a fetch is needed."""
        return self.complete and now - self._others_at >= ALONE_S

    def fetched(self, now: float) -> None:
        """Note that a fetch brought something that was not here; `now` is monotonic seconds."""
        self._others_at = now

    def take(self, records: Sequence[OwnRecord], expected: int, waiting: int) -> Sequence[OwnRecord]:
        """Return what can be handled next, of offsets from `expected` on without gaps; keep what lies behind a gap.

        `waiting` is how many records lie before `expected` and wait. Too many at once are left to be fetched.
        """
        self.complete = False
        if waiting + len(self._early) + len(records) > self._records or self._size > SIZE:
            return ()
        self._size += sum([len(record.value) for record in records])
        following = records
        if self._early or records[0].offset != expected or records[-1].offset != expected + len(records) - 1:
            self._early.update([(record.offset, record) for record in records])
            following = self.follow(expected)
        if not self._early:
            self.complete = True
            self.end = max(expected + len(following), self.end)
        return following

    def follow(self, expected: int) -> Sequence[OwnRecord]:
        """Return what was early and can be handled now that `expected` is the next offset; forget what lies below."""
        following: list[OwnRecord] = []
        while (record := self._early.pop(expected + len(following), None)) is not None:
            following.append(record)
        behind = expected + len(following)
        self._early = {offset: record for offset, record in self._early.items() if offset > behind}
        return following

    def handed_over(self, size: int, *, all_of_it: bool) -> None:
        """Note that so many bytes, of whatever origin, went into a slice."""
        self._size = 0 if all_of_it else max(0, self._size - size)
