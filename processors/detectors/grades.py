"""Grades A to D: no grade changes without a signal that shows the parts of the sum, before and after."""

from typing import Any

from processors.detector import Context, State
from processors.effects import NOTHING, Effects, Emit, SetField
from processors.grading.parts import DIMENSIONS, GRADES, Sum, grade_of, known, summed, take, values
from processors.leads.view import lead_view, recipients, rules_of
from schemas.catalogue import TYPES
from schemas.effects import Timer
from schemas.fact import Fact
from schemas.rules import RuleBook
from schemas.rules.grades import GradeRules
from schemas.rules.names import Grade
from schemas.times import DAY, to_iso

VALUES = frozenset({"account_profiled", "subscription_changed", "module_interest", "order_placed"})


class Grades:
    """State: profile {part: [value, when]}, industry [name, when], terms, modules, orders (when), all bounded;
    grade, sum (the parts that it was given for), since (ms), touched (last interaction), held (the lower grade that
    waits for an interaction).
    """

    name = "grade"
    kinds = frozenset({"lead"})
    facts = frozenset(name for name, event in TYPES.items() if "lead" in event.addresses)
    order = 60

    def minds(self, fact_type: str, rules: RuleBook, *, stranger: bool) -> bool:
        """Return whether a type is an interaction or has a value."""
        return fact_type in VALUES or fact_type in rules.grades.interactions or rules.overridden("grades")

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """Take what a fact tells, and grade again where that can change anything."""
        rules = rules_of(ctx).grades
        interaction, valued = fact.type in rules.interactions, fact.type in VALUES
        if not interaction and not valued:
            return state, NOTHING
        after = {**state}
        if valued:
            take(after, fact)
        if interaction:
            after["touched"] = max(fact.at, state.get("touched", fact.at))
        if valued or "held" in state:
            return _graded(after, fact, ctx, rules)
        return (after, NOTHING) if after != state else (state, NOTHING)

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """Return the state as it is: this detector sets no timers."""
        return state, NOTHING


def _graded(state: dict[str, Any], fact: Fact, ctx: Context, rules: GradeRules) -> tuple[State, Effects]:
    weights = rules.weights_of(state["industry"][0] if "industry" in state else None)
    if weights.share(known(state)) < rules.coverage:
        return state, NOTHING  # too little is known: the grade stays what it was
    now = summed(values(state, ctx.at), weights, rules)
    former: Grade | None = state.get("grade")
    grade = grade_of(now.value, former, rules)
    if grade == former:
        return {name: value for name, value in state.items() if name != "held"}, NOTHING
    if former is not None and GRADES.index(grade) < GRADES.index(former) and not _touched(state, ctx.at, rules):
        return _held(state, grade, now, fact, ctx, rules)
    return _changed(state, grade, now, fact, ctx, rules)


def _touched(state: State, at: int, rules: GradeRules) -> bool:
    touched = state.get("touched")
    return touched is not None and touched > state["since"] and touched >= at - rules.interaction_days * DAY


def _changed(
    state: dict[str, Any], grade: Grade, now: Sum, fact: Fact, ctx: Context, rules: GradeRules
) -> tuple[State, Effects]:
    former = state.get("grade")
    kept = {name: value for name, value in state.items() if name != "held"}
    after = {**kept, "grade": grade, "since": ctx.at, "sum": _rounded(now)}
    lead = lead_view(ctx)
    lower = former is not None and GRADES.index(grade) < GRADES.index(former)
    emitted = Emit(
        kind="grade_changed",
        severity="warning" if lower else "info",
        to=recipients(rules.recipients, lead.rep),
        title=rules.title.filled(label=lead.label, before=former or "–", after=grade),
        rule="grade.sum",
        evidence=_evidence(state, grade, now, fact, rules) | {"resources": rules.plan(grade)},
        region=lead.region,
    )
    return after, (SetField(field="grade", old=former, new=grade, rule="grade.sum"), emitted)


def _held(
    state: dict[str, Any], grade: Grade, now: Sum, fact: Fact, ctx: Context, rules: GradeRules
) -> tuple[State, Effects]:
    """Hold a downgrade back, and say why, once for each grade that it would have been."""
    if state.get("held") == grade:
        return state, NOTHING
    lead, former = lead_view(ctx), state["grade"]
    touched = state.get("touched")
    emitted = Emit(
        kind="grade_held",
        severity="info",
        to=recipients(rules.recipients, lead.rep),
        title=rules.held_title.filled(label=lead.label, before=former, after=grade),
        rule="grade.no_interaction",
        evidence=_evidence(state, grade, now, fact, rules)
        | {
            "graded_at": to_iso(state["since"]),
            "last_interaction": None if touched is None else to_iso(touched),
            "interaction_days": rules.interaction_days,
            "released_by": list(rules.interactions),
        },
        region=lead.region,
    )
    return {**state, "held": grade}, (emitted,)


def _rounded(now: Sum) -> dict[str, float]:
    return {part: round(points, 2) for part, points in now.points.items()}


def _evidence(state: State, grade: Grade, now: Sum, fact: Fact, rules: GradeRules) -> dict[str, Any]:
    before: dict[str, float] = dict(state.get("sum", {}))
    return {
        "before": {"grade": state.get("grade"), **_shown(before)},
        "after": {"grade": grade, **_shown(_rounded(now))},
        "bounds": {"A": rules.a, "B": rules.b, "C": rules.c, "margin": rules.margin},
        "industry": state["industry"][0] if "industry" in state else None,
        "coverage": round(now.coverage, 3),
        "unknown": [part for parts in DIMENSIONS.values() for part in parts if part not in now.points],
        "because": fact.type,
        "event_id": fact.event_id,
    }


def _shown(points: dict[str, float]) -> dict[str, Any]:
    dimensions = {name: round(sum(points.get(part, 0.0) for part in parts), 2) for name, parts in DIMENSIONS.items()}
    return {"sum": round(sum(points.values()), 2), "dimensions": dimensions, "parts": points}


DETECTOR = Grades()
