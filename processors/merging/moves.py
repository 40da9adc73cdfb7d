"""Leads that become one person, and part again. Pure: what an entity does about `leads_moved` and `leads_arrived`.

The person goes by one of its leads; that entity holds the memory of the person and, beside it, what each lead would
remember alone (`Member`), which is stepped with the lead's own facts and tells nobody. So parting gives every lead
back exactly what it would be: what its detectors would have told meanwhile is told then. Facts of a lead are sent to
one entity for ever; who does not hold the lead any more passes them on, behind the memory that it handed over.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from processors.detector import EMPTY
from processors.effects import Effect, Emit, Tell
from processors.leads.beginning import is_due
from processors.leads.news import of_leads, of_values
from processors.leads.row import MERGED_INTO, changes, row_of
from processors.merging.combined import combine
from processors.merging.given_back import ALERTS, MOST_TOLD, TakenUp, give_back, taken_up, untold
from processors.models import Models
from processors.state import EntityState, Member, Together, decode_member, encode_member
from schemas.fact import Fact
from schemas.rules import RuleBook

MOVED, ARRIVED = "leads_moved", "leads_arrived"
MOST_OWED = 500
PREFIX = "~"  # of the timers of members, in the index of the entity that holds them
_WHY = ("by", "keep", "score", "evidence_for", "evidence_against")


class Late(NamedTuple):
    """Something to be told now that would have been told at another time (ms)."""

    effect: Effect
    at: int


def own_lead(fact: Fact) -> str:
    """Return the lead that a fact is about: the one that stands last in `via`, else the entity itself."""
    last = fact.via[-1] if fact.via else ""
    return last if last.startswith("lead:") else fact.entity


def is_alone(state: EntityState, fact: Fact) -> bool:
    """Tell whether nothing of all this concerns a fact, as it nearly always is."""
    return (
        state.together is None
        and fact.type not in (MOVED, ARRIVED)
        and not (fact.via and fact.via[-1].startswith("lead:") and fact.via[-1] != fact.entity)
    )


def member_of(entity: str, state: EntityState, lead: str) -> Member | None:
    """Return what an entity holds of a lead, beginning with it where it is new; None where the lead went elsewhere."""
    together = _together(entity, state)
    if lead not in together.members:
        if lead in together.moved:
            return None
        together.members[lead] = Member()
    return together.members[lead]


def passed_on(fact: Fact, state: EntityState) -> Fact:
    """Return a fact of a lead that went, for the entity that it went to."""
    lead = own_lead(fact)
    assert state.together is not None  # noqa: S101 - a lead that went is written down there
    via = fact.via if fact.via and fact.via[-1] == lead else (*fact.via, lead)
    to = state.together.awaited.get(lead) or state.together.moved[lead][0]
    return msgspec.structs.replace(fact, entity=to, via=via)


def owe(member: Member, effect: Emit | Tell, at: int) -> None:
    """Note what a lead would have told."""
    member.owed.append(["emit" if isinstance(effect, Emit) else "tell", at, msgspec.structs.asdict(effect)])
    del member.owed[:-MOST_OWED]


def timers_of(entity: str, state: EntityState) -> dict[str, int]:
    """Return all timers of an entity by the names that the index knows them by."""
    timers = dict(state.timers)
    if state.together is not None and state.together.holds_others(entity):
        for lead, member in state.together.members.items():
            timers.update({f"{PREFIX}{lead}{PREFIX}{name}": due for name, due in member.timers.items()})
    return timers


def depart(state: EntityState, fact: Fact, rules: RuleBook, models: Models) -> list[Late]:
    """Hand leads over to the entity that they belong to now; return what is to be told."""
    if fact.data.get("elsewhere"):
        return _named(state, fact)
    entity, to = fact.entity, str(fact.data["to"])
    together = _together(entity, state)
    before, rep = row_of_lead(entity, state), state.states.get("lead", EMPTY).get("rep")
    handed: dict[str, str] = {}
    versions: dict[str, int] = {}
    alerts: dict[str, list[str]] = {}
    all_go = together.members.keys() <= fact.data["leads"].keys()
    for lead, version in sorted(fact.data["leads"].items()):
        held = together.members.get(lead)
        if held is not None and held.version >= version:
            continue
        if version > 1 and lead == entity and _never_here(held, state):
            del together.members[lead]
            held = None
        if held is not None:
            member = together.members.pop(lead)
            if lead == entity:
                member.owed = untold(together, member, together.members.values())
            elif not all_go:
                staying = [other for name, other in together.members.items() if name not in fact.data["leads"]]
                alerts[lead] = give_back(together, member, staying)
            handed[lead] = encode_member(member)
            versions[lead] = version
        if version > together.moved.get(lead, ["", -1])[1]:
            if held is None and lead in together.moved:
                together.awaited.setdefault(lead, together.moved[lead][0])
            together.moved[lead] = [to, version]
    if not handed:
        return _at(fact.at, list(changes(before, row_of_lead(entity, state), _rule(parted=False), _actor(fact.data))))
    late = _owed_by_name(entity, together)
    carried = {"told": together.told} if all_go and together.told else {}
    if not together.holds_others(entity):
        together.told = []
    _remember(entity, state, rules, models)
    alerts = {lead: ids for lead, ids in alerts.items() if ids}
    given = {ALERTS: alerts} if alerts else {}
    data = {"leads": versions, "states": handed, "former": entity, "rep": rep, **_why(fact.data), **given, **carried}
    told: list[Effect] = [Tell(entity=to, type=ARRIVED, data=data, lead=to)]
    told += [_name(lead, version, to, fact.data) for lead, version in versions.items() if lead not in (entity, to)]
    parted = entity not in handed
    if not parted:
        together.row = before
    made = list(changes(before, row_of_lead(entity, state), _rule(parted), _actor(fact.data)))
    news = of_values(state.states.get("lead", EMPTY), fact, made)
    return [*_at(fact.at, [*told, *made, *news]), *late]


def _never_here(held: Member | None, state: EntityState) -> bool:
    """Tell whether an entity has not got the memory of its own lead yet, which began elsewhere and is on its way."""
    return held is not None and not held.version and not held.states and not held.owed and not state.seq


def _owed_by_name(entity: str, together: Together) -> list[Late]:
    """Return what the lead by whose name others went owes, once it is alone."""
    if together.members.keys() != {entity}:
        return []
    return [Late(_effect(kind, effect), at) for kind, at, effect in untold(together, together.members[entity], ())]


def arrive(state: EntityState, fact: Fact, rules: RuleBook, models: Models) -> list[Late]:
    """Take over leads; return what is to be told."""
    entity, data = fact.entity, fact.data
    together = _together(entity, state)
    before = row_of_lead(entity, state)
    kept = dict(together.members)
    late: list[Late] = []
    came: list[str] = []
    own = TakenUp([], EMPTY, EMPTY)
    for lead, version in sorted(data["leads"].items()):
        together.awaited.pop(lead, None)
        to, known = together.moved.get(lead, ["", -1])
        if known > version:
            # With the version of the way onward: two who each sent it to the other would pass it on for ever.
            onward = {**data, "leads": {lead: known}, "states": {lead: data["states"][lead]}}
            late.append(Late(Tell(entity=to, type=ARRIVED, data=onward, lead=to), fact.at))
            late += [Late(_name(lead, known, to, data), fact.at)] if lead != to else []
            continue
        member = decode_member(data["states"][lead])
        member.version = version
        if lead == entity:
            own = taken_up(member.owed, before)
            late += [Late(_effect(kind, effect), at) for kind, at, effect in own.told]
            member.owed = []
        together.moved.pop(lead, None)
        together.members[lead] = member
        came.append(lead)
    if not came:
        return late
    if kept and entity in kept and len(kept) + len(came) == len(together.members):
        for lead in came:
            joined = together.members[lead]
            state.states, state.timers = combine(
                (state.states, state.timers), (joined.states, joined.timers), rules, models, data.get("keep")
            )
    else:
        _remember(entity, state, rules, models)
    parted = entity in came
    if parted:
        together.row = {}
    if together.holds_others(entity):
        together.told = [*together.told, *map(list, data.get("told", ()))][-MOST_TOLD:]
    lead = state.states.get("lead", EMPTY)
    theirs = [together.members[each].states.get("lead", EMPTY).get("rep") for each in came]
    signal = of_leads(lead, fact, came, (data.get("rep"), *theirs), parted=parted)
    after = row_of_lead(entity, state)
    made = list(changes(before, after, _rule(parted), _actor(data)))
    if not parted:
        due = [Tell(entity=entity, type="lead_reachable", data={"lead": entity}, lead=entity)] if is_due(lead) else []
        return [*late, *_at(fact.at, [signal, *made, *of_values(lead, fact, made), *due])]
    # What it said last may be another's value, of when both went together. From its own on, what is owed tells, and
    # where others came with it, theirs may hold now.
    regained = of_values(lead, fact, changes(before, {**after, **own.first}, _rule(parted), _actor(data)))
    taken = of_values(lead, fact, changes({**after, **own.last}, after, _rule(parted), _actor(data)))
    return [*_at(fact.at, [*regained]), *late, *_at(fact.at, [signal, *made, *taken])]


def _name(lead: str, version: int, to: str, data: Mapping[str, Any]) -> Tell:
    """Tell a lead that is held elsewhere by which name it goes now: its row says so."""
    told = {"leads": {lead: version}, "to": to, "elsewhere": True, **_why(data)}
    return Tell(entity=lead, type=MOVED, data=told, lead=lead)


def _named(state: EntityState, fact: Fact) -> list[Late]:
    """Take note of the name that an entity's own lead goes by since another entity handed it on.

    Its facts go the same way as before: to where it went first, and on from there, behind the memory handed over.
    """
    entity, together, version = fact.entity, state.together, fact.data["leads"][fact.entity]
    if together is None or entity not in together.moved or _going_by(entity, together)[1] >= version:
        return []  # it has no row of its own, is back, or has heard of a later one
    before = row_of_lead(entity, state)
    together.named = [str(fact.data["to"]), version]
    return _at(fact.at, list(changes(before, row_of_lead(entity, state), _rule(parted=False), _actor(fact.data))))


def _going_by(entity: str, together: Together) -> list[Any]:
    """Return [entity, version] of the name that an entity's own lead, which went, goes by."""
    return max(together.moved[entity], together.named or ["", -1], key=lambda each: int(each[1]))


