"""High potential: the index above a bound for two whole calendar months, and interest in a module, in either order."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from processors.calendars import day_of, iso_day, start_of_day
from processors.calendars.public import day_number
from processors.detector import EMPTY, Context, State
from processors.effects import NOTHING, ClearTimer, Effects, Emit, SetTimer
from processors.leads.view import lead_view, recipients, rules_of
from schemas.fact import Fact
from schemas.times import DAY, to_iso

POTENTIAL = "potential"


class Potential(NamedTuple):
    """Since when the index is high (ms, None: it is not), the last interest (module, ms), whether it was told."""

    since: int | None = None
    interest: Sequence[Any] | None = None
    told: bool = False


NONE = Potential()


def months_after(since: int, months: int) -> int:
    """Return the moment (ms) at which so many whole calendar months, the first beginning at or after `since`, end."""
    day = date.fromisoformat(iso_day(day_of(since)))
    whole = day.day == 1 and since == start_of_day(day_of(since))
    number = day.year * 12 + day.month - 1 + months + (0 if whole else 1)
    return start_of_day(day_number(date(number // 12, number % 12 + 1, 1).isoformat()))


def of(state: State) -> Potential:
    """Return what a state holds under `potential`."""
    held = state.get("potential")
    return NONE if held is None else Potential(*held)


def interested(state: State, fact: Fact) -> dict[str, Any]:
    """Return the changed state after an interest in a module; the latest word holds."""
    held, module = of(state), fact.data.get("module")
    if not module or (held.interest is not None and held.interest[1] > fact.at):
        return {}
    return {"potential": list(held._replace(interest=[module, fact.at]))}


def follow(state: dict[str, Any], value: float | None, ctx: Context) -> Effects:
    """Put into a state that the index was looked at (`value` None: it is unknown); return what is to be done."""
    held, rules = of(state), rules_of(ctx).grades.potential
    if value is None or value <= rules.above:
        if held.since is None:
            return NOTHING
        state["potential"] = list(Potential(interest=held.interest))
        return (ClearTimer(POTENTIAL),)
    if held.since is None:
        state["potential"] = list(held._replace(since=ctx.at))
        return (SetTimer(POTENTIAL, months_after(ctx.at, rules.months)),)
    due = months_after(held.since, rules.months)
    interest = held.interest
    if held.told or ctx.at < due or interest is None or interest[1] < due - rules.interest_days * DAY:
        return NOTHING
    state["potential"] = list(held._replace(told=True))
    return (_told(value, held, due, ctx),)


def _told(value: float, held: Potential, due: int, ctx: Context) -> Emit:
    rules, lead = rules_of(ctx).grades, lead_view(ctx)
    grade = ctx.states.get("grade", EMPTY).get("grade")
    module, at = held.interest or ("", 0)
    return Emit(
        kind="high_potential",
        severity="info",
        to=recipients(rules.recipients, lead.rep),
        title=rules.potential.title.filled(label=lead.label, module=module),
        rule="grade.high_potential",
        evidence={
            "health": round(value, 1),
            "above": rules.potential.above,
            "since": to_iso(held.since or 0),
            "months_until": to_iso(due),
            "module": module,
            "interest_at": to_iso(at),
            "grade": grade,
            "resources": rules.plan(grade) if grade else None,
        },
        region=lead.region,
    )
