"""One `facts` partition in memory: its log's end, its entities, its timers, run batch by batch."""

from collections.abc import Iterable
from heapq import heappop, heappush

from processors.detector import Registry
from processors.state import EntityState, Head, decode_entity
from processors.step import Failure, Step
from schemas.effects import Example, Outputs, Slot, Timer
from schemas.fact import Fact, FactRecord


class _Lazy(dict[str, EntityState]):
    """Decoded states of one batch, each decoded from its blob when it is first asked for."""

    def __init__(self, blobs: dict[str, bytes]) -> None:
        super().__init__()
        self._blobs = blobs

    def __missing__(self, entity: str) -> EntityState:
        state = self[entity] = decode_entity(self._blobs.get(entity))
        return state


class Partition:
    """Takes records as the log has them; between batches everything rests as bytes, as it would in Redis."""

    def __init__(self, slot: Slot, head: Head, registry: Registry) -> None:
        self.slot = slot
        self.head = head
        self.end = 0
        self.blobs: dict[str, bytes] = {}
        self.failures: list[Failure] = []
        self.repeated = 0
        self._registry = registry
        self._timers: dict[tuple[str, str], int] = {}
        self._order: list[Timer] = []
        self._step: Step | None = None
        self._told = self._taught = 0

    def begin(self, horizon: int) -> None:
        """Begin a batch whose ticks bring the watermark no further than `horizon` (ms).

        What is set for a time that has passed fires at once, so the horizon is never behind the watermark.
        """
        horizon = max(horizon, self.head.clock.watermark)
        self._step = Step(self.slot, self.head, self._registry, _Lazy(self.blobs), self._due(horizon), horizon)
        self._told = self._taught = 0

    def append(self, record: FactRecord) -> list[Fact]:
        """Append one record to the log, apply it, and return the facts that it makes for other entities."""
        return self.apply(self.end, record)

    def apply(self, offset: int, record: FactRecord) -> list[Fact]:
        """Apply one record that stands at an offset of the log, and return the facts that it makes."""
        if self._step is None:
            raise RuntimeError("begin a batch first")
        self._step.apply([(offset, record)])
        self.end = offset + 1
        told = self._step.outputs.facts[self._told :]
        self._told += len(told)
        return told

    def taught(self) -> list[Example]:
        """Return the examples that were made since this was last asked."""
        if self._step is None:
            raise RuntimeError("begin a batch first")
        fresh = self._step.outputs.examples[self._taught :]
        self._taught += len(fresh)
        return fresh

    def finish(self) -> Outputs:
        """End the batch: write states and timers down, and return everything that came out."""
        if self._step is None:
            raise RuntimeError("begin a batch first")
        step, self._step = self._step, None
        outputs = step.finish()
        for entity, blob in outputs.states.items():
            if blob is None:
                self.blobs.pop(entity, None)
            else:
                self.blobs[entity] = blob
        self._keep_timers(outputs.timers.items())
        self.failures += step.failures
        self.repeated += step.repeated
        return outputs

    def _keep_timers(self, changed: Iterable[tuple[tuple[str, str], int | None]]) -> None:
        for (entity, name), due in changed:
            if due is None:
                self._timers.pop((entity, name), None)
            else:
                self._timers[entity, name] = due
                heappush(self._order, Timer(due, entity, name))

    def _due(self, horizon: int) -> list[Timer]:
        due = []
        while self._order and self._order[0].due <= horizon:
            timer = heappop(self._order)
            if self._timers.get((timer.entity, timer.name)) == timer.due:
                due.append(timer)
        return due
