"""The entity step: records of one partition in, outputs out. The only place where entity state changes.

After each record, all timers due at or before the watermark fire, ordered by (due, entity, name). What comes out
depends on the log alone: not on where a batch begins or ends, not on a clock, not on what else a worker does.
"""

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from heapq import heapify, heappop, heappush
from typing import Any, assert_never

import msgspec

from processors.detector import EMPTY, Context, Detector, Registry, State
from processors.effects import ClearTimer, Effect, Emit, Learn, SetField, SetTimer, Tell
from processors.given_back import note_told
from processors.history import change_hash
from processors.merging import (
    ARRIVED,
    MOVED,
    PREFIX,
    arrive,
    depart,
    is_alone,
    member_of,
    owe,
    own_lead,
    passed_on,
    prefixed,
    timers_of,
)
from processors.models import Models
from processors.state import CLOCK, MODEL, RULES, EntityState, Head, Member, encode_clock, encode_entity
from schemas.effects import TAUGHT_RULES, Change, Example, Outputs, Slot, Timer
from schemas.fact import Fact, FactRecord, ModelChange, Origin, RuleBookChange, Tick
from schemas.ids import derived_id, entity_key, kind_of
from schemas.rules import read_applied
from schemas.signal import Signal


class Failure(msgspec.Struct, frozen=True):
    """A detector raised on a fact or timer. Its state is as before, nothing of what it asked for was done."""

    origin: Origin
    detector: str
    entity: str
    error: str


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
        self.slot = slot
        self.head = head
        self.registry = registry
        self.entities = entities
        self.outputs = Outputs()
        self.failures: list[Failure] = []
        self.repeated = 0
        self._due = list(due)
        heapify(self._due)
        self._horizon = horizon
        self._dirty: dict[str, EntityState] = {}
        self._offset = -1
        self._index = 0
        self._models = head.in_force or self._read_models()

    def run(self, records: Iterable[tuple[int, FactRecord]]) -> Outputs:
        """Apply (offset, record) pairs in order and return all outputs."""
        self.apply(records)
        return self.finish()

    def apply(self, records: Iterable[tuple[int, FactRecord]]) -> None:
        """Apply more (offset, record) pairs, in order; their outputs are in `outputs`, but for the states."""
        for offset, record in records:
            self._offset, self._index = offset, 0
            if isinstance(record, Fact):
                self._apply(record)
            else:
                self._control(record)
            if self._due and self._due[0].due <= self.head.clock.watermark:
                self._fire()

    def finish(self) -> Outputs:
        """Write the changed states down and return all outputs."""
        for entity, state in self._dirty.items():
            self.outputs.states[entity] = encode_entity(state)
        return self.outputs

    def _control(self, record: Tick | RuleBookChange | ModelChange) -> None:
        states = self.outputs.states
        match record:
            case Tick():
                self.head.clock = self.head.clock.advanced(record)
                states[CLOCK] = encode_clock(self.head.clock)
            case RuleBookChange():
                self._take_rules(record)
            case ModelChange():
                self._take_model(record)
            case _:
                assert_never(record)

    def _take_rules(self, record: RuleBookChange) -> None:
        """Put a rule book in force; what this release refuses of it is reported and has its default."""
        self.head.rules, self.head.refused = read_applied(record.document)
        self.outputs.states[RULES] = record.document.encode()
        self._models = self._read_models()
        if self.head.refused:
            self.failures.append(Failure(self._origin(), "rules", RULES, "; ".join(self.head.refused)))
        if self.slot.partition == 0:  # every partition has the book: one of them tells the learner, once and in order
            data = {"kind": TAUGHT_RULES, "version": record.version, "document": record.document}
            entity = entity_key("model", "rules")
            told = Example(entity=entity, at=record.applied_at, origin=self._origin(), data=data)
            self.outputs.examples.append(told)

    def _take_model(self, record: ModelChange) -> None:
        """Put a published model in force; one that cannot be read is reported and changes nothing."""
        head, held = self.head, {"version": record.version, "snapshot": record.snapshot}
        if head.models.get(record.name) == held:
            return  # told again, by a learner that went on from before
        models = dict(sorted({**head.models, record.name: held}.items()))
        try:
            head.in_force = self._models = self.registry.read_models(models, head.rules)
        except ValueError as error:
            self.failures.append(Failure(self._origin(), "models", MODEL, f"{type(error).__name__}: {error}"))
            return
        head.models = models
        self.outputs.states[MODEL] = msgspec.msgpack.encode(models)

    def _read_models(self) -> Models:
        """Make models of what the partition holds; of nothing, where another release wrote what this cannot read."""
        head = self.head
        try:
            head.in_force = self.registry.read_models(head.models, head.rules)
        except ValueError:
            head.in_force = self.registry.read_models({}, head.rules)
        return head.in_force

    def _apply(self, fact: Fact) -> None:
        state = self._state(fact.entity)
        origin = fact.origin
        source, position = origin.source, [origin.offset, origin.index]
        last = state.seen.get(source)
        if last is not None and position <= last:
            self.repeated += 1
            return
        state.seen[source] = position
        self._dirty[fact.entity] = state
        if not is_alone(state, fact) and self._for_others(state, fact):
            return
        ctx = Context(fact.entity, fact.at, max(fact.at, fact.known_at), self.head.rules, state.states, self._models)
        for detector in self.registry.wanted(kind_of(fact.entity), fact.type):
            self._call(detector, state, ctx, fact, None)

    def _fire(self) -> None:
        while self._due and self._due[0].due <= self.head.clock.watermark:
            timer = heappop(self._due)
            state = self._state(timer.entity)
            if (quiet := prefixed(timer.name)) is not None:
                self._fire_quietly(state, timer, *quiet)
                continue
            if state.timers.get(timer.name) != timer.due:
                continue  # moved or cancelled since it was read
            del state.timers[timer.name]
            self.outputs.timers[timer.entity, timer.name] = None
            self._dirty[timer.entity] = state
            owner, _, name = timer.name.partition(".")
            detector = self.registry.by_name.get(owner)
            if detector is None:
                continue  # the detector was taken out of the release: its timers end silently with their state
            ctx = Context(timer.entity, timer.due, timer.due, self.head.rules, state.states, self._models)
            self._call(detector, state, ctx, None, Timer(timer.due, timer.entity, name))

    def _for_others(self, state: EntityState, fact: Fact) -> bool:
        """Do what a fact of a person of several leads needs besides; return whether that is all (see `merging`)."""
        if fact.type in (MOVED, ARRIVED):
            before = timers_of(state)
            told = (depart if fact.type == MOVED else arrive)(state, fact, self.head.rules, self._models)
            self._retime(fact.entity, before, timers_of(state))
            for effect, at in told:
                ctx = Context(fact.entity, at, max(at, fact.known_at), self.head.rules, state.states, self._models)
                self._do(effect, "", state, ctx, fact)
            return True
        lead = own_lead(fact)
        member = member_of(fact.entity, state, lead)
        if member is None:
            self.outputs.facts.append(msgspec.structs.replace(passed_on(fact, state), origin=self._origin()))
            return True
        if state.together is not None and len(state.together.members) > 1:
            own = msgspec.structs.replace(fact, entity=lead)
            ctx = Context(lead, fact.at, max(fact.at, fact.known_at), self.head.rules, member.states, self._models)
            for detector in self.registry.wanted(kind_of(lead), fact.type):
                self._call_quietly(detector, member, ctx, fact.entity, own, None)
        return False

    def _retime(self, entity: str, before: Mapping[str, int], after: Mapping[str, int]) -> None:
        """Set and clear the timers that differ."""
        for name in sorted({*before, *after}):
            due = after.get(name)
            if due != before.get(name):
                self.outputs.timers[entity, name] = due
                if due is not None and due <= self._horizon:
                    heappush(self._due, Timer(due, entity, name))

    def _fire_quietly(self, state: EntityState, timer: Timer, lead: str, name: str) -> None:
        member = state.together.members.get(lead) if state.together is not None else None
        if member is None or member.timers.get(name) != timer.due:
            return
        del member.timers[name]
        self.outputs.timers[timer.entity, timer.name] = None
        self._dirty[timer.entity] = state
        owner, _, rest = name.partition(".")
        detector = self.registry.by_name.get(owner)
        if detector is not None:
            ctx = Context(lead, timer.due, timer.due, self.head.rules, member.states, self._models)
            self._call_quietly(detector, member, ctx, timer.entity, None, Timer(timer.due, lead, rest))

    def _call_quietly(
        self, detector: Detector, member: Member, ctx: Context, holder: str, fact: Fact | None, timer: Timer | None
    ) -> None:
        """Step a lead that goes by another's name: nobody is told, and what it would tell is noted."""
        before: State = member.states.get(detector.name, EMPTY)
        try:
            if fact is not None:
                after, effects = detector.on_fact(before, fact, ctx)
            else:
                assert timer is not None  # noqa: S101 - one of the two is given
                after, effects = detector.on_timer(before, timer, ctx)
        except Exception as error:  # as in `_call`
            self.failures.append(Failure(self._origin(), detector.name, ctx.entity, f"{type(error).__name__}: {error}"))
            return
        if after is not before:
            member.states[detector.name] = dict(after)
        for effect in effects:
            name = f"{detector.name}.{effect.name}" if isinstance(effect, SetTimer | ClearTimer) else ""
            indexed = f"{PREFIX}{ctx.entity}{PREFIX}{name}"
            match effect:
                case SetTimer():
                    member.timers[name] = effect.due
                    self._retime(holder, {}, {indexed: effect.due})
                case ClearTimer():
                    if member.timers.pop(name, None) is not None:
                        self.outputs.timers[holder, indexed] = None
                case Emit() | Tell():
                    owe(member, effect, ctx.at)
                case _:
                    pass  # its row follows from its states; examples are learned once

    def _state(self, entity: str) -> EntityState:
        try:
            return self.entities[entity]
        except KeyError:
            state = self.entities[entity] = EntityState()
            return state

    def _call(
        self, detector: Detector, state: EntityState, ctx: Context, fact: Fact | None, timer: Timer | None
    ) -> None:
        before: State = state.states.get(detector.name, EMPTY)
        try:
            if fact is not None:
                after, effects = detector.on_fact(before, fact, ctx)
            else:
                assert timer is not None  # noqa: S101 - one of the two is given
                after, effects = detector.on_timer(before, timer, ctx)
        except Exception as error:  # a detector's bug must not stop the partition: it is reported, not swallowed
            self.failures.append(Failure(self._origin(), detector.name, ctx.entity, f"{type(error).__name__}: {error}"))
            return
        if after is not before:
            state.states[detector.name] = dict(after)
        for effect in effects:
            self._do(effect, detector.name, state, ctx, fact)

    def _origin(self) -> Origin:
        origin = Origin(self.slot.topic, self.slot.incarnation, self.slot.partition, self._offset, self._index)
        self._index += 1
        return origin

    def _do(self, effect: Effect, owner: str, state: EntityState, ctx: Context, fact: Fact | None) -> None:
        match effect:
            case Emit():
                signal = self._signal(effect, ctx)
                self.outputs.signals.append(signal)
                if state.together is not None and len(state.together.members) > 1:
                    note_told(state.together, signal)
            case SetField():
                self._change(effect, state, ctx, fact)
            case Tell():
                self.outputs.facts.append(self._tell(effect, ctx, fact))
            case SetTimer():
                self._set_timer(f"{owner}.{effect.name}", effect.due, state, ctx.entity)
            case ClearTimer():
                if state.timers.pop(f"{owner}.{effect.name}", None) is not None:
                    self.outputs.timers[ctx.entity, f"{owner}.{effect.name}"] = None
            case Learn():
                example = Example(entity=ctx.entity, at=ctx.at, origin=self._origin(), data=effect.data)
                self.outputs.examples.append(example)
            case _:
                assert_never(effect)

    def _set_timer(self, name: str, due: int, state: EntityState, entity: str) -> None:
        state.timers[name] = due
        self.outputs.timers[entity, name] = due
        if due <= self._horizon:
            heappush(self._due, Timer(due, entity, name))

    def _signal(self, effect: Emit, ctx: Context) -> Signal:
        origin = self._origin()
        return Signal(
            signal_id=derived_id("signal", *_parts(origin)),
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
            origin=self._origin(),
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
            origin=self._origin(),
            previous=state.hash,
            hash=b"",
        )
        sealed = msgspec.structs.replace(change, hash=change_hash(change))
        state.seq, state.hash = sealed.seq, sealed.hash
        self.outputs.changes.append(sealed)


def _parts(origin: Origin) -> tuple[Any, ...]:
    return origin.topic, origin.incarnation, origin.partition, origin.offset, origin.index
