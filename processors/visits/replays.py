"""Tracks that were recorded: points of an earlier day that come again to the last digit, or that another rep has."""

from typing import Any, NamedTuple

from processors.calendars import day_of, iso_day
from processors.detector import State
from processors.geo import prints
from processors.geo.distance import metres
from processors.geo.stays import Fix
from processors.visits.finding import Finding, fix_point, point
from schemas.rules.visits import TrackRules
from schemas.times import DAY, MINUTE

SIZE = 512  # prints of a day: 2 KB where so many points were reported
SETTLED = 3 * MINUTE
"""From so long in a stay on, points do not count: who stands still comes back to the same digits by chance."""
MOST_CHECKED = 40  # points after which what was compared counts half
MOST_POINTS = 6
MOST_PARTNERS = 8
OTHERS_SEE = 4  # one moving point in so many is compared with other reps
BUCKETS = 256


class Moved(NamedTuple):
    """What a moving point led to: changes of the state, a finding, and the hash that other reps are compared by."""

    changes: dict[str, Any]
    finding: Finding | None = None
    shown: int | None = None


def moved(state: State, raw: tuple[float, float], fix: Fix, rules: TrackRules) -> Moved:
    """Take a report. State: at_last [lat, lon], prints [[day, hashes]], against [[day, compared, same, points]]."""
    former = state.get("at_last")
    if former is not None and metres(former[0], former[1], fix.lat, fix.lon) < prints.STEP_M:
        return Moved({})
    changes: dict[str, Any] = {"at_last": [fix.lat, fix.lon]}
    if former is None or not prints.is_fine(*raw):
        return Moved(changes)
    if _settled(state, fix):
        return Moved(changes)
    today, value = day_of(fix.at), prints.point_hash(fix.lat, fix.lon)
    kept = [entry for entry in state.get("prints", ()) if 0 <= today - entry[0] <= rules.replay_days]
    compared = [entry for entry in state.get("against", ()) if entry[4] == today]
    against = [
        _compared(entry, compared, value, fix, today)
        for entry in kept
        if prints.expected(entry[1], value, SIZE) and (entry[0] != today or prints.has(entry[1], value))
    ]
    if against:
        touched = {entry[0] for entry in against}
        changes["against"] = [*(entry for entry in compared if entry[0] not in touched), *against]
    own = next((entry[1] for entry in kept if entry[0] == today), b"")
    more = prints.added(own, value, SIZE)
    if more is not own:
        others = [entry for entry in kept if entry[0] != today]
        changes["prints"] = sorted([*others, [today, more]], key=lambda entry: entry[0])[-rules.replay_days - 1 :]
    return Moved(changes, _replayed(against, rules), value if value % OTHERS_SEE == 0 else None)


def _compared(entry: Any, compared: list[Any], value: int, fix: Fix, today: int) -> list[Any]:
    _, count, same, points, _ = next((one for one in compared if one[0] == entry[0]), (0, 0, 0, (), 0))
    if count >= MOST_CHECKED:
        count, same = count // 2, same // 2
    if [fix.lat, fix.lon] in [list(one[1:]) for one in points]:
        return [entry[0], count, same, list(points), today]  # a receiver that flickers between two places
    if prints.has(entry[1], value):
        return [entry[0], count + 1, same + 1, [*points, [fix.at, fix.lat, fix.lon]][-MOST_POINTS:], today]
    return [entry[0], count + 1, same, list(points), today]


def _settled(state: State, fix: Fix) -> bool:
    stay, away = state.get("tracker") or (None, ())
    return stay is not None and fix.at - stay[0] > SETTLED and not away


def _replayed(against: list[Any], rules: TrackRules) -> Finding | None:
    for day, count, same, points, _ in against:
        if same >= rules.replay_points and same >= rules.replay_share * count:
            evidence = {
                "points": [point(*one) for one in points],
                "earlier_day": iso_day(day),
                "compared": count,
                "same": same,
            }
            return Finding("replayed_track", iso_day(day), evidence)
    return None


def bucket_of(value: int) -> str:
    """Return the name of the entity that compares this point between reps."""
    return f"{value // OTHERS_SEE % BUCKETS:02x}"


def shared(
    state: State, other: str, seen_at: int, fix: Fix, rules: TrackRules
) -> tuple[dict[str, Any], Finding | None]:
    """Take the word that another rep was at a point too. State: shared [[rep, first, last (ms), points, count]]."""
    if abs(seen_at - fix.at) > rules.shared_minutes * MINUTE:
        return {}, None
    partners = [one for one in state.get("shared", ()) if abs(fix.at - one[2]) < DAY]
    held: Any = next((one for one in partners if one[0] == other), (other, fix.at, fix.at, (), 0))
    points = [*held[3], [fix.at, fix.lat, fix.lon]][-MOST_POINTS:]
    now: list[Any] = [other, min(held[1], fix.at), max(held[2], fix.at), points, held[4] + 1]
    kept = sorted([*(one for one in partners if one[0] != other), now], key=lambda one: (one[2], one[0]))
    after = {"shared": kept[-MOST_PARTNERS:]}
    if now[4] < rules.shared_points:
        return after, None
    evidence = {
        "points": [fix_point(Fix(*one)) for one in points],
        "other_rep": other,
        "same": now[4],
    }
    return after, Finding("shared_track", other, evidence)
