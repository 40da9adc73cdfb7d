"""The ledger of a rep's days: which building from when to when, which updates, and which days are doubtful."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from processors.calendars import BusinessCalendar, day_of, is_working_day, iso_day, start_of_day
from processors.detector import State
from processors.geo.buildings import Building
from processors.visits.finding import Finding, point
from schemas.rules.visits import StayRules
from schemas.times import DAY, HOUR, MINUTE, to_iso

MOST_STAYS = 24  # of one day: the shortest go first
MOST_UPDATES = 120
KEPT_DAYS = 14  # five working days with a week of holidays between them
NIGHT = (2 * HOUR, 4 * HOUR)
MOST_SHOWN = 6


class Span(NamedTuple):
    """Time in a building, in ms."""

    building: int
    began: int
    ended: int


def with_span(state: State, span: Span) -> dict[str, Any]:
    """Return the changed state: days [[day, [[building, began, ended]]]]; a stay over midnight is in both days."""
    days = {entry[0]: list(entry[1]) for entry in state.get("days", ())}
    for day in range(day_of(span.began), day_of(span.ended) + 1):
        begin, end = max(span.began, start_of_day(day)), min(span.ended, start_of_day(day + 1))
        longest = sorted([*days.get(day, ()), [span.building, begin, end]], key=lambda one: one[1] - one[2])
        days[day] = sorted(longest[:MOST_STAYS], key=lambda one: one[1])
    newest = max(days)
    return {"days": [[day, stays] for day, stays in sorted(days.items()) if day > newest - KEPT_DAYS]}


def with_update(state: State, at: int) -> dict[str, Any]:
    """Return the changed state: updates, the times (ms) of customer updates."""
    times = sorted({*state.get("updates", ()), at})
    return {"updates": [one for one in times if one > times[-1] - KEPT_DAYS * DAY][-MOST_UPDATES:]}


def is_night(began: int, ended: int) -> bool:
    """Return whether a stay covers the night: 02:00 to 04:00 local of its last day."""
    midnight = start_of_day(day_of(ended))
    return began <= midnight + NIGHT[0] and ended >= midnight + NIGHT[1]


def doubtful(
    state: State, day: int, buildings: Sequence[Building], rules: StayRules, calendar: BusinessCalendar
) -> Iterator[Finding]:
    """Yield each building whose stays are doubtful on this working day and on those before it, `days` in all."""
    if not is_working_day(day, calendar):
        return
    days = list(_working_days(day, rules.days, calendar))
    ledger = {entry[0]: entry[1] for entry in state.get("days", ())}
    for building in sorted({one[0] for one in ledger.get(day, ())}):
        stays = {each: [Span(*one) for one in ledger.get(each, ()) if one[0] == building] for each in days}
        if all(_is_doubtful(each, stays[each], state, rules, calendar) for each in days):
            place = next((one for one in buildings if one.id == building), None)
            yield _finding(place, building, stays, rules, calendar)


def _working_days(day: int, count: int, calendar: BusinessCalendar) -> Iterator[int]:
    """Yield a working day and those before it, the earliest last."""
    for earlier in range(day, day - KEPT_DAYS, -1):
        if is_working_day(earlier, calendar):
            yield earlier
            count -= 1
            if count == 0:
                return


def worked(day: int, stays: Sequence[Span], calendar: BusinessCalendar) -> int:
    """Return how much of the stays lies in the working hours of a day, in ms."""
    midnight = start_of_day(day)
    return sum(
        max(0, min(stay.ended, midnight + end) - max(stay.began, midnight + begin))
        for stay in stays
        for begin, end in calendar.spans
    )


def _is_doubtful(day: int, stays: Sequence[Span], state: State, rules: StayRules, calendar: BusinessCalendar) -> bool:
    if worked(day, stays, calendar) <= rules.hours * HOUR:
        return False
    slack = rules.slack_minutes * MINUTE
    updates = state.get("updates", ())
    return not any(stay.began - slack <= at <= stay.ended + slack for stay in stays for at in updates)


def _finding(
    place: Building | None,
    building: int,
    stays: Mapping[int, Sequence[Span]],
    rules: StayRules,
    calendar: BusinessCalendar,
) -> Finding:
    days = [
        {
            "day": iso_day(day),
            "hours": round(worked(day, spans, calendar) / HOUR, 2),
            "stays": [{"from": to_iso(span.began), "to": to_iso(span.ended)} for span in spans[:MOST_SHOWN]],
        }
        for day, spans in sorted(stays.items())
    ]
    first = min(span.began for spans in stays.values() for span in spans)
    evidence = {
        "points": [point(first, place.lat, place.lon, "building")] if place else [],
        "days": days,
        "hours_allowed": rules.hours,
        "missing": list(rules.updates),
    }
    return Finding("long_stay", f"building-{building}", evidence)
