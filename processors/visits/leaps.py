"""Impossible speed: a leap that nobody can make, told apart from the leaps that receivers make by themselves.

A receiver's leap is a single fix, or it happens before it has found where it is. So a leap counts only from a place
that two fixes confirm, to a place that the following ones confirm. A check-in is a deed of a person: it counts at once,
and a shorter leap is enough.
"""

from typing import Any

from processors.detector import State
from processors.geo.distance import metres
from processors.geo.stays import Fix
from processors.visits.finding import Finding, fix_point
from schemas.rules.visits import TrackRules

NEAR_M = 1_000.0
TRUSTED = 3  # fixes near to each other from which on a place is believed


def advanced(state: State, fix: Fix, speed: float | None, rules: TrackRules) -> tuple[dict[str, Any], Finding | None]:
    """Take a fix of the phone. State: last [fix, number of fixes that confirm it], leap [from, to, confirmed]."""
    held = state.get("last")
    if held is None:
        return {"last": [list(fix), 1]}, None
    last, trust = Fix(*held[0]), held[1]
    if fix.at <= last.at:
        return {}, None
    leap = state.get("leap")
    if leap is not None:
        return _resolved(leap, last, trust, fix, speed, rules)
    if not _impossible(last, fix, speed, rules):
        near = metres(last.lat, last.lon, fix.lat, fix.lon) <= NEAR_M
        return {"last": [list(fix), min(trust + 1, TRUSTED) if near else 1]}, None
    if trust < TRUSTED:
        return {"last": [list(fix), 1]}, None
    return {"leap": [list(last), list(fix), 1]}, None


def checked_in(state: State, fix: Fix, rules: TrackRules) -> Finding | None:
    """Return what is impossible about a check-in, seen from the phone's track before it."""
    held = state.get("last")
    if held is None or held[1] < TRUSTED:
        return None
    last = Fix(*held[0])
    seconds = max(fix.at - last.at, 0) / 1000
    if fix.at < last.at or seconds >= rules.flight_minutes * 60:
        return None
    distance = metres(last.lat, last.lon, fix.lat, fix.lon) - last.accuracy - fix.accuracy
    if distance <= rules.check_in_leap_m or distance <= seconds * rules.check_in_mps:
        return None
    return _found(last, fix, ("track", "check_in"))


def _impossible(one: Fix, other: Fix, speed: float | None, rules: TrackRules) -> bool:
    distance = metres(one.lat, one.lon, other.lat, other.lon) - one.accuracy - other.accuracy
    if distance < rules.leap_m:
        return False
    seconds = max((other.at - one.at) / 1000, 1.0)
    limit = rules.flight_mps if seconds >= rules.flight_minutes * 60 else rules.speed_mps
    needed = distance / seconds
    flying = speed is not None and needed <= min(speed * 1.5, rules.flight_mps)  # a receiver aboard says so itself
    return needed > limit and not flying


def _resolved(
    leap: list[Any], last: Fix, trust: int, fix: Fix, speed: float | None, rules: TrackRules
) -> tuple[dict[str, Any], Finding | None]:
    begin, end, confirmed = Fix(*leap[0]), Fix(*leap[1]), leap[2]
    from_end = metres(end.lat, end.lon, fix.lat, fix.lon)
    went_on = from_end <= NEAR_M + (fix.at - end.at) / 1000 * rules.check_in_mps
    if went_on and from_end < metres(last.lat, last.lon, fix.lat, fix.lon):
        if confirmed + 1 > rules.confirming_fixes:
            return {"leap": None, "last": [list(fix), TRUSTED]}, _found(begin, end, ("before", "after"))
        return {"leap": [list(begin), list(end), confirmed + 1]}, None
    if _impossible(last, fix, speed, rules):
        return {"leap": [list(begin), list(fix), 1]}, None
    return {"leap": None, "last": [list(fix), trust]}, None


def _found(begin: Fix, end: Fix, what: tuple[str, str]) -> Finding:
    distance = metres(begin.lat, begin.lon, end.lat, end.lon)
    seconds = max((end.at - begin.at) / 1000, 1.0)
    evidence = {
        "points": [fix_point(begin, what[0]), fix_point(end, what[1])],
        "distance_m": round(distance),
        "seconds": round(seconds, 3),
        "speed_mps": round(distance / seconds, 1),
    }
    return Finding("impossible_speed", what[1], evidence)
