"""One assigned partition: what was fetched of it, what is in flight, and how large its next slice may be."""

from collections.abc import Sequence
from dataclasses import dataclass

from faust.types import TP

from streams.transport.backlog import Backlog, Fetched
from streams.transport.ledger import Acked, Entry, Ledger
from streams.transport.own import Own
from streams.transport.slices import OwnRecord, Record, Slice, SliceLimits

LEAST_RECORDS = 250  # worth a slice, however long one takes: most of its cost does not depend on how many it holds
SMOOTHING = 0.3  # weight of the newest slice in the running time per record


class LogRewound(Exception):
    """A partition begins again below what was read of it: the topic was made anew, or its log lost its tail."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far one partition is: all offsets are the next one; None is not known yet.

    `delivered` was handed over, `done` is acknowledged, `committed` is with the broker, `end` is the high watermark
    (or the last stable offset). `waiting` is the number of slices in flight, `reached` the time (ms since 1970 UTC)
    of the last acknowledged record.
    """

    topic: str
    partition: int
    generation: int
    delivered: int | None
    done: int | None
    committed: int | None
    end: int | None
    waiting: int
    reached: int | None

    @property
    def lag(self) -> int:
        """Records (offsets) that are readable and not acknowledged; 0 while nothing is known."""
        if self.end is None:
            return 0
        return max(0, self.end - (self.done or 0))