def _remember(entity: str, state: EntityState, rules: RuleBook, models: Models) -> None:
    """Make the memory of the person from what its leads remember: of one alone it is just that."""
    together = state.together
    assert together is not None  # noqa: S101 - the caller has changed it
    members = sorted(together.members.items(), key=lambda each: (each[0] != entity, each[0]))
    state.states, state.timers = {}, {}
    for number, (_, member) in enumerate(members):
        mine = (dict(member.states), dict(member.timers))
        person = state.states, state.timers
        state.states, state.timers = mine if number == 0 else combine(person, mine, rules, models)
    if len(members) == 1 and entity in together.members:
        lead = state.states.get("lead", EMPTY)
        if "rep" in lead and "created" not in lead:  # the person's, who was a lead by what others of it asked
            state.states["lead"] = {name: value for name, value in lead.items() if name != "rep"}
        together.members[entity] = Member(version=together.members[entity].version)
        if not together.moved and not together.members[entity].version:
            state.together = None


def _together(entity: str, state: EntityState) -> Together:
    """Return what an entity holds; a lead that was alone until now becomes the first of its members."""
    if state.together is None:
        state.together = Together({entity: Member()})
    together = state.together
    if len(together.members) == 1 and entity in together.members:
        alone = together.members[entity]
        alone.states, alone.timers = dict(state.states), dict(state.timers)
    return together


def row_of_lead(entity: str, state: EntityState) -> dict[str, str]:
    """Return the row of an entity's own lead: when that went, as it was, and where it went."""
    together = state.together
    if together is None or entity in together.members or entity not in together.moved:
        return row_of(state.states)
    return {**together.row, MERGED_INTO: _going_by(entity, together)[0]}


def _effect(kind: str, data: Mapping[str, Any]) -> Effect:
    if kind == "tell":
        return Tell(**data)
    return Emit(**{**data, "to": tuple(data["to"])})


def _why(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: data[name] for name in _WHY if name in data}


def _rule(parted: bool) -> str:
    return "identity.unmerged" if parted else "identity.merged"


def _actor(data: Mapping[str, Any]) -> str:
    return str(data.get("by") or "whetstone")


def _at(at: int, effects: list[Effect]) -> list[Late]:
    return [Late(effect, at) for effect in effects]


def prefixed(name: str) -> tuple[str, str] | None:
    """Return lead and name of a member's timer, None for the name of an entity's own."""
    if not name.startswith(PREFIX):
        return None
    _, lead, rest = name.split(PREFIX, 2)
    return lead, rest
