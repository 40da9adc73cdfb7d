"""The whole path in memory: touchpoints in, everything that came out in one canonical order.

Touchpoints run in lockstep: all that follows from one happens before the next, as it would with a path that is
quicker than its input. That includes the learner: its models take effect at the record after which they were made. So
the log of facts, and with it every result, depends on the input alone; the batch size decides only how often
everything is written down and read again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from online_models.trainer import Trainer
from processors.cleanse_batch import Item, Plan
from processors.cleansing.record import CleansingOptions
from processors.detector import Registry
from processors.state import Clock, Head
from schemas.effects import Change, Outputs, Slot
from schemas.fact import Fact, Origin, Tick
from schemas.ids import partition_of
from schemas.outcome import Refusal
from schemas.rules import RuleBook
from schemas.signal import Signal
from schemas.times import SECOND
from schemas.touchpoint import Touchpoint
from streams.learning import model_change, moved_fact
from streams.replay.identifiers import Identifiers
from streams.replay.items import INCARNATION, Items
from streams.replay.partition import Partition


@dataclass(slots=True)
class Counts:
    """What became of the input."""

    touchpoints: int = 0
    facts: int = 0
    duplicates: int = 0
    failures: int = 0
    rejected: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Results:
    """What a batch brought, in canonical order: by the order of touchpoints, then partition, offset, index."""

    signals: list[Signal] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def take(self, outputs: Outputs) -> None:
        """Add the outputs of one partition."""
        self.signals += outputs.signals
        self.changes += outputs.changes


class Path:
    """Cleanse, resolve and step, without any service. `lateness` (ms) is taken off every tick."""

    def __init__(
        self, registry: Registry, rules: RuleBook, *, partitions: int, lateness: int, options: CleansingOptions
    ) -> None:
        self.counts = Counts()
        self._items = Items(options)
        self._lateness = lateness
        self._identifiers = Identifiers(rules.identity)
        self._latest = -1
        self._told = -1
        self.trainer = Trainer(rules)
        self.partitions = [
            Partition(Slot("facts", INCARNATION, number), Head(Clock(), rules, {}), registry)
            for number in range(partitions)
        ]

    def feed(self, batch: Sequence[Touchpoint | Refusal]) -> Results:
        """Run a batch through the whole path."""
        items = self._items.of(batch)
        plan = self._identifiers.plan(items)
        self._count(items, plan)
        ticks = list(self._ticks(items))
        horizon = max((at for at in ticks if at is not None), default=-1)
        for partition in self.partitions:
            partition.begin(horizon)
        facts = _by_offset(plan.facts)
        for item, tick in zip(items, ticks, strict=True):
            self._drain(facts.get(item.origin.offset, ()))
            if tick is not None:
                self._tick(tick)
        results = Results()
        for partition in self.partitions:
            results.take(partition.finish())
        self.counts.failures = sum(len(partition.failures) for partition in self.partitions)
        return results

    def _ticks(self, items: Sequence[Item]) -> Iterator[int | None]:
        """For each item, the time (ms) to tell after it: once the event time has moved on by a second."""
        for item in items:
            self._latest = max(self._latest, item.known_at)
            at = self._latest - self._lateness
            if at >= self._told + SECOND:
                self._told = at
                yield at
            else:
                yield None

    def _tick(self, at: int) -> None:
        source = Origin("touchpoints", INCARNATION, 0, 0).source
        for partition in self.partitions:
            self._drain(partition.append(Tick(sources={source: at}, of=1)))

    def _drain(self, facts: Iterable[Fact]) -> None:
        """Append facts, and what follows from them, until nothing follows any more; then learn."""
        waiting = list(facts) or self._learned()
        while waiting:
            following: list[Fact] = []
            for fact in waiting:
                self.counts.facts += 1
                following += self.partitions[partition_of(fact.entity, len(self.partitions))].append(fact)
            waiting = following or self._learned()

    def _learned(self) -> list[Fact]:
        """Let the learner take the examples that were made; return what it tells of what has moved."""
        told: list[Fact] = []
        for partition in self.partitions:
            for example in partition.taught():
                took = self.trainer.take(example)
                for index, drift in enumerate(took.drifts):
                    origin = Origin("examples", INCARNATION, 0, self.trainer.taken, index)
                    told.append(moved_fact(drift, example.at, origin, self.trainer.taken))
                if took.counts and self.trainer.due:
                    change = model_change(self.trainer)
                    for each in self.partitions:
                        told += each.append(change)
        return told

    def _count(self, items: Sequence[Item], plan: Plan) -> None:
        self.counts.touchpoints += len(items)
        self.counts.duplicates += len(plan.duplicates)
        for item in items:
            if isinstance(item.outcome, Refusal):
                reason = item.outcome.reason
                self.counts.rejected[reason] = self.counts.rejected.get(reason, 0) + 1


def _by_offset(facts: Iterable[Fact]) -> dict[int, list[Fact]]:
    grouped: dict[int, list[Fact]] = {}
    for fact in facts:
        grouped.setdefault(fact.origin.offset, []).append(fact)
    return grouped
