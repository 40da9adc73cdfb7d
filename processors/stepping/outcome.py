"""What a step has come to so far: effects become outputs here, with derived ids, each at its place in the log."""

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from heapq import heapify, heappop, heappush
from typing import Any, TypeVar, assert_never

import msgspec

from processors.detector import EMPTY, Context, State
from processors.effects import ClearTimer, Effect, Effects, Emit, Learn, SetField, SetTimer, Tell
from processors.faults import place_of
from processors.history import change_hash
from processors.merging.given_back import note_told
from processors.models import NO_MODELS, Models
from processors.state import EntityState, Head
from schemas.effects import Change, Example, Outputs, Slot, Timer
from schemas.fact import Fact, Origin
from schemas.ids import derived_id
from schemas.signal import Signal

Occasion = TypeVar("Occasion", Fact, Timer)


class Failure(msgspec.Struct, frozen=True):
    """A detector raised on a fact or timer. Its state is as before, nothing of what it asked for was done."""

    origin: Origin
    detector: str
    entity: str
    error: str


class Outcome:
    """Outputs and failures of a step, and the timers that are due within its horizon (ms).

    `models` are those in force; rules and clock are those of the head. `begin` says at which record of the log all
    that follows happens.
    """

    def __init__(self, slot: Slot, head: Head, due: Sequence[Timer], horizon: int) -> None:
        self.slot = slot
        self.head = head
        self.models: Models = NO_MODELS
        self.outputs = Outputs()
        self.failures: list[Failure] = []
        self._due = list(due)
        heapify(self._due)
        self._horizon = horizon
        self._offset = -1
        self._index = 0

    def begin(self, offset: int) -> None:
        """Go on to the record at this offset."""
        self._offset, self._index = offset, 0

    def next_due(self) -> Timer | None:
        """Take and return the next timer that the watermark has passed; None when there is none (any more)."""
        if self._due and self._due[0].due <= self.head.clock.watermark:
            return heappop(self._due)
        return None

    def context(self, entity: str, at: int, known_at: int, states: Mapping[str, State]) -> Context:
        """Return what detectors of an entity are told at a time (ms)."""
        return Context(entity, at, max(at, known_at), self.head.rules, states, self.models)

    def ask(
        self,
        calls: Iterable[tuple[str, Callable[[State, Occasion, Context], tuple[State, Effects]]]],
        occasion: Occasion,
        states: MutableMapping[str, dict[str, Any]],
        ctx: Context,
    ) -> Iterator[tuple[str, Effect]]:
        """Call detectors by name about a fact or a timer, keep their new states; yield what each asks for."""
        for name, call in calls:
            before: State = states.get(name, EMPTY)
            try:
                after, effects = call(before, occasion, ctx)
            except Exception as error:  # a detector's bug must not stop the partition: it is reported, not swallowed
                self.fail(name, ctx.entity, f"{place_of(error)}: {error}")
                continue
            if after is not before:
                states[name] = after if type(after) is dict else dict(after)
            for effect in effects:
                yield name, effect

    def fail(self, detector: str, entity: str, error: str) -> None:
        """Report what could not be done."""
        self.failures.append(Failure(self.origin(), detector, entity, error))

    def origin(self) -> Origin:
        """Return where the next output comes from."""
        slot = self.slot
        origin = Origin(slot.topic, slot.incarnation, slot.partition, self._offset, self._index)
        self._index += 1
        return origin

    def do(self, effect: Effect, owner: str, state: EntityState, ctx: Context, fact: Fact | None) -> None:
        """Do what a detector (`owner`) asks for about an entity."""
        match effect:
            case Emit():
                signal = self._signal(effect, ctx)
                self.outputs.signals.append(signal)
                if state.together is not None and state.together.holds_others(ctx.entity):
                    note_told(state.together, signal)
            case SetField():
                # What others say while the own lead is away is written when that comes back, or where they go.
                if not owner or state.together is None or ctx.entity in state.together.members:
                    self._change(effect, state, ctx, fact)
            case Tell():
                self.outputs.facts.append(self._tell(effect, ctx, fact))
            case SetTimer():
                name = f"{owner}.{effect.name}"
                state.timers[name] = effect.due
                self.set_timer(ctx.entity, name, effect.due)
            case ClearTimer():
                name = f"{owner}.{effect.name}"
                if state.timers.pop(name, None) is not None:
                    self.clear_timer(ctx.entity, name)
            case Learn():
                example = Example(entity=ctx.entity, at=ctx.at, origin=self.origin(), data=effect.data)
                self.outputs.examples.append(example)
            case _:
                assert_never(effect)

    def set_timer(self, entity: str, name: str, due: int) -> None:
        """Set a timer in the index; it fires within this step where that is due."""
        self.outputs.timers[entity, name] = due
        if due <= self._horizon:
            heappush(self._due, Timer(due, entity, name))

    def clear_timer(self, entity: str, name: str) -> None:
        """Take a timer from the index."""
        self.outputs.timers[entity, name] = None

    def _signal(self, effect: Emit, ctx: Context) -> Signal:
        origin = self.origin()
        parts = (origin.topic, origin.incarnation, origin.partition, origin.offset, origin.index)
        return Signal(
            signal_id=derived_id("signal", *parts),
            kind=effect.kind,
            entity=ctx.entity,
            at=ctx.at,
            severity=effect.severity,
            to=effect.to,
            title=effect.title,
            evidence=effect.evidence,
            rule=effect.rule,
            rule_book=self.head.rules.version,
            model=effect.model,
            region=effect.region,
            origin=origin,
        )

    def _tell(self, effect: Tell, ctx: Context, fact: Fact | None) -> Fact:
        return Fact(
            entity=effect.entity,
            type=effect.type,
            at=ctx.at,
            known_at=ctx.now,
            origin=self.origin(),
            event_id=fact.event_id if fact else "",
            source="whetstone",
            rep_id=effect.rep_id,
            lead=effect.lead,
            data=effect.data,
        )

    def _change(self, effect: SetField, state: EntityState, ctx: Context, fact: Fact | None) -> None:
        change = Change(
            lead=ctx.entity,
            seq=state.seq + 1,
            field=effect.field,
            old=effect.old,
            new=effect.new,
            rule=effect.rule,
            rule_book=self.head.rules.version,
            event_id=fact.event_id if fact else "",
            actor=effect.actor,
            at=ctx.at,
            origin=self.origin(),
            previous=state.hash,
            hash=b"",
        )
        sealed = msgspec.structs.replace(change, hash=change_hash(change))
        state.seq, state.hash = sealed.seq, sealed.hash
        self.outputs.changes.append(sealed)
