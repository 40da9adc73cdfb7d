"""The index: what each behaviour is worth against the population and the customer's own past, and the weighted sum."""

from collections.abc import Mapping
from typing import NamedTuple

from processors.detector import EMPTY, State
from processors.health import levels
from processors.health.behaviours import CODES, NAMES
from processors.health.weeks import Past, pasts, week_of
from schemas.rules.health import Colour, HealthRules, HealthWeights, Population
from schemas.times import DAY

TYPICAL = 0.75
MUCH = 1.5  # so many times the own level cannot be worth more
WHOLE = 1_000  # scores are kept in thousandths
HELD_AS = {"mood": "mood", "cancelled": "cancellations", "paid": "payment_punctuality", "ticket_at": "open_tickets",
        "term": "renewal_distance"}  # fmt: skip
"""Key of a state → the behaviour that is known by it."""
HELD = frozenset(HELD_AS)
NO_ORDERS = (0, 0, 0, 0)


class Value(NamedTuple):
    """A behaviour: its value, and the customer's own level before, None while that is unknown."""

    value: float
    level: float | None = None


class Index(NamedTuple):
    """The index, 0 to 100; points of each behaviour, which add up to it with `kept`; the share of weights known.

    `kept` are points held for behaviours that went unknown: what is missing lowers nothing by itself.
    """

    value: float
    points: Mapping[str, float]
    coverage: float
    kept: float


def known(state: State, at: int, rules: HealthRules) -> dict[str, Value]:
    """Return each behaviour that is known at a moment, by name."""
    week, stale = week_of(at), rules.stale_weeks * 7 * DAY
    found = {code: Value(value) for code, value in levels.values(state, at, stale).items()}
    for code, past in pasts(state).items():
        if past.recent and week - past.heard <= rules.stale_weeks:
            found[code] = Value(sum(past.recent) / len(past.recent), _level(past, rules))
    return {name: found[code] for name, code in CODES.items() if code in found}


def reach(state: State, weights: HealthWeights) -> float:
    """Return the share of weights that can be known at all of what a state holds: the coverage is at most this.

    Quick, so that nothing else is worked out for the many of whom an index will never be.
    """
    keys = {*state.get("past", EMPTY), *state.get("now", EMPTY), *(HELD & state.keys())}
    if "term" in keys and state["term"] is None:
        keys.remove("term")
    if state.get("orders", NO_ORDERS)[2] >= levels.LEAST_CYCLES:
        keys.add("or")
    return weights.share(frozenset(keys), _named)


def _named(keys: frozenset[str]) -> frozenset[str]:
    """Return the behaviours that keys of a state stand for."""
    return frozenset(name for key in keys if (name := HELD_AS.get(key) or NAMES.get(key)) is not None)


def _level(past: Past, rules: HealthRules) -> float | None:
    return past.level if past.weeks >= rules.past_weeks else None


def score(value: Value, population: Population, own_share: float) -> int:
    """Return what a behaviour is worth, 0 to 1000: against the population and, where known, the own past.

    Who does as always is as good as most, or as good as the population says, whichever is more: a small customer is
    not ill for being small, and a very good one need not grow to be well.
    """
    peers = _between(value.value, population)
    if value.level is None or not population.own:
        return round(WHOLE * peers)
    better, worse = (value.level, value.value) if population.good < population.poor else (value.value, value.level)
    ratio = (better + 0.1) / (worse + 0.1)
    usual = max(TYPICAL, peers)
    own = ratio * usual if ratio <= 1 else min(1.0, usual + (ratio - 1) / (MUCH - 1) * (1 - usual))
    return round(WHOLE * (own_share * own + (1 - own_share) * peers))


def _between(value: float, population: Population) -> float:
    poor, typical, good = population.poor, population.typical, population.good
    if good < poor:
        value, poor, typical, good = -value, -poor, -typical, -good
    if value <= typical:
        return max(0.0, (value - poor) / (typical - poor)) * TYPICAL
    return TYPICAL + min(1.0, (value - typical) / (good - typical)) * (1 - TYPICAL)


def scores(values: Mapping[str, Value], rules: HealthRules) -> dict[str, int]:
    """Return what each known behaviour is worth, 0 to 1000, by name."""
    return {name: score(value, getattr(rules.population, name), rules.own_share) for name, value in values.items()}


def weighted(found: Mapping[str, int], weights: HealthWeights, kept: float = 0.0) -> Index:
    """Return the index of scores; 0 with a coverage of 0 where nothing is known."""
    share = {name: weight for name, weight in weights.items() if name in found and weight > 0}
    total = sum(share.values())
    points = {name: 100 * weight * found[name] / WHOLE / total for name, weight in share.items()} if total else {}
    value = sum(points.values())
    held = min(kept, 100 - value) if total else 0.0
    return Index(value + held, points, total / weights.total, held)


def still_kept(
    former: Mapping[str, int], now: Mapping[str, int], gone: Mapping[str, float], weights: HealthWeights
) -> dict[str, float]:
    """Return the points held for behaviours that are unknown by now, by name.

    When behaviours leave that were better than the rest, the mean of the rest is lower although nothing got worse:
    the difference is held for them, until they are known again.
    """
    held = {name: points for name, points in gone.items() if name not in now}
    left = [name for name in former if name not in now]
    rest = {name: value for name, value in former.items() if name in now}
    lost = weighted(former, weights).value - weighted(rest, weights).value if left and rest else 0.0
    if lost <= 0:
        return held
    shares = {name: getattr(weights, name) for name in left}
    total = sum(shares.values()) or 1.0
    return {**held, **{name: round(lost * share / total, 2) for name, share in shares.items()}}


def colour_of(value: float, former: Colour | None, rules: HealthRules) -> Colour:
    """Return the colour; it takes the margin beyond a bound to leave the former one."""
    margin = rules.margin if former is not None else 0.0
    green = rules.green - margin if former == "green" else rules.green + margin
    yellow = rules.yellow + margin if former == "red" else rules.yellow - margin
    if value >= green:
        return "green"
    return "yellow" if value >= yellow else "red"
