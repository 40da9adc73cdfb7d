"""Leads that go by another's name, stepped beside their person: nobody is told, and what they would tell is noted.

What a merge and a parting mean is in `processors.merging.moves`; here it becomes outputs.
"""

from collections.abc import Mapping

import msgspec

from processors.detector import Calls, Context, Registry
from processors.effects import ClearTimer, Effect, Emit, SetTimer, Tell
from processors.merging.moves import (
    ARRIVED,
    MOVED,
    PREFIX,
    arrive,
    depart,
    member_of,
    owe,
    own_lead,
    passed_on,
    timers_of,
)
from processors.state import EntityState, Member
from processors.stepping.outcome import Outcome
from schemas.effects import Timer
from schemas.fact import Fact


def for_others(state: EntityState, fact: Fact, outcome: Outcome, calls: Calls) -> bool:
    """Do what a fact of a person of several leads needs besides; return whether that is all (see `merging`)."""
    if fact.type in (MOVED, ARRIVED):
        _merged(state, fact, outcome)
        return True
    lead = own_lead(fact)
    member = member_of(fact.entity, state, lead)
    if member is None:
        outcome.outputs.facts.append(msgspec.structs.replace(passed_on(fact, state), origin=outcome.origin()))
        return True
    if state.together is not None and state.together.holds_others(fact.entity):
        own = msgspec.structs.replace(fact, entity=lead)
        ctx = outcome.context(lead, fact.at, fact.known_at, member.states)
        for name, effect in outcome.ask(calls.wanted(lead, fact, member.states), own, member.states, ctx):
            _note(effect, name, member, ctx, fact.entity, outcome)
    return False


def fire(state: EntityState, timer: Timer, lead: str, name: str, outcome: Outcome, registry: Registry) -> bool:
    """Fire a timer of a lead that an entity holds; return whether it was still set."""
    member = state.together.members.get(lead) if state.together is not None else None
    if member is None or member.timers.get(name) != timer.due:
        return False
    del member.timers[name]
    outcome.clear_timer(timer.entity, timer.name)
    owner, _, rest = name.partition(".")
    detector = registry.by_name.get(owner)
    if detector is not None:
        ctx = outcome.context(lead, timer.due, timer.due, member.states)
        for _, effect in outcome.ask(((owner, detector.on_timer),), Timer(timer.due, lead, rest), member.states, ctx):
            _note(effect, owner, member, ctx, timer.entity, outcome)
    return True


def _merged(state: EntityState, fact: Fact, outcome: Outcome) -> None:
    before = timers_of(fact.entity, state)
    told = (depart if fact.type == MOVED else arrive)(state, fact, outcome.head.rules, outcome.models)
    _retime(fact.entity, before, timers_of(fact.entity, state), outcome)
    for effect, at in told:
        outcome.do(effect, "", state, outcome.context(fact.entity, at, fact.known_at, state.states), fact)


def _retime(entity: str, before: Mapping[str, int], after: Mapping[str, int], outcome: Outcome) -> None:
    """Set and clear the timers that differ."""
    for name in sorted({*before, *after}):
        due = after.get(name)
        if due is None:
            outcome.clear_timer(entity, name)
        elif due != before.get(name):
            outcome.set_timer(entity, name, due)


def _note(effect: Effect, owner: str, member: Member, ctx: Context, holder: str, outcome: Outcome) -> None:
    """Do to a lead what stays between it and its detector (`owner`), and note what it would tell."""
    match effect:
        case SetTimer() | ClearTimer():
            name = f"{owner}.{effect.name}"
            indexed = f"{PREFIX}{ctx.entity}{PREFIX}{name}"
            if isinstance(effect, SetTimer):
                member.timers[name] = effect.due
                outcome.set_timer(holder, indexed, effect.due)
            elif member.timers.pop(name, None) is not None:
                outcome.clear_timer(holder, indexed)
        case Emit() | Tell():
            owe(member, effect, ctx.at)
        case _:
            pass  # its row follows from its states; examples are learned once
