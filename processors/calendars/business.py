"""Working time: which days are worked, when a number of working minutes has passed, the next six o'clock."""

from datetime import date
from functools import lru_cache
from typing import NamedTuple

from processors.calendars.public import EPOCH, PublicDays, day_number, public_days
from schemas.rules import RuleBook
from schemas.rules.calendar import CalendarRules, minutes_of
from schemas.rules.names import Hours
from schemas.times import DAY, HOUR, MINUTE

OFFSET = 8 * HOUR
"""Asia/Shanghai less UTC; it has had no summer time since 1991."""
MONDAY = 3
"""1970-01-01 was a Thursday: (day + 3) % 7 is 0 on Mondays."""
LAST = date.max.toordinal()


class BusinessCalendar(NamedTuple):
    """A calendar ready for counting. Spans are (begin, end) in ms since local midnight; days count from 1970-01-01."""

    spans: tuple[tuple[int, int], ...]
    weekdays: frozenset[int]
    off: frozenset[int]
    work: frozenset[int]


@lru_cache(64)
def _built(rules: CalendarRules) -> BusinessCalendar:
    public = public_days() if rules.public_holidays else PublicDays(frozenset(), frozenset())
    off = frozenset(map(day_number, rules.days_off))
    work = frozenset(map(day_number, rules.working_days))
    return BusinessCalendar(
        spans=tuple((begin * MINUTE, end * MINUTE) for begin, end in rules.spans),
        weekdays=frozenset(day - 1 for day in rules.weekdays),
        off=(public.off - work) | off,
        work=(public.work - off) | work,
    )


def calendar_of(rules: RuleBook, name: str) -> BusinessCalendar:
    """Return a calendar of the rule book by its name; the book has been checked to have it."""
    return _built(rules.calendars[name])


def day_of(ms: int) -> int:
    """Return the local day of a moment, in days since 1970-01-01."""
    return (ms + OFFSET) // DAY


def start_of_day(day: int) -> int:
    """Return the first moment (ms) of a local day."""
    return day * DAY - OFFSET


def is_working_day(day: int, calendar: BusinessCalendar) -> bool:
    """Return whether a local day is worked."""
    if day in calendar.off:
        return False
    return day in calendar.work or (day + MONDAY) % 7 in calendar.weekdays


def add_business_time(start_ms: int, minutes: float, calendar: BusinessCalendar) -> int:
    """Return the first moment (ms) by which `minutes` of working time have passed since `start_ms`.

    Nothing passes outside working hours: what begins on Saturday begins to count on Monday morning. With 0 minutes
    it is the start itself. A day's end is the end of its working hours, not the beginning of the next.
    """
    left = round(minutes * MINUTE)
    if left <= 0:
        return start_ms
    day = day_of(start_ms)
    while True:
        if is_working_day(day, calendar):
            midnight = start_of_day(day)
            for begin, end in calendar.spans:
                begun = max(start_ms, midnight + begin)
                open_ms = midnight + end - begun
                if open_ms >= left:
                    return begun + left
                left -= max(0, open_ms)
        day += 1


def deadline(start_ms: int, minutes: float, hours: Hours, rules: RuleBook, calendar: str) -> int:
    """Return when a duty of some minutes is due (ms): by the clock on the wall, or in working hours."""
    if hours == "wall":
        return start_ms + round(minutes * MINUTE)
    return add_business_time(start_ms, minutes, calendar_of(rules, calendar))


def next_time_of_day(after_ms: int, clock: str) -> int:
    """Return the first moment (ms) later than `after_ms` at which local clocks show `HH:MM`."""
    at = start_of_day(day_of(after_ms)) + minutes_of(clock) * MINUTE
    return at if at > after_ms else at + DAY


def iso_day(day: int) -> str:
    """Return `YYYY-MM-DD` of a local day; of one beyond the year 9999 its last."""
    return date.fromordinal(min(day + EPOCH, LAST)).isoformat()
