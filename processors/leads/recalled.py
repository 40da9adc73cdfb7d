"""What a lead's detectors remember, as far as the library says: for a state that is lost, or behind its history. Pure.

States are made from the log; this is for what no log can give any more (decision 0046). Duties, scores and health begin
anew with what comes: whoever is known by the history alone has been waiting for nobody, as one that came in bulk.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from processors.cleansing.surname import is_part
from processors.leads import numbers, region
from processors.leads.fields import FIELDS
from processors.leads.row import HELD, MERGED_INTO, row_of
from processors.leads.survivorship import (
    DERIVED,
    EXPIRES,
    UNVERIFIED,
    VERIFIED,
    Held,
    Offer,
    corrected,
    priority,
    stands_until,
)
from processors.leads.view import NO_REGION
from processors.state import EntityState, Member, Together
from schemas.effects import Change
from schemas.evidence import Membership
from schemas.rules.lead import LeadRules

MERGED, UNMERGED = "identity.merged", "identity.unmerged"


class Stored(NamedTuple):
    """A lead as the library has it.

    `rows`: its history by number, at least one row; `verified`: its (field, value) that were verified; `memberships`:
    of itself, of the leads that go by its name, and of those whose facts are sent to it though they went elsewhere;
    `others`: the rows of those that go by its name.
    """

    lead: str
    rows: Sequence[Change]
    verified: Collection[tuple[str, str]] = ()
    memberships: Sequence[Membership] = ()
    others: Mapping[str, Sequence[Change]] = {}


def stored_of(
    lead: str,
    rows: Mapping[str, Sequence[Change]],
    verified: Mapping[str, Collection[tuple[str, str]]],
    memberships: Iterable[Membership],
) -> Stored:
    """Return a lead with what concerns it, of the rows and verified values of many leads."""
    people = [each for each in memberships if lead in (each.lead, each.person, each.address)]
    theirs = [each.lead for each in people if each.person == lead and each.lead != lead and each.lead in rows]
    sure = {value for name in (lead, *theirs) for value in verified.get(name, ())}
    return Stored(lead, rows[lead], sure, people, {name: rows[name] for name in theirs})


def caught_up(stored: Stored, state: EntityState | None, rules: LeadRules) -> EntityState:
    """Return the state of a lead that has every row of its history. `state`, None where there is none, may be changed.

    What the rows since say is put into the state that there is. Where they are of a merge or a parting, or there is no
    state, it is made of the history alone.
    """
    since = [row for row in stored.rows if state is None or row.seq > state.seq]
    if state is None or any(row.rule in (MERGED, UNMERGED) or row.field == MERGED_INTO for row in since):
        state = _made(stored, rules)
    else:
        together = state.together
        if together is not None and len(together.members) > 1 and stored.lead in together.members:
            own = together.members[stored.lead]
            _take(own.states, own.timers, since, stored.verified, rules)
        _take(state.states, state.timers, since, stored.verified, rules)
    last = stored.rows[-1]
    state.seq, state.hash = last.seq, last.hash
    return state


def _made(stored: Stored, rules: LeadRules) -> EntityState:
    state, lead = EntityState(), stored.lead
    _take(state.states, state.timers, stored.rows, stored.verified, rules)
    together = Together()
    for each in stored.memberships:
        if each.person == lead:
            together.members[each.lead] = Member(version=each.version)
        elif lead in (each.lead, each.address):
            together.moved[each.lead] = [each.person, each.version]
    if lead in together.moved:
        together.row = row_of(state.states)
        state.states, state.timers = {}, {}
        together.members.clear()
    elif not together.moved and together.members.keys() <= {lead}:
        return state
    else:
        together.members.setdefault(lead, Member())
    if len(together.members) > 1:
        for name, member in together.members.items():
            rows = stored.rows if name == lead else stored.others.get(name, ())
            _take(member.states, member.timers, _alone(rows), stored.verified if name == lead else (), rules)
    state.together = together
    return state


def _alone(rows: Sequence[Change]) -> list[Change]:
    """Return the rows of a lead itself, not of those that went by its name; where it came back, what it was given.

    Whose event a row came from is not known here: what was said while it was one with others counts as its own.
    """
    back = {_place(row) for row in rows if row.field == MERGED_INTO and row.new is None}
    return [row for row in rows if row.rule not in (MERGED, UNMERGED) or (row.rule == UNMERGED and _place(row) in back)]


def _place(row: Change) -> tuple[str, str, int, int]:
    origin = row.origin
    return origin.topic, origin.incarnation, origin.partition, origin.offset


def _take(
    states: dict[str, dict[str, Any]],
    timers: dict[str, int],
    rows: Sequence[Change],
    verified: Collection[tuple[str, str]],
    rules: LeadRules,
) -> None:
    """Put what rows say into states and timers."""
    for row in rows:
        if row.field in FIELDS:
            _field(states.setdefault("lead", {}), timers, row, verified, rules)
        elif row.field in HELD:
            detector, key = HELD[row.field]
            states[detector] = _held(states.get(detector, {}), key, row)
            if detector == "funnel" and row.old is None and "created" not in states.get("lead", {}):
                _begun(states.setdefault("lead", {}), row)
        elif row.field == numbers.FIELD:
            lead = states.setdefault("lead", {})
            lead["numbers"] = numbers.of_text(row.new, row.at)
            lead["fields"] = numbers.shown(lead.get("fields", {}), lead["numbers"])[0]
        elif row.field == "source":
            lead = states.setdefault("lead", {})
            lead.pop("source", None)
            if row.new is not None:
                lead["source"] = row.new


def _held(state: Mapping[str, Any], key: str, row: Change) -> dict[str, Any]:
    if row.new is None:
        return {name: value for name, value in state.items() if name != key}
    after = {**state, key: row.new}
    match row.field:
        case "grade":
            after["since"] = row.at
        case "stage":
            after["at"] = row.at
        case "strategic_change":
            after["told"] = {**state.get("told", {}), row.new: row.at}
        case _:
            pass
    return after


def _begun(lead: dict[str, Any], row: Change) -> None:
    fields = lead.get("fields", {})
    where = fields["region"][0] if "region" in fields else NO_REGION
    lead.update(created=row.at, known=row.at, region=where, bulk=True)
    lead.setdefault("source", row.actor)  # a merge says it first, and who decided it is no source


def _field(
    lead: dict[str, Any],
    timers: dict[str, int],
    row: Change,
    verified: Collection[tuple[str, str]],
    rules: LeadRules,
) -> None:
    field, timer = row.field, f"lead.{EXPIRES}{row.field}"
    fields, corrections = dict(lead.get("fields", {})), dict(lead.get("corrections", {}))
    if row.new is None:
        fields.pop(field, None)
    else:
        value = _value(row, row.new, verified, rules)
        if row.rule == "lead.restored" or row.rule.endswith(".manual"):
            offer = Offer(value, stands_until(field, row.at, rules))
            corrections[field] = corrected(field, corrections.get(field), fields.get(field), offer, rules)
            timers[timer] = corrections[field]["until"]
        elif corrections.pop(field, None) is not None:
            timers.pop(timer, None)
        fields[field] = value
    if row.new is None and corrections.pop(field, None) is not None:
        timers.pop(timer, None)
    lead["fields"] = fields
    if corrections or "corrections" in lead:
        lead["corrections"] = corrections


def _value(row: Change, text: str, verified: Collection[tuple[str, str]], rules: LeadRules) -> Held:
    if row.rule == region.RULE:
        return [text, DERIVED, 0, 0]
    if row.rule.endswith(".verified") or row.rule == "phone.confirmed_by_code" or (row.field, text) in verified:
        rank = VERIFIED
    else:
        rank = DERIVED if row.field == "name" and is_part(text) else UNVERIFIED
    return [text, rank, row.at, priority(row.field, row.actor, rules)]
