"""What is remembered of one lead to compute its features: plain data, at most 600 bytes of msgpack.

The state is a mapping with short keys, because it is stored once per lead:

- `v` version of the state; `f` time of the first fact (s since 1970 UTC); `b` how many values were unusable;
- `c` channel code → [last (s), how often, four decayed counts in 1/1000 at `last`, one per half-life];
- `g` gaps between days with orders: [mean, variance, last] of ln(days + 0.5), and how many;
- `a` last page, click or form (s); `s` group of the source of the first behaviour;
- `m` money: [mean, last] of ln(1 + amount); `d` mood of contacts, −1 to 1, decayed by contact.

Everything is rounded when it is stored, so the bytes are short and the same on every replay.
"""

import math
from collections.abc import Mapping
from typing import Any
from zlib import crc32

from online_models.features.catalogue import SOURCES
from online_models.features.channels import BROWSING, ORDER, SESSION, channel_of
from schemas.fact import Fact
from schemas.times import DAY, HOUR, SECOND

VERSION = 1
HALF_LIVES_S = tuple(ms // SECOND for ms in (8 * HOUR, 3 * DAY, 14 * DAY, 60 * DAY))
DAY_S = DAY // SECOND
MOST_COUNT = 2_000_000_000  # thousandths
FULL = MOST_COUNT - 1000  # above this a count grows no more; the slowest is the largest
MOST_TIMES = 65_535  # how often anything is counted: two bytes
MOST_SECONDS = 2**32 - 1
_MOST_MS = MOST_SECONDS * SECOND
SAME_VISIT_S = 6 * 3600  # orders closer than this are one buying occasion: they say nothing of the rhythm
SESSION_S = 30 * 60  # a pause in browsing that is longer begins a new session
GAP_WEIGHT = 0.3
MONEY_WEIGHT = 0.2
MOOD_WEIGHT = 0.4
MOODS = {"positive": 1.0, "neutral": 0.0, "negative": -1.0}

_exp2 = math.exp2
_RATES = tuple(-1.0 / life for life in HALF_LIVES_S)

FeatureState = Mapping[str, Any]
NEW: FeatureState = {}


def update(state: FeatureState, fact: Fact) -> FeatureState:
    """Return the state after a fact; the state that came in is untouched, and returned if nothing changes.

    Facts may come late: what is older than the last of its channel counts with the weight that is left of it.
    A value that cannot be used (not a number, infinite, of another type) changes nothing but the counter `b`.
    """
    code = channel_of(fact)
    return state if code is None else counted_as(state, fact, code)


def counted_as(state: FeatureState, fact: Fact, code: str) -> FeatureState:
    """Return the state after a fact of a channel: `update`, for who has asked for the channel already."""
    at = fact.at
    if type(at) is not int or at < 0:
        return {**state, "b": min(state.get("b", 0) + 1, MOST_TIMES)}
    at = at // SECOND if at < _MOST_MS else MOST_SECONDS
    channels = dict(state["c"]) if "c" in state else {}
    former = channels.get(code)
    channels[code] = counted(former, at)
    after: dict[str, Any] = {**state, "v": VERSION, "c": channels}
    if "f" not in state or at < state["f"]:
        after["f"] = at
    if code in BROWSING:
        last = state.get("a")
        if last is None or at - last > SESSION_S:
            channels[SESSION] = counted(channels.get(SESSION), at)
        if last is None or at > last:
            after["a"] = at
    if "s" not in state and fact.source:
        after["s"] = crc32(fact.source.encode("utf-8", "replace")) % SOURCES
    if code == ORDER:
        if former is not None:
            _note_gap(after, at - former[0])
        _note_money(after, fact.data.get("amount"))
    elif code == "t":
        _note_mood(after, fact.data.get("mood"))
    return after


def counted(former: list[int] | None, at: int) -> list[int]:
    """Return a channel's row after one more event at a time (s)."""
    if former is None:
        return [at, 1, 1000, 1000, 1000, 1000]
    last, seen, hours, days, weeks, months = former
    passed = at - last
    if seen < MOST_TIMES:
        seen += 1
    if passed == 0:
        return [at, seen, hours + 1000, days + 1000, weeks + 1000, months + 1000] if months < FULL else former
    if passed < 0:
        return _late(former, seen, -passed)
    hours = int(hours * _exp2(passed * _RATES[0]) + 1000.5)
    days = int(days * _exp2(passed * _RATES[1]) + 1000.5)
    weeks = int(weeks * _exp2(passed * _RATES[2]) + 1000.5)
    months = int(months * _exp2(passed * _RATES[3]) + 1000.5)
    return [at, seen, hours, days, weeks, months] if months < FULL else [at, seen, *former[2:]]


def _late(former: list[int], seen: int, by: int) -> list[int]:
    """Return a row after an event that came late by some seconds: it counts with what is left of it."""
    last, _, *counts = former
    left = (int(1000.0 * _exp2(by * rate) + 0.5) for rate in _RATES)
    return [last, seen, *(min(count + more, MOST_COUNT) for count, more in zip(counts, left, strict=True))]


def _note_gap(after: dict[str, Any], passed: int) -> None:
    if passed < SAME_VISIT_S:
        return
    gap = math.log(passed / DAY_S + 0.5)
    if "g" not in after:
        after["g"] = [_short(gap), 0.5, _short(gap), 1]
        return
    mean, variance, _, seen = after["g"]
    off = gap - mean
    after["g"] = [
        _short(mean + GAP_WEIGHT * off),
        _short(variance + GAP_WEIGHT * (off * off - variance)),
        _short(gap),
        min(seen + 1, MOST_TIMES),
    ]


def _note_money(after: dict[str, Any], amount: Any) -> None:
    value = number(amount)
    if value is None or value < 0:
        after["b"] = min(after.get("b", 0) + 1, MOST_TIMES)
        return
    size = math.log1p(min(value, 1e12))
    mean = after["m"][0] if "m" in after else size
    after["m"] = [_short(mean + MONEY_WEIGHT * (size - mean)), _short(size)]


def _note_mood(after: dict[str, Any], mood: Any) -> None:
    value = MOODS.get(mood) if isinstance(mood, str) else None
    if value is None:
        after["b"] = min(after.get("b", 0) + 1, MOST_TIMES)
        return
    former = after.get("d", 0.0)
    after["d"] = _short(former + MOOD_WEIGHT * (value - former))


def number(value: Any) -> float | None:
    """Return a finite number of a number or decimal string, None of anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def _short(value: float) -> float:
    return round(value, 4)
