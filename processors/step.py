"""The entity step: records of one partition in, outputs out. The only place where entity state changes.

After each record, all timers due at or before the watermark fire, ordered by (due, entity, name). What comes out
depends on the log alone: not on where a batch begins or ends, not on a clock, not on what else a worker does.
"""

from collections.abc import Iterable, MutableMapping, Sequence

from processors.detector import Registry
from processors.merging.moves import is_alone, prefixed
from processors.state import EntityState, Head, encode_entity
from processors.stepping import quiet
from processors.stepping.control import models_of, taken
from processors.stepping.outcome import Failure, Outcome
from schemas.effects import Outputs, Slot, Timer
from schemas.fact import Fact, FactRecord, RuleBookChange, Tick

__all__ = ["Failure", "Step", "timer_horizon"]


def timer_horizon(head: Head, records: Iterable[FactRecord]) -> int:
    """Return the watermark (ms) that the partition will have reached after these records; -1 for none."""
    clock = head.clock
    for record in records:
        if isinstance(record, Tick):
            clock = clock.advanced(record)
    return clock.watermark


class Step:
    """Runs records of one slot over entity states.

    `entities` holds the decoded state of every entity that the records or the due timers name (a missing one is
    new); it is changed in place, so a caller whose commit fails must forget it. `due` are the stored timers that
    are due at or before `timer_horizon` of the records.
    """

    def __init__(
        self,
        slot: Slot,
        head: Head,
        registry: Registry,
        entities: MutableMapping[str, EntityState],
        due: Sequence[Timer] = (),
        horizon: int = -1,
    ) -> None:
        self.registry = registry
        self.entities = entities
        self.repeated = 0
        self._outcome = Outcome(slot, head, due, horizon)
        self._outcome.models = head.in_force or models_of(head, registry)
        self._calls = registry.under(head.rules)
        self._dirty: dict[str, EntityState] = {}

    @property
    def outputs(self) -> Outputs:
        """What has come out so far; the states come with `finish`."""
        return self._outcome.outputs

    @property
    def failures(self) -> list[Failure]:
        """What detectors failed at."""
        return self._outcome.failures

    def run(self, records: Iterable[tuple[int, FactRecord]]) -> Outputs:
        """Apply (offset, record) pairs in order and return all outputs."""
        self.apply(records)
        return self.finish()

    def apply(self, records: Iterable[tuple[int, FactRecord]]) -> None:
        """Apply more (offset, record) pairs, in order; their outputs are in `outputs`, but for the states."""
        outcome = self._outcome
        for offset, record in records:
            outcome.begin(offset)
            if isinstance(record, Fact):
                self._apply(record)
            else:
                taken(record, outcome, self.registry)
                if isinstance(record, RuleBookChange):
                    self._calls = self.registry.under(outcome.head.rules)
            while (timer := outcome.next_due()) is not None:
                self._fire(timer)

    def finish(self) -> Outputs:
        """Write the changed states down and return all outputs."""
        for entity, state in self._dirty.items():
            self.outputs.states[entity] = encode_entity(state)
        return self.outputs

    def _apply(self, fact: Fact) -> None:
        state = self._state(fact.entity)
        origin = fact.origin
        source, position = origin.source, [origin.offset, origin.index]
        last = state.seen.get(source)
        if last is not None and position <= last:
            self.repeated += 1
            return
        if last is None and state.seen:
            state.forget(origin)
        state.seen[source] = position
        self._dirty[fact.entity] = state
        outcome = self._outcome
        if not is_alone(state, fact) and quiet.for_others(state, fact, outcome, self._calls):
            return
        states = state.states
        ctx = outcome.context(fact.entity, fact.at, fact.known_at, states)
        for name, effect in outcome.ask(self._calls.wanted(fact.entity, fact, states), fact, states, ctx):
            outcome.do(effect, name, state, ctx, fact)

    def _fire(self, timer: Timer) -> None:
        state, outcome = self._state(timer.entity), self._outcome
        if (of_member := prefixed(timer.name)) is not None:
            if quiet.fire(state, timer, *of_member, outcome, self.registry):
                self._dirty[timer.entity] = state
            return
        if state.timers.get(timer.name) != timer.due:
            return  # moved or cancelled since it was read
        del state.timers[timer.name]
        outcome.clear_timer(timer.entity, timer.name)
        self._dirty[timer.entity] = state
        owner, _, name = timer.name.partition(".")
        detector = self.registry.by_name.get(owner)
        if detector is None:
            return  # the detector was taken out of the release: its timers end silently with their state
        ctx = outcome.context(timer.entity, timer.due, timer.due, state.states)
        due = Timer(timer.due, timer.entity, name)
        for _, effect in outcome.ask(((owner, detector.on_timer),), due, state.states, ctx):
            outcome.do(effect, owner, state, ctx, None)

    def _state(self, entity: str) -> EntityState:
        try:
            return self.entities[entity]
        except KeyError:
            state = self.entities[entity] = EntityState()
            return state
