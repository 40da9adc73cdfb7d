"""The pure core alone: the same touchpoints through decode, cleanse, resolve and step, without any I/O."""

from collections.abc import Sequence
from time import process_time

from online_models.in_force import models_of
from processors.cleanse import cleanse
from processors.cleanse_batch import Item
from processors.cleansing.record import CleansingOptions
from processors.decode import decode
from processors.detector import shipped
from processors.state import Clock, EntityState, Head
from processors.step import Step
from schemas.effects import Slot
from schemas.fact import Fact, Origin
from schemas.outcome import Refusal
from schemas.registry import FileRegistry
from schemas.rules import RuleBook
from schemas.wire import Codec
from streams.replay.identifiers import Identifiers

SLICE = 500
FACTS = Slot("facts", "00000000", 0)


class Core:
    """Runs slices of touchpoints and keeps the CPU seconds of each part."""

    def __init__(self, rules: RuleBook) -> None:
        self.seconds: dict[str, float] = {}
        self._options = CleansingOptions(rules.cleansing)
        self._codec = Codec(FileRegistry())
        self._identifiers = Identifiers(rules.identity)
        self._head = Head(Clock(), rules, {})
        self._entities: dict[str, EntityState] = {}
        self._read = self._offset = 0
        self._since = 0.0

    def run(self, bodies: Sequence[bytes], received_at: int) -> None:
        """Run JSON touchpoints, received at a time (ms)."""
        for begin in range(0, len(bodies), SLICE):
            self._slice(bodies[begin : begin + SLICE], received_at)

    def _slice(self, bodies: Sequence[bytes], received_at: int) -> None:
        self._since = process_time()
        decoded = [decode(body, "application/json", received_at, self._codec) for body in bodies]
        self._lap("decode and validate")
        cleansed = [one if isinstance(one, Refusal) else cleanse(one, self._options) for one in decoded]
        self._lap("cleanse")
        items = [
            Item(Origin("touchpoints", "00000000", 0, self._read + place), one, received_at)
            for place, one in enumerate(cleansed)
        ]
        self._read += len(items)
        plan = self._identifiers.plan(items)
        self._lap("resolve")
        written = [self._codec.encode_fact(fact) for fact in plan.facts]
        self._lap("write facts")
        facts = [fact for fact in map(self._codec.decode_fact, written) if isinstance(fact, Fact)]
        self._lap("read facts")
        step = Step(FACTS, self._head, shipped(models_of), self._entities)
        step.run((self._offset + place, fact) for place, fact in enumerate(facts))
        self._offset += len(facts)
        self._lap("step")

    def _lap(self, part: str) -> None:
        now = process_time()
        self.seconds[part] = self.seconds.get(part, 0.0) + now - self._since
        self._since = now
