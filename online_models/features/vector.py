"""From a lead's state to its features at a time: a list of finite floats in the order of `FEATURES`."""

import math
from bisect import bisect_right
from typing import Any

from online_models.features.catalogue import (
    CROSS_SCALE,
    CROSSES,
    INDEX,
    NAMES,
    OVERDUE,
    RECENCY_DAYS,
    SOURCES,
    SPANS,
    count_name,
    spans_of,
)
from online_models.features.channels import CHANNELS, ORDER
from online_models.features.state import DAY_S, HALF_LIVES_S, MOST_SECONDS, FeatureState
from schemas.times import SECOND

Vector = list[float]

MOST = 12.0  # no feature leaves [-MOST, MOST]: ln(1 + 2,000,000 events) is 14.5
SHANGHAI_S = 8 * 3600  # no daylight saving: features need no time zone data
SIZE = len(NAMES)

_RECENCY_KNOTS = tuple(math.log(days + 0.5) for days in RECENCY_DAYS)
_NONE = INDEX["orders.none"]
_RECENCY = INDEX["orders.recency.0d"]
_COUNTS = INDEX["orders.count.8h"]
_TOTAL, _ONCE, _RATE, _SPAN = (INDEX[f"orders.{name}"] for name in ("total", "once", "rate", "span"))
_GAP = INDEX["gap.unknown"]
_OVERDUE = INDEX[f"orders.overdue.{OVERDUE[0]:g}"]
_MONEY = INDEX["money.mean"]
_TENURE = INDEX["tenure"]
_CROSS = INDEX["~recency*orders.count.3d"]
_PAIRS = tuple((INDEX.get(a, -1), INDEX[b]) for a, b in CROSSES)
_MOOD, _CLOCK = INDEX["mood"], INDEX["hour.sin"]
_SOURCE = INDEX["source.0"]
_log1p = math.log1p
_EVERY = tuple(range(len(HALF_LIVES_S)))
_CHANNEL_AT = {
    code: (INDEX[count_name(code, spans_of(code)[0])], tuple(SPANS.index(span) for span in spans_of(code)))
    for code in CHANNELS
    if code != ORDER
}


def vector(state: FeatureState, at: int) -> Vector:
    """Return the features of a lead at a time (ms since 1970 UTC): `SIZE` floats, all within ±12.

    A state of a later version, or with channels that are not known here, is read for what is known.
    """
    now = max(0, min(MOST_SECONDS, at // SECOND))
    out = [0.0] * SIZE
    channels: dict[str, list[int]] = state.get("c", {})
    known_days = max(0, now - state.get("f", now)) / DAY_S
    _tenure(out, known_days)
    for code, row in channels.items():
        place = _CHANNEL_AT.get(code)
        if place is not None:
            _counts(out, place[0], row, now, place[1])
    orders = channels.get(ORDER)
    if orders is None:
        out[_NONE] = 1.0
    else:
        _orders(out, state, orders, now, known_days)
    if "s" in state:
        out[_SOURCE + state["s"] % SOURCES] = 1.0
    out[_MOOD] = state.get("d", 0.0)
    _clock(out, now)
    return out


def _tenure(out: Vector, days: float) -> None:
    log = math.log1p(days)
    out[_TENURE] = log - 4.0
    out[_TENURE + 1] = max(0.0, log - math.log1p(30))
    out[_TENURE + 2] = max(0.0, log - math.log1p(120))


def _counts(out: Vector, position: int, row: list[int], now: int, spans: tuple[int, ...] = _EVERY) -> None:
    passed = now - row[0]
    for span in spans:
        count = row[2 + span] * 0.001
        if passed > 0:
            count *= 0.5 ** (passed / HALF_LIVES_S[span])
        value = _log1p(count)
        out[position] = value if value < MOST else MOST
        position += 1


def _orders(out: Vector, state: FeatureState, row: list[int], now: int, known_days: float) -> None:
    days = max(0, now - row[0]) / DAY_S
    log_days = math.log(days + 0.5)
    _hat(out, _RECENCY, _RECENCY_KNOTS, log_days)
    _counts(out, _COUNTS, row, now)
    out[_TOTAL] = min(MOST, math.log1p(row[1]))
    out[_ONCE] = 1.0 if row[1] == 1 else 0.0
    gaps = state.get("g")
    occasions = gaps[3] if gaps else 0
    out[_RATE] = math.log((occasions + 0.3) / (known_days + 20.0)) + 3.0
    out[_SPAN] = max(0.0, min(1.0, (known_days - days) / (known_days + 1.0)))
    if gaps:
        _rhythm(out, gaps, log_days)
    else:
        out[_GAP] = 1.0
    if "m" in state:
        mean, last = state["m"]
        out[_MONEY], out[_MONEY + 1] = (mean - 5.0) / 2.0, max(-MOST, min(MOST, last - mean))
    _crosses(out, log_days - 2.5)


def _rhythm(out: Vector, gaps: list[Any], log_days: float) -> None:
    mean, variance, last, _ = gaps
    out[_GAP + 1] = mean - 2.5
    out[_GAP + 2] = math.sqrt(max(0.0, variance))
    out[_GAP + 3] = last - mean
    _hat(out, _OVERDUE, OVERDUE, log_days - mean)


def _crosses(out: Vector, recency: float) -> None:
    position = _CROSS
    for a, b in _PAIRS:
        product = (recency if a < 0 else out[a]) * out[b] * CROSS_SCALE
        out[position] = product if -MOST < product < MOST else max(-MOST, min(MOST, product))
        position += 1


def _hat(out: Vector, position: int, knots: tuple[float, ...], value: float) -> None:
    """Share 1 between the two knots around a value, so that weights make a line bent at the knots."""
    upper = bisect_right(knots, value)
    if upper == 0:
        out[position] = 1.0
    elif upper == len(knots):
        out[position + upper - 1] = 1.0
    else:
        share = (value - knots[upper - 1]) / (knots[upper] - knots[upper - 1])
        out[position + upper - 1] = 1.0 - share
        out[position + upper] = share


def _clock(out: Vector, now: int) -> None:
    local = now + SHANGHAI_S
    hour = (local % DAY_S) / DAY_S * math.tau
    week = ((local // DAY_S + 3) % 7) / 7 * math.tau
    out[_CLOCK : _CLOCK + 4] = (math.sin(hour), math.cos(hour), math.sin(week), math.cos(week))
