"""The memory of weekly behaviours: this week, the last four, and the level before them.

A week counts for a behaviour only if the source that shows it said anything at all about the customer in that week:
a week of silence is missing, not zero. A week in which the source spoke, but not of this behaviour, is a real zero.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from processors.calendars import day_of, start_of_day
from processors.detector import EMPTY, State
from processors.health.behaviours import MEANS, Reading
from schemas.times import HOUR

RECENT = 4
MOST_SOURCES = 6
MOST_DISTINCT = 24
MOST_VALUE = 10**9
TUESDAY = 1


class Past(NamedTuple):
    """A behaviour's recent weeks (the last at most 4), the level before them, weeks in that, last week heard of,
    number of its source."""

    recent: tuple[int, ...]
    level: float
    weeks: int
    heard: int
    source: int


def week_of(at: int) -> int:
    """Return the number of the local week of a moment (ms): weeks begin on Monday."""
    return (day_of(at) + 3) // 7


def end_of(week: int) -> int:
    """Return the first moment (ms) after a week."""
    return start_of_day((week + 1) * 7 - 3)


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


def added(state: State, found: Iterable[Reading], source: int, at: int) -> dict[str, Any]:
    """Return the changed state: now {code: [sum, number, source, first day of the week]}, sets {code: [things]}."""
    now = dict(state.get("now", EMPTY))
    changes: dict[str, Any] = {}
    for code, how, value in found:
        held = now.get(code)
        if how == "distinct":
            sets = changes.get("sets") or state.get("sets", EMPTY)
            things = sets.get(code, ())
            if value in things or len(things) >= MOST_DISTINCT:
                continue
            changes["sets"] = {**sets, code: [*things, int(value)]}
            now[code] = [len(things) + 1, 1, source, held[3] if held else _weekday(at)]
        elif held is None:
            now[code] = [min(value, MOST_VALUE), 1, source, _weekday(at)]
        else:
            now[code] = [round(held[0] + min(value, MOST_VALUE), 3), held[1] + 1, source, held[3]]
        changes["now"] = now
    return changes


def _weekday(at: int) -> int:
    return (day_of(at) + 3) % 7


def folded(state: State, week: int, fade_weeks: int) -> dict[str, Any]:
    """Return the state with what lies before `week` moved into the past: past {code: Past}."""
    last = state.get("week", week)
    if week <= last:
        return dict(state)
    past = {code: _past(held) for code, held in state.get("past", {}).items()}
    now: Mapping[str, Any] = state.get("now", {})
    spoke = state.get("spoke", 0)
    for code in sorted({*past, *now}):
        after = _folded(past.get(code), now.get(code), code in MEANS, spoke, last, fade_weeks)
        if after is not None:
            past[code] = after
    kept = {name: value for name, value in state.items() if name not in ("now", "sets", "spoke")}
    return {**kept, "week": week, "past": {code: list(held) for code, held in past.items()}}


def _past(plain: Any) -> Past:
    recent, level, weeks, heard, source = plain
    return Past(tuple(recent), level, weeks, heard, source)


def _folded(past: Past | None, now: Any, mean: bool, spoke: int, week: int, fade: int) -> Past | None:
    if now is None:
        if past is None or mean or not spoke >> past.source & 1:
            return past
        return _moved(past, 0, week, fade)
    total, number, source, first_day = now
    if past is None and not mean and first_day > TUESDAY:
        return Past((), 0.0, 0, week, source)  # most of its first week had gone: it says nothing of a week
    value = round(total / number) if mean else round(total)
    return _moved(past or Past((), 0.0, 0, week, source), value, week, fade)._replace(source=source)


def _moved(past: Past, value: int, week: int, fade: int) -> Past:
    recent = (*past.recent, value)
    if len(recent) <= RECENT:
        return past._replace(recent=recent, heard=week)
    leaving, weeks = recent[0], past.weeks + 1
    level = past.level + (leaving - past.level) / min(weeks, fade)
    return past._replace(recent=recent[1:], level=round(level, 3), weeks=min(weeks, fade), heard=week)


def pasts(state: State) -> dict[str, Past]:
    """Return the past of each weekly behaviour, by code."""
    return {code: _past(held) for code, held in state.get("past", {}).items()}
