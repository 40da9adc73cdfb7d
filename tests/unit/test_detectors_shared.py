"""What must hold for every detector that the registry finds, whoever wrote it. No detector is named here."""

from collections.abc import Mapping
from copy import deepcopy
from types import MappingProxyType
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from online_models.in_force import models_of
from processors.detector import Choosy, Context, Detector, State, shipped
from processors.effects import NOTHING, ClearTimer, Effects, Emit, Learn, SetField, SetTimer, Tell
from schemas.catalogue import FACT_TYPES
from schemas.effects import Timer
from schemas.fact import Fact, Origin
from schemas.ids import ENTITY_KINDS, entity_key, kind_of
from schemas.rules import RuleBook, load_rule_book
from schemas.signal import SIGNAL_KINDS
from schemas.times import DAY, HOUR, MINUTE
from tests.events import FULL
from tests.strategies import data_of
from tests.unit.detector_bench import NINE

DETECTORS = list(shipped().by_name.values())
EVERY = pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.name)
CHOOSY = pytest.mark.parametrize(
    "detector", [one for one in DETECTORS if isinstance(one, Choosy)], ids=lambda detector: detector.name
)
BOOKS = (
    RuleBook(),
    load_rule_book("""
name: other
assignment: {default_roster: [r1, r2]}
followup: {hours: business}
notes: {hours: business}
deals: {grace_minutes: 30}
overrides:
  - {when: {region: 华东, source: website}, set: {nurture: {after_hours: 1}}}
  - {when: {industry: retail}, set: {grades: {interactions: [page_viewed]}, followup: {counts_as_follow_up: [login]}}}
  - {when: {industry: retail}, set: {nurture: {won_by: [{type: login}]}}}
"""),
)
LEAD = {"created": NINE, "known": NINE, "source": "website", "region": "华东", "rep": "r1",
        "fields": {"name": ["张三", 1, NINE, 0], "company": ["示例有限公司", 1, NINE, 0]}}  # fmt: skip
MOST_STATE = 60_000  # bytes of one detector's state of one entity after a year of busy days

pack, unpack = msgspec.msgpack.encode, msgspec.msgpack.decode


class FrozenList(list[Any]):
    """A list that equals any other of the same items and refuses to change."""

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise TypeError("a detector changed what it was given")

    append = extend = insert = pop = remove = clear = sort = reverse = _refuse
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse


def frozen(value: Any) -> Any:
    """Return plain data that cannot be changed: a write raises."""
    if isinstance(value, Mapping):
        return MappingProxyType({key: frozen(item) for key, item in value.items()})
    return FrozenList(map(frozen, value)) if isinstance(value, list | tuple) else value


