"""The parts of a grade: values as facts give them, and what they are worth."""

from collections.abc import Iterable, Mapping
from math import log10
from typing import Any, NamedTuple

from processors.detector import EMPTY, State
from schemas.fact import Fact
from schemas.rules.grades import GradeRules, GradeWeights, Scale
from schemas.rules.names import Grade
from schemas.times import DAY

DIMENSIONS = {
    "ability_to_pay": ("monthly_budget", "annual_revenue", "employees"),
    "growth_potential": ("growth_rate", "renewal", "interest", "repurchase_cycle"),
    "cost_to_serve": ("decision_chain", "integration", "service_hours"),
}
PROFILE = {
    "monthly_budget": "monthly_budget", "annual_revenue": "annual_revenue", "employees": "employees",
    "growth_rate": "growth_rate", "decision_chain_length": "decision_chain", "integration_complexity": "integration",
    "service_hours_month": "service_hours",
}  # fmt: skip
"""Field of `account_profiled` → part."""
PART_OF = (("terms", "renewal"), ("modules", "interest"), ("orders", "repurchase_cycle"))
MOST_TERMS, MOST_MODULES, MOST_ORDERS = 8, 5, 12
YEAR = 365 * DAY
GRADES: tuple[Grade, ...] = ("D", "C", "B", "A")


class Sum(NamedTuple):
    """The sum, 0 to 100; the points of each known part, which add up to it; the share of the weights known."""

    value: float
    points: Mapping[str, float]
    coverage: float


def take(state: dict[str, Any], fact: Fact) -> None:
    """Put a fact into a state: profile {part: [value, at]}, terms [[1 or 0, at]], modules [[name, at]], orders."""
    match fact.type:
        case "order_placed":
            state["orders"] = sorted([*state.get("orders", ()), fact.at])[-MOST_ORDERS:]
        case "account_profiled":
            _profile(state, fact)
        case "subscription_changed":
            kept = {"renewed": 1, "cancelled": 0, "expired": 0}.get(fact.data.get("status", ""))
            if kept is not None:
                state["terms"] = _newest([*state.get("terms", ()), [kept, fact.at]], MOST_TERMS)
        case "module_interest" if fact.data.get("module"):
            others = [one for one in state.get("modules", ()) if one[0] != fact.data["module"]]
            state["modules"] = _newest([*others, [fact.data["module"], fact.at]], MOST_MODULES)


def _profile(state: dict[str, Any], fact: Fact) -> None:
    held: dict[str, Any] = dict(state.get("profile", {}))
    for field, part in PROFILE.items():
        value = fact.data.get(field)
        if value is not None and (part not in held or held[part][1] <= fact.at):
            held[part] = [float(value), fact.at]
    if held != state.get("profile"):
        state["profile"] = held
    industry, former = fact.data.get("industry"), state.get("industry")
    if industry and (former is None or former[1] <= fact.at):
        state["industry"] = [industry, fact.at]


def _newest(entries: Iterable[Any], most: int) -> list[Any]:
    return sorted(map(list, entries), key=lambda one: one[1])[-most:]


def known(state: State) -> frozenset[str]:
    """Return the parts whose value is known."""
    found = {*state.get("profile", EMPTY)}
    for key, part in PART_OF:
        if state.get(key):
            found.add(part)
    return frozenset(found)


def values(state: State, at: int) -> dict[str, float]:
    """Return the value of each part that is known at a moment (ms)."""
    found: dict[str, float] = {part: held[0] for part, held in state.get("profile", {}).items()}
    if state.get("terms"):
        found["renewal"] = sum(kept for kept, _ in state["terms"]) / len(state["terms"])
    if state.get("modules"):
        found["interest"] = float(sum(at - then < YEAR for _, then in state["modules"]))
    if state.get("orders"):
        found["repurchase_cycle"] = float(sum(at - then < YEAR for then in state["orders"]))
    return found


def worth(value: float, scale: Scale) -> float:
    """Return what a value is worth, 0 to 1."""
    poor, good = scale.poor, scale.good
    if scale.magnitudes:
        value, poor, good = log10(max(value, 1e-9)), log10(poor), log10(good)
    return min(1.0, max(0.0, (value - poor) / (good - poor)))


def summed(found: Mapping[str, float], weights: GradeWeights, rules: GradeRules) -> Sum:
    """Return the weighted sum of the known parts; what is unknown leaves the weighting."""
    share = {part: weight for part, weight in weights.items() if part in found and weight > 0}
    total = sum(share.values())
    if not total:
        return Sum(0.0, {}, 0.0)
    points = {
        part: 100 * weight / total * worth(found[part], getattr(rules.scales, part)) for part, weight in share.items()
    }
    return Sum(sum(points.values()), points, total / weights.total)


def grade_of(value: float, former: Grade | None, rules: GradeRules) -> Grade:
    """Return the grade of a sum; it takes the margin beyond a bound to leave the former grade."""
    rank = GRADES.index(former) if former is not None else None
    result = 0
    for number, bound in enumerate((rules.c, rules.b, rules.a), 1):
        needed = bound if rank is None else bound - rules.margin if rank >= number else bound + rules.margin
        if value >= needed:
            result = number
    return GRADES[result]