class Partition:
    """Cuts slices within its limits; open only between the end of its assignment hook and its revocation.

    `epoch` numbers the seeks, and slices carry it: what was cut before one is recognised. `fetch_epoch` also counts
    when only what was fetched and not yet cut is forgotten: slices in flight stay good.
    """

    def __init__(self, tp: TP, generation: int, limits: SliceLimits, committed: int | None, epoch: int) -> None:
        self.tp = tp
        self.generation = generation
        self.epoch = self.fetch_epoch = epoch
        self.open = False
        self.ledger = Ledger()
        self.ledger.start(committed, committed)
        self.backlog = Backlog()
        self.reached: int | None = None
        self.delivered_at = 0.0  # monotonic seconds
        self._limits = limits
        self._fetched = committed  # where the next fetch begins
        self._fetched_ahead = -1  # end of what was fetched and lies in the backlog
        self.own = Own(limits)
        self._pace: float | None = None  # seconds per record
        self._handled_at = 0.0

    @property
    def wants_fetch(self) -> bool:
        """Whether the next fetch should be taken: it is open and everything fetched so far was handed over."""
        return self.open and (self.backlog.empty or (self.ledger.position or 0) >= self._fetched_ahead)

    @property
    def crowded(self) -> bool:
        """Whether a whole slice of what this process wrote waits: it goes before those that would make it more."""
        if self.backlog.empty:
            return False
        return self.backlog.end - max(self.ledger.position or 0, self._fetched_ahead) >= self._limits.records

    @property
    def expected(self) -> int | None:
        """Offset of the next record that is not here yet; None is not known."""
        return self.ledger.position if self.backlog.empty else self.backlog.end

    @property
    def can_cut(self) -> bool:
        """Whether a slice may be handed over now, as far as this partition alone is concerned."""
        return self.open and not self.backlog.empty and len(self.ledger.waiting) < self._limits.in_flight

    def start(self, offset: int | None, epoch: int) -> None:
        """Go on at an offset: everything fetched or in flight is forgotten."""
        self.epoch = epoch
        self.ledger.start(offset, self.ledger.committed)
        self.refetch(epoch)

    def refetch(self, epoch: int) -> None:
        """Forget what was fetched and not yet handed over; it is going to be fetched again."""
        self.fetch_epoch = epoch
        self._fetched = self.ledger.position
        self._fetched_ahead = -1
        self.backlog.clear()
        self.own.clear()

    def fill(self, fetched: Fetched, now: float) -> int:
        """Take in a fetch, unless a seek made it worthless; return how many offsets the log no longer had.

        What is here already, since this process wrote it, is passed over. `now` is monotonic seconds. Raises
        LogRewound.
        """
        if fetched.epoch != self.fetch_epoch:
            return 0
        expected = self.expected
        if expected is None:
            self.ledger.start(fetched.start, self.ledger.committed)
            expected = fetched.start
        elif fetched.start < (due := max(fetched.due, -1 if self._fetched is None else self._fetched)):
            raise LogRewound(f"{self.tp} goes on at {fetched.start}, although {due} was reached")
        self._fetched = fetched.end
        if fetched.end <= expected:
            return 0
        self.own.fetched(now)
        if fetched.batches:
            self.backlog.fill(fetched, max(fetched.start, expected))
            self._fetched_ahead = fetched.end
        elif self.backlog.empty:
            self.ledger.skip(fetched.end)
        else:
            self.backlog.extend(fetched.end)
        self._add(self.own.follow(fetched.end))
        return max(0, fetched.start - expected)

    def hand_in(self, records: Sequence[OwnRecord]) -> bool:
        """Take in what this process wrote here (offsets rising); return whether none of it need be fetched any more."""
        expected = self.expected
        if not self.open or expected is None:
            return False
        waiting = 0 if self.backlog.empty else self.backlog.end - (self.ledger.position or 0)
        self._add(self.own.take(records, expected, waiting))
        return self.own.complete

    def note_beginning(self, fetched: Fetched) -> None:
        """Let a fetch that came too late say at least where the log begins, so that it can be fetched again."""
        if self.ledger.position is None and fetched.epoch == self.fetch_epoch:
            self.ledger.start(fetched.start, self.ledger.committed)

    def cut(self) -> Slice | None:
        """Return the next slice, None when nothing but gaps was left."""
        records, size = self.backlog.cut(self._count(), self._limits.size)
        self.own.handed_over(size, all_of_it=self.backlog.empty)
        if not records:
            self._pass_gap()
            return None
        return self._slice(records, size)

    def hand_over(self, part: Slice, message: Acked, now: float) -> None:
        """Note a slice that is being handed over; `now` is monotonic seconds."""
        self.delivered_at = now
        reached = part.records[-1].timestamp or 0
        self.ledger.deliver(Entry(part.next_offset, message, part.size, len(part), reached, now))

    def settle(self, now: float) -> None:
        """Move the acknowledged prefix and learn from it how long a record takes; `now` is monotonic seconds."""
        for entry in self.ledger.settle():
            began = max(entry.at, self._handled_at)
            self._handled_at = now
            self.reached = entry.reached
            pace = max(now - began, 0.0) / entry.records
            self._pace = pace if self._pace is None else self._pace + SMOOTHING * (pace - self._pace)

    def position(self, end: int | None) -> Position:
        """Return how far it is."""
        ledger, expected = self.ledger, self.expected
        if end is not None and expected is not None:
            end = max(end, expected)  # what we wrote ourselves may not have been fetched yet
        return Position(
            *self.tp, self.generation, ledger.position, ledger.done, ledger.committed, end,
            len(ledger.waiting), self.reached,
        )  # fmt: skip

    def _add(self, records: Sequence[OwnRecord]) -> None:
        if records:
            self.backlog.add(records)

    def _count(self) -> int:
        if self._pace == 0:
            return self._limits.records
        in_time = int(self._limits.seconds / self._pace) if self._pace is not None else 0
        return min(self._limits.records, max(in_time, LEAST_RECORDS))

    def _slice(self, records: Sequence[Record], size: int) -> Slice:
        after = self.backlog.end if self.backlog.empty else records[-1].offset + 1
        return Slice(
            self.tp.topic, self.tp.partition, self.generation, records, after,
            self.backlog.high_watermark, size, self.epoch,
        )  # fmt: skip

    def _pass_gap(self) -> None:
        self.backlog.clear()
        self.ledger.skip(self.backlog.end)
