"""What a forecast is worth, and which cause speaks for its miss: pure arithmetic over a deal's state."""

from collections.abc import Mapping
from typing import Any

from processors.calendars import day_of
from processors.calendars.public import day_number
from schemas.rules.forecast import ForecastRules
from schemas.rules.names import Stage, field_of
from schemas.times import DAY

MOST_CREDIBLE = 0.99  # of a deal that is not won yet
DATES = ("optimistic", "neutral", "pessimistic")


def credibility(rules: ForecastRules, stage: Stage, evidence: Mapping[str, Any]) -> float:
    """Return what a fresh forecast is worth, 0 to 1: the stage's share and what the evidence adds."""
    if stage in ("won", "lost"):
        return rules.credibility[stage]
    base = rules.credibility[stage]
    added = sum(share for kind, share in rules.evidence.items() if kind in evidence)
    return round(min(MOST_CREDIBLE, base + added), 6)


def implausible(
    rules: ForecastRules, dates: Mapping[str, str], begun: int, cycle: tuple[int, float, float]
) -> dict[str, dict[str, Any]]:
    """Return the dates that lie beyond the plausible deviations of the segment's cycle, each with how far.

    `begun` (ms) is when the deal began; `cycle` the number of won deals, mean and standard deviation in days.
    """
    count, mean, deviation = cycle
    if count < rules.least_cycles:
        return {}
    spread = max(deviation, rules.least_deviation_days)
    found = {}
    for name in DATES:
        if name in dates:
            days = day_number(dates[name]) - day_of(begun)
            distance = (days - mean) / spread
            if abs(distance) > rules.deviations:
                found[name] = {"on": dates[name], "days": days, "deviations": round(distance, 2)}
    return found


def days_late(committed_on: str, closed_at: int) -> int:
    """Return the days from a committed day to the day of a moment (ms); negative when it was early."""
    return day_of(closed_at) - day_number(committed_on)


def cycle_days(begun: int, closed: int) -> float:
    """Return the length of a deal's cycle in days."""
    return round(max(0, closed - begun) / DAY, 3)


def points_for(rules: ForecastRules, type_: str, data: Mapping[str, Any]) -> dict[str, int]:
    """Return the points that an event gives to each cause."""
    found: dict[str, int] = {}
    for rule in rules.causes:
        if rule.holds(type_, data) and _says(rule.words, rule.field, data):
            found[rule.cause] = found.get(rule.cause, 0) + rule.points
    return found


def _says(words: tuple[str, ...], field: str | None, data: Mapping[str, Any]) -> bool:
    if not words or field is None:
        return True
    text = str(field_of(data, field) or "").casefold()
    return any(word.casefold() in text for word in words)


def cause_of(causes: Mapping[str, tuple[int, Any]]) -> str | None:
    """Return the cause with most points; None when nothing speaks for any, or two speak as strongly."""
    ranked = sorted(((points, name) for name, (points, _) in causes.items() if points > 0), reverse=True)
    if not ranked or (len(ranked) > 1 and ranked[0][0] == ranked[1][0]):
        return None
    return ranked[0][1]
