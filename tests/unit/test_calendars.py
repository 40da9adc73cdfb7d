"""Business calendars against a slow reference that walks minute by minute, and cases that everybody knows."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.calendars import (
    BusinessCalendar,
    add_business_time,
    calendar_of,
    day_of,
    deadline,
    is_working_day,
    iso_day,
    next_time_of_day,
    start_of_day,
)
from processors.calendars.public import day_number, public_days
from schemas.rules import load_rule_book
from schemas.rules.calendar import CalendarRules
from schemas.times import DAY, HOUR, MINUTE, SHANGHAI, to_ms

RULES = load_rule_book("""
calendars:
  default: {}
  shifts: {hours: ['00:00-02:30', '22:00-24:00'], weekdays: [1, 3, 6, 7], public_holidays: false}
  own: {days_off: [2026-11-23], working_days: [2026-11-28, 2026-10-01]}
""")
NAMES = st.sampled_from(["default", "shifts", "own"])
MOMENTS = st.datetimes(datetime(2023, 12, 1), datetime(2028, 2, 1)).map(  # noqa: DTZ001 - local, made aware here
    lambda local: to_ms(local.replace(tzinfo=SHANGHAI))
)


def at(text: str) -> int:
    return to_ms(datetime.fromisoformat(text))


def local(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(SHANGHAI)


def slow_working_day(day: date, rules: CalendarRules) -> bool:
    text = day.isoformat()
    if text in rules.days_off:
        return False
    if text in rules.working_days:
        return True
    number = (day - date(1970, 1, 1)).days
    if rules.public_holidays and number in public_days().off:
        return False
    if rules.public_holidays and number in public_days().work:
        return True
    return day.isoweekday() in rules.weekdays


def slow_working(ms: int, rules: CalendarRules) -> bool:
    moment = local(ms)
    if not slow_working_day(moment.date(), rules):
        return False
    minute = moment.hour * 60 + moment.minute
    return any(begin <= minute < end for begin, end in rules.spans)


def slow_add(start: int, minutes: int, rules: CalendarRules) -> int:
    """Step from full minute to full minute and count those in which people work."""
    now, left = start, minutes * MINUTE
    while left > 0:
        step = MINUTE - now % MINUTE
        if slow_working(now, rules):
            step = min(step, left)
            left -= step
        now += step
    return now


@given(MOMENTS, st.integers(1, 1_500), NAMES)
@settings(max_examples=60, deadline=None)
def test_working_time_is_what_counting_minute_by_minute_gives(start: int, minutes: int, name: str) -> None:
    assert add_business_time(start, minutes, calendar_of(RULES, name)) == slow_add(
        start, minutes, RULES.calendars[name]
    )


@given(MOMENTS, st.integers(0, 5_000), st.integers(0, 5_000), NAMES)
def test_time_adds_up_and_never_runs_backwards(start: int, one: int, other: int, name: str) -> None:
    calendar = calendar_of(RULES, name)
    first = add_business_time(start, one, calendar)
    assert first >= start + one * MINUTE
    assert add_business_time(first, other, calendar) == add_business_time(start, one + other, calendar)


@given(st.dates(date(2024, 1, 1), date(2027, 12, 31)), NAMES)
def test_working_days_are_those_of_the_reference(day: date, name: str) -> None:
    number = day_number(day.isoformat())
    assert iso_day(number) == day.isoformat()
    assert is_working_day(number, calendar_of(RULES, name)) == slow_working_day(day, RULES.calendars[name])


@given(MOMENTS, st.integers(0, 23), st.integers(0, 59))
def test_the_next_time_of_day_is_the_first_one_that_clocks_in_shanghai_show(after: int, hour: int, minute: int) -> None:
    found = next_time_of_day(after, f"{hour:02}:{minute:02}")
    assert after < found <= after + DAY
    assert (local(found).hour, local(found).minute, found % MINUTE) == (hour, minute, 0)


@given(MOMENTS)
def test_days_begin_at_midnight_in_shanghai(moment: int) -> None:
    begin = start_of_day(day_of(moment))
    assert begin <= moment < begin + DAY
    assert local(begin).date() == local(moment).date()
    assert (local(begin).hour, local(begin).minute) == (0, 0)


CASES = [
    ("a morning's half hour", "2026-11-20T09:00", 30, "2026-11-20T09:30"),
    ("over lunch", "2026-11-20T11:50", 30, "2026-11-20T13:20"),
    ("over the weekend", "2026-11-20T17:50", 30, "2026-11-23T09:20"),
    ("on a Saturday", "2026-11-21T10:00", 30, "2026-11-23T09:30"),
    ("the last minute of a day", "2026-11-20T17:30", 30, "2026-11-20T18:00"),
    ("before National Day", "2026-09-30T17:55", 10, "2026-10-08T09:05"),
    ("a Saturday that is worked", "2026-10-10T10:00", 30, "2026-10-10T10:30"),
    ("Spring Festival", "2026-02-14T17:30", 60, "2026-02-24T09:30"),
    ("nothing", "2026-11-21T10:00", 0, "2026-11-21T10:00"),
]


@pytest.mark.parametrize(("story", "start", "minutes", "due"), CASES, ids=[case[0] for case in CASES])
def test_when_a_duty_is_due(story: str, start: str, minutes: int, due: str) -> None:
    assert add_business_time(at(start), minutes, calendar_of(RULES, "default")) == at(due)


def test_a_book_adds_days_off_and_working_days() -> None:
    own = calendar_of(RULES, "own")
    assert add_business_time(at("2026-11-20T17:50"), 30, own) == at("2026-11-24T09:20")
    assert is_working_day(day_number("2026-11-28"), own)
    assert is_working_day(day_number("2026-10-01"), own)
    assert not is_working_day(day_number("2026-10-02"), own)


def test_a_deadline_runs_by_the_wall_or_in_working_hours() -> None:
    evening = at("2026-11-20T17:50")
    assert deadline(evening, 30, "wall", RULES, "default") == evening + HOUR // 2
    assert deadline(evening, 30, "business", RULES, "default") == at("2026-11-23T09:20")


# Days off and worked weekend days of a year, as the State Council announced them.
ANNOUNCED = {2024: (28, 8), 2025: (28, 5), 2026: (33, 6)}


@pytest.mark.parametrize(("year", "counts"), ANNOUNCED.items())
def test_the_announced_years_are_whole(year: int, counts: tuple[int, int]) -> None:
    days = range(day_number(f"{year}-01-01"), day_number(f"{year + 1}-01-01"))
    public = public_days()
    assert (len(public.off & set(days)), len(public.work & set(days))) == counts
    assert not public.off & public.work
    assert all((day + 3) % 7 >= 5 for day in public.work & set(days)), "only weekend days are made up for"


def test_a_calendar_is_built_once() -> None:
    assert calendar_of(RULES, "default") is calendar_of(RULES, "default")
    assert isinstance(calendar_of(RULES, "default"), BusinessCalendar)


def test_a_year_of_working_time_in_steps_is_a_year_at_once() -> None:
    calendar = calendar_of(RULES, "default")
    moments = [at("2026-01-01T00:00")]
    for _ in range(250):
        moments.append(add_business_time(moments[-1], 480, calendar))
    assert all(timedelta(milliseconds=later - former) >= timedelta(hours=8) for former, later in pairwise(moments))
    assert moments[-1] == add_business_time(moments[0], 480 * 250, calendar)
