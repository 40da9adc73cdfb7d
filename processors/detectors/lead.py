"""The lead record: which values hold, when a lead begins, who is told that something changed."""

from collections.abc import Mapping
from typing import Any

from processors.bulk import in_bulk, touched, wakes, woken
from processors.detector import EMPTY, Context, State
from processors.effects import NOTHING, Effect, Effects, Emit, SetField, SetTimer
from processors.leads import numbers
from processors.leads.beginning import begins
from processors.leads.fields import (
    CONTACTS,
    FIELD_NAMES,
    FIELDS,
    SAYING,
    Merged,
    asked,
    expired,
    grade_of,
    merged,
    proposed,
    restored,
)
from processors.leads.news import updated
from processors.leads.survivorship import EXPIRES
from processors.leads.welcome import label
from schemas.effects import Timer
from schemas.fact import Fact
from schemas.rules import RuleBook

TELLING = SAYING | {"lead_assigned", "lead_reachable", "lead_restored"}

__all__ = ["CONTACTS", "DETECTOR", "FIELDS", "FIELD_NAMES", "LeadRecord"]


class LeadRecord:
    """Keeps the fields of a lead.

    State: created, source, region, rep, reach (grade of reachability), fields and corrections as in
    `processors.leads.survivorship`, numbers as in `processors.leads.numbers`; bulk, while a lead that came with many
    others has not been heard of itself; woken (ms), when it was; awaits, what `processors.leads.beginning` keeps.
    """

    name = "lead"
    kinds = frozenset({"lead"})
    facts = None
    order = 0

    def minds(self, fact_type: str, rules: RuleBook, *, stranger: bool) -> bool:
        """Return whether a type sets fields or makes leads; a fact of any other may name a lead by what is verified."""
        return fact_type in TELLING or fact_type in rules.lead.created_by or not stranger

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """Take over better values; begin the lead; take note of its rep."""
        if fact.type not in TELLING and not fact.verified and fact.type not in ctx.rules.lead.created_by:
            return state, NOTHING
        if fact.type == "lead_assigned":
            return _assigned(state, fact.data.get("rep_id"), "assignment.round_robin", fact.data.get("region"))
        if fact.type == "lead_restored":
            after, effects = self._merge(state, fact, ctx)
            by = str(fact.data.get("by", fact.source))
            after, more = _assigned(after, asked(fact).get("rep_id"), "lead.restored", after.get("region"), by)
            return after, (*effects, *more)
        return self._merge(state, fact, ctx)

    def _merge(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        fields, corrections = state.get("fields", EMPTY), state.get("corrections", EMPTY)
        merge = restored if fact.type == "lead_restored" else merged
        found = merge(fields, corrections, fact, ctx.rules.lead)
        former: numbers.Numbers = state.get("numbers", EMPTY)
        further = numbers.told(former, fact)
        if (said := proposed(fact).get("phone")) is not None:
            further = numbers.joined(further, numbers.of_phone([said.text, 0, fact.at, 0], found.fields.get("phone")))
        if found.fields is fields and found.corrections is corrections and further is former:
            return _woken(state, NOTHING, fact, ctx) if "created" in state else begins(state, fact, NOTHING, ctx)
        put_back = fact.at if fact.type == "lead_restored" else None
        after, effects = _taken(state if further is former else _with(state, numbers=further), found, put_back)
        if "created" in state:
            quiet = in_bulk(fact, ctx.rules)  # then only what replaces another value is told
            replaced = [change for change in found.changes if not (quiet and change.old is None)]
            told = tuple(_updated(after, change, fact.source, fact.event_id) for change in replaced)
            return _woken(after, (*effects, *told), fact, ctx)
        return begins(after, fact, effects, ctx)

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """Let a person's correction expire."""
        field = timer.name.removeprefix(EXPIRES)
        fields, corrections = state.get("fields", EMPTY), state.get("corrections", EMPTY)
        found = expired(fields, corrections, field, timer.due, ctx.rules.lead)
        if found.corrections is corrections:
            return state, NOTHING
        after, effects = _taken(state, found)
        told = tuple(_updated(after, change, "whetstone", "") for change in found.changes if "created" in state)
        return after, (*effects, *told)


def _with(state: State, **changes: Any) -> State:
    return {**state, **changes}


def _woken(state: State, effects: Effects, fact: Fact, ctx: Context) -> tuple[State, Effects]:
    """Return state and effects, and what follows where a lead that came in bulk gets in touch."""
    if not wakes(state, fact, ctx.rules):
        return state, effects
    return woken(state, fact, ctx.now), (*effects, touched(state, fact, label(state.get("fields", EMPTY))))


def _taken(state: State, found: Merged, put_back: int | None = None) -> tuple[State, Effects]:
    """Return the state with these fields, and the changes: those of the fields, and of what follows from them.

    `put_back`: when (ms) a person asked for them; then a phone that gives way was wrong.
    """
    corrections = state.get("corrections", EMPTY)
    changes: dict[str, Any] = {"fields": found.fields}
    effects: tuple[Effect, ...] = found.changes
    further: numbers.Numbers = state.get("numbers", EMPTY)
    if former := numbers.of_phone(state.get("fields", EMPTY).get("phone"), found.fields.get("phone")):
        (phone,) = former
        if put_back is not None and found.fields.get("phone", ("",))[0] != phone:
            former = numbers.given_up(phone, put_back)
        further = numbers.joined(further, former)
        changes["numbers"] = further
    if further:
        corrected = numbers.corrected_at(found.corrections)
        changes["fields"], change = numbers.shown(found.fields, further, corrected)
        effects = effects if change is None else (*effects, change)
    if found.corrections is not corrections:
        changes["corrections"] = found.corrections
        effects = (*effects, *_timers(corrections, found.corrections))
    if found.reaching:
        grade, reach = grade_of(found.fields), state.get("reach")
        if grade != reach:
            changes["reach"] = grade
            effects = (*effects, SetField(field="reachability", old=reach, new=grade, rule="lead.reachability"))
    return _with(state, **changes), effects


def _timers(before: Mapping[str, Any], after: Mapping[str, Any]) -> Effects:
    return tuple(
        SetTimer(EXPIRES + field, correction["until"])
        for field, correction in after.items()
        if field not in before or before[field]["until"] != correction["until"]
    )


def _assigned(
    state: State, rep: str | None, rule: str, region: str | None, actor: str = "whetstone"
) -> tuple[State, Effects]:
    before = state.get("rep")
    if not rep or rep == before:
        return state, NOTHING
    taken = SetField(field="rep_id", old=before, new=rep, rule=rule, actor=actor)
    if "bulk" in state:
        return _with(state, rep=rep), (taken,)  # its rep reads of it in the region's digest
    fields = state.get("fields", EMPTY)
    called = label(fields)
    effects: tuple[Effect, ...] = (
        taken,
        Emit(
            kind="lead_assigned",
            severity="info",
            to=(f"rep:{rep}",),
            title={"zh": f"新线索分配给你：{called}", "en": f"A new lead is yours: {called}"},
            rule=rule,
            evidence={"region": region, "fields": {name: value[0] for name, value in fields.items()}},
        ),
    )
    return _with(state, rep=rep), effects


def _updated(state: State, change: SetField, source: str, event_id: str) -> Emit:
    return updated(state, change, f"lead.{change.rule.removeprefix('lead.')}", source, event_id)


DETECTOR = LeadRecord()
