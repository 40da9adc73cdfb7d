"""The features of a person whom two leads turn out to be: what both did, as if one had done it."""

from online_models.features.channels import ORDER
from online_models.features.state import (
    HALF_LIVES_S,
    MOST_COUNT,
    MOST_TIMES,
    VERSION,
    FeatureState,
)

CONTACT = "t"


def joined(one: FeatureState, other: FeatureState) -> FeatureState:
    """Return the state of one person, of those of two leads; the states that came in are untouched.

    Counts and times are as if every fact had come to one lead, within rounding. What depends on the order of facts
    cannot be told from two states: sessions are added, the rhythm of orders is that of the lead with more of it,
    amounts are weighted by orders, mood and last amount are those of the lead that was heard last.
    """
    if not one or not other:
        return one or other
    channels = dict(one.get("c", {}))
    for code, row in other.get("c", {}).items():
        channels[code] = _added(channels[code], row) if code in channels else row
    after = {**other, **one, "v": VERSION, "c": channels}
    first = min((one, other), key=lambda state: state.get("f", _NEVER))
    after |= {name: first[name] for name in ("f", "s") if name in first}
    if "a" in one and "a" in other:
        after["a"] = max(one["a"], other["a"])
    if "b" in one and "b" in other:
        after["b"] = min(one["b"] + other["b"], MOST_TIMES)
    if "g" in one and "g" in other:
        after["g"] = max((one, other), key=lambda state: (state["g"][3], _last(state, ORDER)))["g"]
    if "m" in one and "m" in other:
        after["m"] = _money(one, other)
    if "d" in one and "d" in other:
        after["d"] = max((one, other), key=lambda state: _last(state, CONTACT))["d"]
    return after


_NEVER = 2**63


def _last(state: FeatureState, code: str) -> int:
    row = state.get("c", {}).get(code)
    return int(row[0]) if row else -1


def _added(one: list[int], other: list[int]) -> list[int]:
    """Return the row of a channel with the events of both, decayed to the later of their last times."""
    late, early = (one, other) if one[0] >= other[0] else (other, one)
    passed = late[0] - early[0]
    left = (int(count * 2.0 ** (-passed / life) + 0.5) for count, life in zip(early[2:], HALF_LIVES_S, strict=True))
    counts = (min(MOST_COUNT, count + more) for count, more in zip(late[2:], left, strict=True))
    return [late[0], min(MOST_TIMES, late[1] + early[1]), *counts]


def _money(one: FeatureState, other: FeatureState) -> list[float]:
    orders = [max(1, state.get("c", {}).get(ORDER, (0, 1))[1]) for state in (one, other)]
    mean = (one["m"][0] * orders[0] + other["m"][0] * orders[1]) / sum(orders)
    last = max((one, other), key=lambda state: _last(state, ORDER))["m"][1]
    return [round(mean, 4), last]