def plain(value: Any) -> Any:
    """Return frozen data as msgpack writes it."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def round_trip(state: State) -> dict[str, Any]:
    """Return a state as it comes back from Redis."""
    restored: dict[str, Any] = unpack(pack(plain(state)))
    return restored


def context(detector: Detector, entity: str, at: int, state: State, rules: RuleBook, lead: bool = True) -> Context:
    states: dict[str, State] = {detector.name: state}
    if lead and detector.name != "lead" and kind_of(entity) == "lead":
        states["lead"] = LEAD
    return Context(entity, at, at, rules, MappingProxyType(states), models_of({}, rules))


@st.composite
def facts(draw: st.DrawFn, kinds: frozenset[str], names: list[str]) -> Fact:
    """Return a fact of any type for an entity of one of the kinds; any field of its data may be missing."""
    name = draw(st.sampled_from(names))
    data = draw(data_of(name))
    for field in draw(st.sets(st.sampled_from(sorted(data)), max_size=len(data))) if data else ():
        del data[field]
    at = NINE + draw(st.integers(-400 * DAY, 400 * DAY))
    return Fact(
        entity=entity_key(draw(st.sampled_from(sorted(kinds))), "x"),
        type=name,
        at=at,
        known_at=at + draw(st.integers(0, DAY)),
        origin=Origin("touchpoints", "00000000", 0, 0),
        event_id="e-1",
        source=draw(st.sampled_from(["website", "app", ""])),
        rep_id=draw(st.sampled_from(["r1", "r2", None])),
        lead=draw(st.sampled_from(["lead:x", None])),
        data=data,
    )


def names_for(detector: Detector) -> list[str]:
    """Return the fact types that a detector may be given: those it asks for, or all."""
    return sorted(detector.facts if detector.facts is not None else FACT_TYPES)


def call(detector: Detector, state: State, fact: Fact, rules: RuleBook) -> tuple[State, Effects]:
    return detector.on_fact(state, fact, context(detector, fact.entity, fact.at, state, rules))


def timers_of(effects: Effects) -> dict[str, int]:
    return {effect.name: effect.due for effect in effects if isinstance(effect, SetTimer)}


@EVERY
def test_a_detector_is_well_formed(detector: Detector) -> None:
    assert detector.name.isidentifier()
    assert detector.kinds <= set(ENTITY_KINDS)
    assert detector.facts is None or detector.facts <= set(FACT_TYPES)
    assert type(detector).__doc__
    assert "State" in (type(detector).__doc__ or ""), "the docstring says what the state holds"
    assert not vars(detector), "a detector keeps nothing outside its state"


@EVERY
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_any_facts_with_any_fields_missing(detector: Detector, data: st.DataObject) -> None:
    """Total, deterministic, inputs untouched; the state is plain data; effects are well formed; timers answer."""
    state: State = {}
    for fact in data.draw(st.lists(facts(detector.kinds, names_for(detector)), min_size=1, max_size=8)):
        rules = data.draw(st.sampled_from(BOOKS), "rules")  # the book may change between any two facts
        before, sealed = pack(plain(state)), msgspec.structs.replace(fact, data=frozen(fact.data))
        after, effects = call(detector, frozen(state), sealed, rules)
        assert pack(plain(state)) == before
        again, effects_again = call(detector, round_trip(state), fact, rules)
        assert pack(plain(again)) == pack(plain(after))
        assert repr(plain_effects(effects_again)) == repr(plain_effects(effects))
        check_effects(effects)
        state = round_trip(after)
        for name, due in timers_of(effects).items():
            timer = Timer(due, fact.entity, name)
            fired, told = detector.on_timer(
                frozen(state), timer, context(detector, fact.entity, due, frozen(state), rules)
            )
            check_effects(told)
            assert round_trip(fired) == plain(fired)


@CHOOSY
@pytest.mark.parametrize("rules", BOOKS, ids=lambda rules: rules.name)
@pytest.mark.parametrize("lead", [True, False], ids=["lead", "stranger"])
def test_a_fact_that_a_detector_does_not_mind_changes_nothing(detector: Detector, rules: RuleBook, lead: bool) -> None:
    """Whatever it remembers: every type twice, of somebody for whom the book has other values."""
    assert isinstance(detector, Choosy)
    state: State = {}
    kept = {"profile": {"industry": "retail"}, **({"lead": LEAD} if lead else {})}
    unminded = 0
    for number, name in enumerate(names_for(detector) * 2):
        fact = busy(name, entity_key(min(detector.kinds), "x"), NINE + number * HOUR, number)
        ctx = Context(fact.entity, fact.at, fact.at, rules, {**kept, detector.name: state}, models_of({}, rules))
        after, effects = detector.on_fact(state, fact, ctx)
        if not detector.minds(name, rules, stranger=not lead):
            unminded += 1
            assert after is state, name
            assert effects == NOTHING, name
        state = round_trip(after)
    assert unminded or lead or rules.overrides, "else it had better be asked about everything"


def plain_effects(effects: Effects) -> list[Any]:
    return [plain(msgspec.to_builtins(effect, builtin_types=(bytes,), enc_hook=dict)) for effect in effects]


def check_effects(effects: Effects) -> None:
    for effect in effects:
        match effect:
            case Emit():
                assert effect.kind in SIGNAL_KINDS
                assert set(effect.title) == {"zh", "en"}
                assert all(effect.title.values())
                assert effect.to or effect.evidence.get("type") == "lead_imported"  # told in a digest
                assert all(who.partition(":")[2] for who in effect.to)
                pack(plain(effect.evidence))
            case Tell():
                assert kind_of(effect.entity) in FACT_TYPES[effect.type].addresses
                FACT_TYPES[effect.type].model.model_validate(plain(effect.data))
            case SetTimer() | ClearTimer():
                assert effect.name.isidentifier(), "names of timers are few: they are labels of metrics"
            case SetField():
                assert effect.old != effect.new
            case Learn():
                pack(plain(effect.data))


@EVERY
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_lead_that_never_began_starts_no_duty_and_raises_nothing(detector: Detector, data: st.DataObject) -> None:
    fact = data.draw(facts(detector.kinds, names_for(detector)))
    ctx = context(detector, fact.entity, fact.at, {}, RuleBook(), lead=False)
    detector.on_fact({}, fact, ctx)


@EVERY
def test_a_timer_that_meets_an_empty_state_raises_nothing(detector: Detector) -> None:
    for kind in detector.kinds:
        entity = entity_key(kind, "x")
        for name in ("due", "begin", "remind", "gone"):
            detector.on_timer({}, Timer(NINE, entity, name), context(detector, entity, NINE, {}, RuleBook()))


@EVERY
def test_a_year_of_busy_days_leaves_a_bounded_state(detector: Detector) -> None:
    """Two dozen facts a day of every type in turn, timers fired when due; the end is no greater than the middle."""
    sizes = [len(pack(plain(state))) for state in year(detector)]
    half, end = max(sizes[:183]), sizes[-1]
    assert end < MOST_STATE
    assert end <= half * 1.5 + 500, f"{half} bytes after half a year, {end} after a year: something does not age out"


def year(detector: Detector) -> list[State]:
    state: State = {}
    timers: dict[str, int] = {}
    entity = entity_key(min(detector.kinds), "x")
    names, states, number = names_for(detector), [], 0
    for day in range(365):
        for turn in range(24):
            at = NINE + day * DAY + turn * 25 * MINUTE
            state, timers = fired(detector, entity, state, timers, at)
            fact = busy(names[number % len(names)], entity, at, number)
            number += 1
            state, effects = call(detector, state, fact, BOOKS[0])
            timers = kept(timers, effects)
        states.append(deepcopy(state))
    return states


def busy(name: str, entity: str, at: int, number: int) -> Fact:
    """Return a fact whose texts are ever new ones: what a state keys by them must age out or be bounded."""
    data = {key: f"{value}-{number}" if key.endswith(("_id", "member", "deal", "module", "feature")) else value
            for key, value in FULL[name].items()}  # fmt: skip
    return Fact(entity=entity, type=name, at=at, known_at=at, origin=Origin("t", "0", 0, number), event_id=f"e{number}",
                source="website", rep_id=f"r{number % 50}", lead=f"lead:{number}", data=data)  # fmt: skip


def fired(
    detector: Detector, entity: str, state: State, timers: dict[str, int], at: int
) -> tuple[State, dict[str, int]]:
    while due := [(when, name) for name, when in timers.items() if when <= at]:
        when, name = min(due)
        timers = {other: moment for other, moment in timers.items() if other != name}
        state, effects = detector.on_timer(
            state, Timer(when, entity, name), context(detector, entity, when, state, BOOKS[0])
        )
        timers = kept(timers, effects)
        assert all(moment > when - 400 * DAY for moment in timers.values())
        assert timers.get(name, when + HOUR) > when, "a timer that sets itself for now would fire for ever"
    return state, timers


def kept(timers: dict[str, int], effects: Effects) -> dict[str, int]:
    result = dict(timers)
    for effect in effects:
        if isinstance(effect, SetTimer):
            result[effect.name] = effect.due
        elif isinstance(effect, ClearTimer):
            result.pop(effect.name, None)
    return result


@EVERY
def test_a_detector_owns_its_timers(detector: Detector) -> None:
    """A name means one thing: whatever a detector sets, its own on_timer knows how to end."""
    for name in names_for(detector):
        for kind in sorted(detector.kinds):
            fact = busy(name, entity_key(kind, "x"), NINE, 1)
            state, effects = call(detector, {}, fact, BOOKS[0])
            for timer, due in timers_of(effects).items():
                after, told = detector.on_timer(
                    state, Timer(due, fact.entity, timer), context(detector, fact.entity, due, state, BOOKS[0])
                )
                assert after is not state or told, f"{detector.name} sets {timer} and does nothing when it fires"
