"""A visit: from check-in to check-out. One that ends at once is doubtful."""

from typing import Any

from processors.detector import State
from processors.geo.distance import metres
from processors.geo.stays import AWAY, Fix
from processors.visits.finding import Finding, fix_point
from schemas.rules.visits import CheckInRules
from schemas.times import MINUTE

Changes = dict[str, Any]


def begun(fix: Fix, lead: str | None) -> Changes:
    """Return the changes of a check-in. State: visit [fix, lead, reports from elsewhere]."""
    return {"visit": [list(fix), lead, 0]}


def reported(state: State, fix: Fix, rules: CheckInRules) -> tuple[Changes, Finding | None]:
    """Take a report of the phone while a visit goes on: several in a row from elsewhere end it."""
    held = state.get("visit")
    if held is None:
        return {}, None
    begin, lead, away = Fix(*held[0]), held[1], held[2]
    if fix.at < begin.at:
        return {}, None
    if fix.at - begin.at > rules.least_minutes * MINUTE:
        return ({"visit": [held[0], lead, 0]}, None) if away else ({}, None)
    if metres(begin.lat, begin.lon, fix.lat, fix.lon) - begin.accuracy - fix.accuracy <= rules.away_m:
        return ({"visit": [held[0], lead, 0]}, None) if away else ({}, None)
    if away + 1 < AWAY:
        return {"visit": [held[0], lead, away + 1]}, None
    return {"visit": None}, _left(begin, fix, lead, "track", rules)


def ended(state: State, fix: Fix, lead: str | None, rules: CheckInRules) -> tuple[Changes, Finding | None]:
    """Take a check-out: it ends the visit of its lead."""
    held = state.get("visit")
    if held is None or (lead and held[1] and lead != held[1]) or fix.at < held[0][0]:
        return {}, None
    begin = Fix(*held[0])
    soon = fix.at - begin.at < rules.least_minutes * MINUTE
    return {"visit": None}, _left(begin, fix, held[1], "check_out", rules) if soon else None


def _left(begin: Fix, end: Fix, lead: str | None, what: str, rules: CheckInRules) -> Finding:
    evidence = {
        "points": [fix_point(begin, "check_in"), fix_point(end, what)],
        "lead": lead,
        "minutes": round((end.at - begin.at) / MINUTE, 2),
        "least_minutes": rules.least_minutes,
        "missing": [] if what == "check_out" else ["visit_checked_out"],
    }
    return Finding("left_at_once", lead or "", evidence)
