"""Coordinates that repeat to the last digit: a place that does not tremble, check-ins that are copies."""

from typing import Any

from processors.detector import State
from processors.geo.prints import is_fine, point_hash
from processors.geo.stays import Fix
from processors.visits.finding import Finding, point
from schemas.rules.visits import TrackRules
from schemas.times import HOUR, MINUTE

MOST_CHECK_INS = 30


def stood(state: State, raw: tuple[float, float], fix: Fix, rules: TrackRules) -> tuple[dict[str, Any], Finding | None]:
    """Take a report with its coordinates as sent. State: still [lat, lon as sent, since (ms), reports]."""
    held = state.get("still")
    if held is None or held[0] != raw[0] or held[1] != raw[1]:
        return {"still": [*raw, fix.at, 1]}, None
    count, since = held[3] + 1, min(held[2], fix.at)
    after = {"still": [*raw, since, min(count, 1_000)]}
    long = fix.at - since >= rules.same_minutes * MINUTE
    if count < rules.same_fixes or not long or not is_fine(*raw):
        return after, None
    evidence = {
        "points": [point(since, fix.lat, fix.lon, "first"), point(fix.at, fix.lat, fix.lon, "last")],
        "coordinates": list(raw),
        "reports": after["still"][3],
    }
    return after, Finding("repeated_coordinates", "track", evidence)


def checked_in(
    state: State, raw: tuple[float, float], fix: Fix, lead: str | None, rules: TrackRules
) -> tuple[dict[str, Any], Finding | None]:
    """Take a check-in. State: check_ins [[hash of the place, at, lead]], the last 30."""
    if not is_fine(*raw):
        return {}, None
    place = point_hash(*raw)
    former: list[Any] = list(state.get("check_ins", ()))
    same = [one for one in former if one[0] == place]
    if any(abs(one[1] - fix.at) < HOUR for one in same):
        return {}, None  # the phone may have kept its place for a while
    after = {"check_ins": [*former, [place, fix.at, lead]][-MOST_CHECK_INS:]}
    if len(same) + 1 < rules.same_check_ins:
        return after, None
    points = [point(one[1], fix.lat, fix.lon, one[2] or "") for one in same[-8:]]
    evidence = {
        "points": [*points, point(fix.at, fix.lat, fix.lon, lead or "")],
        "coordinates": list(raw),
        "check_ins": len(same) + 1,
    }
    return after, Finding("repeated_coordinates", "check_in", evidence)
