"""Which value of a field holds. Pure; what holds does not depend on the order in which the values came.

A value held is `[value, rank, at, priority]`: what it is, whether it is verified (or only derived from other fields, or
a part of a name), when it was so (ms), how much its source counts. A person's correction of a field is kept beside it:
`{"by": its value, "auto": the best automatic one or None, "until": when it stops outranking (ms), "seen": the latest
time at which any value was so (ms)}`.
"""

from typing import Any, NamedTuple

from schemas.fact import Fact
from schemas.rules.lead import LeadRules
from schemas.rules.survivorship import USUAL
from schemas.times import DAY

EXPIRES = "correction_"  # and the field: the timer of a person's correction
DERIVED, UNVERIFIED, VERIFIED = 0, 1, 2
Held = list[Any]
Correction = dict[str, Any]
_PLACES = {"verified": 1, "newer": 2, "source": 3}


class Offer(NamedTuple):
    """A value that a fact brings for a field; `until` (ms) is given where a person corrected the field."""

    value: Held
    until: int | None = None


def is_manual(fact: Fact, rules: LeadRules) -> bool:
    """Tell whether a fact is a person's correction."""
    manual = rules.survivorship.manual
    return fact.type == "lead_updated" and (
        (manual.by_rep and fact.rep_id is not None) or fact.source in manual.sources
    )


def priority(field: str, source: str, rules: LeadRules) -> int:
    """Return how much a source counts for a field; higher wins."""
    special = rules.survivorship.fields.get(field)
    if special is None or not special.sources:
        return rules.source_priority.get(source, 0)
    return len(special.sources) - special.sources.index(source) if source in special.sources else 0


def stands_until(field: str, at: int, rules: LeadRules) -> int:
    """Return until when (ms) a correction of a field made at a time outranks what is automatic."""
    special = rules.survivorship.fields.get(field)
    days = special.manual_days if special is not None and special.manual_days is not None else None
    return at + round((rules.survivorship.manual.days if days is None else days) * DAY)


def better(field: str, one: Held, other: Held, rules: LeadRules) -> Held:
    """Return the one of two values that holds, corrections aside; equal values go to the greater text."""
    special = rules.survivorship.fields
    order = special[field].order if field in special else USUAL
    if order is USUAL:
        return one if (one[1], one[2], one[3], one[0]) >= (other[1], other[2], other[3], other[0]) else other
    places = [_PLACES[criterion] for criterion in order]
    mine, others = ([value[place] for place in places] for value in (one, other))
    return one if (mine, one[0]) >= (others, other[0]) else other


def corrected(
    field: str, correction: Correction | None, held: Held | None, offer: Offer, rules: LeadRules
) -> Correction:
    """Return a field's correction after an offer; `held` is the field's value where there was no correction yet."""
    value, until = offer
    before = correction or _uncorrected(held)
    by, auto, ends = before["by"], before["auto"], before["until"]
    if until is None:
        auto = value if auto is None else better(field, auto, value, rules)
    elif by is None or (by[2], by[0]) < (value[2], value[0]):
        by, ends = value, until
    return {"by": by, "auto": auto, "until": ends, "seen": max(before["seen"], value[2])}


def combined(
    field: str,
    one: tuple[Correction | None, Held | None],
    other: tuple[Correction | None, Held | None],
    rules: LeadRules,
) -> Correction:
    """Return what corrections of a field two leads have together, of each its correction and the value it holds."""
    first, second = (correction or _uncorrected(held) for correction, held in (one, other))
    autos = [each["auto"] for each in (first, second) if each["auto"] is not None]
    latest = max((each for each in (first, second) if each["by"] is not None), key=_said)
    return {
        "by": latest["by"],
        "auto": better(field, autos[0], autos[-1], rules) if autos else None,
        "until": latest["until"],
        "seen": max(first["seen"], second["seen"]),
    }


def _uncorrected(held: Held | None) -> Correction:
    return {"by": None, "until": 0, "auto": held, "seen": held[2] if held else 0}


def _said(correction: Correction) -> tuple[Any, ...]:
    """Return by what one of two corrections holds: the later one, of one moment the greater text."""
    return correction["by"][2], correction["by"][0], correction["until"]


def holding(field: str, correction: Correction, rules: LeadRules) -> Held:
    """Return the value that holds of a corrected field: the person's until it expires, then the better one."""
    by, auto = correction["by"], correction["auto"]
    if auto is None or correction["seen"] < correction["until"]:
        return list(by)
    return better(field, by, auto, rules)
