"""A small bench to try detectors on: facts in, effects out, in the order of a log, without files or services."""

from typing import Any

from online_models.in_force import models_of
from processors.detector import Registry, shipped
from processors.state import Clock, Head, decode_entity
from schemas.effects import Change, Example, Slot
from schemas.fact import Fact, FactRecord, Origin, Tick
from schemas.rules import RuleBook
from schemas.signal import Signal
from schemas.times import MINUTE
from streams.replay.partition import Partition

NINE = 1_795_222_800_000  # 2026-11-21 09:00 in Shanghai, ms since 1970 UTC


class Bench:
    """One partition with the shipped detectors; facts for other entities come back into it at once."""

    def __init__(self, rules: RuleBook, registry: Registry | None = None) -> None:
        head = Head(Clock(), rules, {})
        self.partition = Partition(Slot("facts", "00000000", 0), head, registry or shipped(models_of))
        self.signals: list[Signal] = []
        self.changes: list[Change] = []
        self.examples: list[Example] = []  # of the last record
        self._offset = 0

    def fact(
        self, type_: str, at: int, entity: str = "lead:a", *, known_at: int | None = None, rep: str | None = None,
        about: str | None = None, **more: Any,
    ) -> None:  # fmt: skip
        """Apply a fact of one entity by a rep, about a lead; `verified` and `via` are taken out of the data."""
        via = {name: tuple(more.pop(name, ())) for name in ("via", "verified")}
        fact = Fact(
            entity=entity,
            type=type_,
            at=at,
            known_at=at if known_at is None else known_at,
            origin=Origin("touchpoints", "00000000", 0, self._offset),
            event_id=f"event-{self._offset}",
            source=more.pop("source", "website"),
            rep_id=rep,
            lead=about or (entity if entity.startswith("lead:") else None),
            data=more,
            **via,
        )
        self._offset += 1
        self._run(fact)

    def until(self, at: int) -> None:
        """Let the watermark come to a time (ms)."""
        self._run(Tick(sources={"touchpoints.0.00000000": at}, of=1))

    def control(self, record: FactRecord) -> None:
        """Apply a record as it is: a rule book or a model comes in force."""
        self._run(record)

    def minutes(self, number: float) -> int:
        """Return the time some minutes after nine."""
        return NINE + round(number * MINUTE)

    def kinds(self) -> list[str]:
        """Return the kinds of all signals so far."""
        return [signal.kind for signal in self.signals]

    def state(self, entity: str, detector: str) -> dict[str, Any]:
        """Return a detector's state of an entity, as it is stored."""
        return decode_entity(self.partition.blobs[entity]).states[detector]

    def _run(self, record: FactRecord) -> None:
        self.partition.begin(record.sources["touchpoints.0.00000000"] if isinstance(record, Tick) else 0)
        waiting: list[FactRecord] = [record]
        while waiting:
            waiting += self.partition.append(waiting.pop(0))
        outputs = self.partition.finish()
        assert self.partition.failures == []
        self.signals += outputs.signals
        self.changes += outputs.changes
        self.examples = outputs.examples
