"""The memory of weekly behaviours: this week, the last four, and the level before them.

A week counts for a behaviour only if the source that shows it said anything at all about the customer in that week:
a week of silence is missing, not zero. A week in which the source spoke, but not of this behaviour, is a real zero.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from processors.calendars import day_of, start_of_day
from processors.calendars.business import MONDAY, OFFSET
from processors.detector import EMPTY, State
from processors.health.behaviours import MEANS, Reading
from schemas.times import DAY, HOUR

RECENT = 4
MOST_SOURCES = 6
MOST_DISTINCT = 24
MOST_VALUE = 10**9
TUESDAY = 1
WEEK = 7 * DAY
FIRST_WEEK = OFFSET + MONDAY * DAY
SOURCE = 4  # where a past says which source it is of
NO_PAST = ((), 0.0, 0, 0, 0)
OF_A_WEEK = ("now", "sets", "spoke")
Plain = Sequence[Any]


class Past(NamedTuple):
    """A behaviour's recent weeks (the last at most 4), the level before them, weeks in that, last week heard of,
    number of its source. In a state it is a list of these."""

    recent: Sequence[int]
    level: float
    weeks: int
    heard: int
    source: int


def week_of(at: int) -> int:
    """Return the number of the local week of a moment (ms): weeks begin on Monday."""
    return (at + FIRST_WEEK) // WEEK


def end_of(week: int) -> int:
    """Return the first moment (ms) after a week."""
    return start_of_day((week + 1) * 7 - MONDAY)


def heard_from(state: State, name: str, at: int) -> tuple[Sequence[Any], int]:
    """Return sources [[name, last heard (ms)]] after a word from one, and its number; the sixth stands for the rest.

    When it was last heard is exact to the hour: it is compared with weeks.
    """
    sources: Sequence[Any] = state.get("sources", ())
    number = 0
    for held in sources:
        if held[0] == name:
            break
        number += 1
    if number >= MOST_SOURCES:
        number = MOST_SOURCES - 1
    if number == len(sources):
        return [*sources, [name, at]], number
    if at - sources[number][1] < HOUR:
        return sources, number
    return [*sources[:number], [sources[number][0], at], *sources[number + 1 :]], number


def add(state: dict[str, Any], found: Iterable[Reading], source: int, at: int) -> None:
    """Put readings into a state: now {code: [sum, number, source, first day of the week]}, sets {code: [things]}."""
    now = {**state.get("now", EMPTY)}
    for code, how, value in found:
        held = now.get(code)
        day = held[3] if held else (day_of(at) + MONDAY) % 7
        if how == "distinct":
            sets = state.get("sets", EMPTY)
            things = sets.get(code, ())
            if value in things or len(things) >= MOST_DISTINCT:
                continue
            state["sets"] = {**sets, code: [*things, int(value)]}
            now[code] = [len(things) + 1, 1, source, day]
        elif held is None:
            now[code] = [min(value, MOST_VALUE), 1, source, day]
        else:
            now[code] = [round(held[0] + min(value, MOST_VALUE), 3), held[1] + 1, source, day]
        state["now"] = now


def folded(state: State, week: int, fade_weeks: int) -> dict[str, Any]:
    """Return the state with what lies before `week` moved into the past: past {code: Past}."""
    last = state.get("week", week)
    if week <= last:
        return dict(state)
    past: dict[str, Any] = {**state.get("past", EMPTY)}
    now: Mapping[str, Any] = state.get("now", EMPTY)
    spoke = state.get("spoke", 0)
    for code, held in past.items():
        if code not in now and code not in MEANS and spoke >> held[SOURCE] & 1:
            past[code] = _moved(held, 0, held[SOURCE], last, fade_weeks)
    for code in sorted(now):
        past[code] = _ended(past.get(code), now[code], code in MEANS, last, fade_weeks)
    after = {**state, "week": week, "past": past}
    for name in OF_A_WEEK:
        after.pop(name, None)
    return after


def _ended(held: Plain | None, heard: Plain, mean: bool, week: int, fade: int) -> Plain:
    """Return the past of a behaviour after a week in which it was heard of."""
    total, number, source, first_day = heard
    if held is None and not mean and first_day > TUESDAY:
        return [[], 0.0, 0, week, source]  # most of its first week had gone: it says nothing of a week
    value = round(total / number) if mean else round(total)
    return _moved(held or NO_PAST, value, source, week, fade)


def _moved(held: Plain, value: int, source: int, week: int, fade: int) -> Plain:
    recent, level, weeks, _, _ = held
    if len(recent) < RECENT:
        return [[*recent, value], level, weeks, week, source]
    weeks = min(weeks + 1, fade)
    level += (recent[0] - level) / weeks
    return [[*recent[1:], value], round(level, 3), weeks, week, source]


def pasts(state: State) -> dict[str, Past]:
    """Return the past of each weekly behaviour, by code."""
    return {code: Past(*held) for code, held in state.get("past", EMPTY).items()}
