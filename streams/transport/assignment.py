"""All partitions that this process holds: which may be fetched, which may be delivered, what may be committed."""

from collections.abc import Collection, Iterable, Mapping

from faust.types import TP

from streams.transport.backlog import Fetched
from streams.transport.partition import Partition
from streams.transport.slices import SliceLimits


class Assignment:
    """The partitions of one generation. Knows nothing of Kafka or Faust beyond their names."""

    def __init__(self, limits: SliceLimits) -> None:
        self.limits = limits
        self.partitions: dict[TP, Partition] = {}
        self._epoch = 0
        self._refused: set[TP] = set()  # of which a fetch lies in the thread

    def next_epoch(self) -> int:
        """Return a number that no slice and no fetch carries yet."""
        self._epoch += 1
        return self._epoch

    def replace(self, committed: Mapping[TP, int | None], generation: int, epoch: int) -> None:
        """Hold these partitions and no others, closed, each at its committed offset (None: there is none)."""
        self.partitions = {
            tp: Partition(tp, generation, self.limits, offset, epoch) for tp, offset in committed.items()
        }

    def drop(self, partitions: Iterable[TP]) -> None:
        """Hold these partitions no longer."""
        for tp in partitions:
            self.partitions.pop(tp, None)

    def find(self, tp: TP, generation: int) -> Partition | None:
        """Return a partition if it is held in this generation."""
        partition = self.partitions.get(tp)
        return partition if partition is not None and partition.generation == generation else None

    def holds(self, partition: Partition) -> bool:
        """Tell whether this very partition, of this generation, is still held."""
        return self.partitions.get(partition.tp) is partition

    def wants(self, tp: TP) -> bool:
        """Tell whether a fetch of this partition should be taken; the consumer's thread asks.

        One that is refused is remembered before it is looked at, so that `wants_again` cannot miss it.
        """
        self._refused.add(tp)
        partition = self.partitions.get(tp)
        if partition is None or not partition.wants_fetch:
            return False
        self._refused.discard(tp)
        return True

    def wants_again(self) -> bool:
        """Tell, once, whether a fetch that was refused should be taken now."""
        found = [tp for tp in tuple(self._refused) if tp not in self.partitions or self.partitions[tp].wants_fetch]
        self._refused.difference_update(found)
        return bool(found)

    def written(self, tp: TP) -> int:
        """Return the offset up to which this process need not fetch, since it wrote that itself; -1: there is none."""
        partition = self.partitions.get(tp)
        return -1 if partition is None else partition.own.end

    def alone(self, tp: TP, now: float) -> bool:
        """Tell whether only this process seems to write to a partition; both are asked by the consumer's thread."""
        partition = self.partitions.get(tp)
        return partition is not None and partition.own.alone(now)

    def fill(self, drained: Mapping[TP, Fetched], now: float) -> dict[TP, int]:
        """Take in fetches; return how many offsets the log no longer had, where that is not 0. Raises LogRewound.

        `now` is monotonic seconds.
        """
        lost = {}
        for tp, fetched in drained.items():
            partition = self.partitions.get(tp)
            if partition is not None and partition.open:
                lost[tp] = partition.fill(fetched, now)
            elif partition is not None:
                partition.note_beginning(fetched)
        return {tp: offsets for tp, offsets in lost.items() if offsets}

    def settle(self, now: float) -> None:
        """Move all acknowledged prefixes; `now` is monotonic seconds."""
        for partition in self.partitions.values():
            partition.settle(now)

    def ready(self, generation: int, active: Collection[TP]) -> list[Partition]:
        """Return the partitions that may be delivered now, one slice of each.

        Crowded ones come first, then who has waited longest.
        """
        found = [partition for partition in self.partitions.values() if self.may_deliver(partition, generation, active)]
        return sorted(found, key=lambda partition: (not partition.crowded, partition.delivered_at))

    def may_deliver(self, partition: Partition, generation: int, active: Collection[TP]) -> bool:
        """Tell whether a slice of this partition may be handed over: ours, active, within all limits."""
        return (
            partition.can_cut
            and partition.generation == generation
            and self.holds(partition)
            and partition.tp in active
            and self._room()
        )

    def _room(self) -> bool:
        """Tell whether all partitions together may have one more slice in flight."""
        slices = size = 0
        for each in self.partitions.values():
            slices += len(each.ledger.waiting)
            size += each.ledger.size
        return slices < self.limits.total_slices and size < self.limits.total_size

    def due(self, topics: Collection[object] | None = None) -> dict[Partition, int]:
        """Return what may be committed and the broker does not hold yet; of some topics or partitions only, or all."""
        wanted = [
            partition
            for tp, partition in self.partitions.items()
            if topics is None or tp in topics or tp.topic in topics
        ]
        offsets = ((partition, partition.ledger.due()) for partition in wanted)
        return {partition: offset for partition, offset in offsets if offset is not None}
