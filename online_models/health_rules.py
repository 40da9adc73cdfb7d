"""The rule book's part of health, with what was learned laid over it: what the population does, what behaviours tell.

A behaviour is still worth 75 points at `typical`, none at `poor` and all at `good`: those three become the median and
the outer twentieths of the population, of the lead's segment as far as that is known, else of the whole. The rule
book's own figures count until there is evidence, and never quite cease to, so the three stay in order.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from online_models.health import TRUSTED, WHOLE, Behaviour, bounded
from online_models.quantiles import LEVELS
from schemas.rules.health import HealthRules, HealthWeights, Population

LOW, MIDDLE, HIGH = LEVELS.index(0.05), LEVELS.index(0.5), LEVELS.index(0.95)
BELIEVED = 500.0  # values after which the population's figures count as much as the rule book's


def behaviours_of(rules: HealthRules) -> dict[str, Behaviour]:
    """Return the behaviours that a learner of health watches: those that have a weight."""
    return {
        name: Behaviour(weight, getattr(rules.population, name).good > getattr(rules.population, name).poor)
        for name, weight in rules.weights.items()
        if weight > 0
    }


def learned_rules(health: Mapping[str, Any], rules: HealthRules, segment: str) -> HealthRules:
    """Return the rules with a published record's `health` laid over them; as they are where it is of no use."""
    if tuple(health.get("levels", ())) != LEVELS:
        return rules
    whole = health["quantiles"].get(WHOLE, {})
    own = health["quantiles"].get(segment, {}) if segment != WHOLE else {}
    changed = {
        name: _population(getattr(rules.population, name), whole[name], own.get(name))
        for name in type(rules.population).model_fields
        if name in whole
    }
    population = rules.population.model_copy(update=changed)
    return rules.model_copy(update={"population": population, "weights": _weights(health, rules.weights)})


def _population(book: Population, whole: Sequence[float], own: Sequence[float] | None) -> Population:
    trust, *levels = whole
    if own is not None:
        share = own[0]
        levels = [share * mine + (1.0 - share) * theirs for mine, theirs in zip(own[1:], levels, strict=True)]
    seen = trust / max(1e-9, 1.0 - trust)  # in units of `health.BORROWED` values
    believed = seen / (seen + BELIEVED / 50.0)
    low, middle, high = levels[LOW], levels[MIDDLE], levels[HIGH]
    poor, good = (low, high) if book.good > book.poor else (high, low)

    def mixed(learned: float, given: float) -> float:
        return round(believed * learned + (1.0 - believed) * given, 6)

    found = {"poor": mixed(poor, book.poor), "typical": mixed(middle, book.typical), "good": mixed(good, book.good)}
    rises = found["poor"] < found["typical"] < found["good"]
    falls = found["poor"] > found["typical"] > found["good"]
    return book.model_copy(update=found) if rises or falls else book


def _weights(health: Mapping[str, Any], book: HealthWeights) -> HealthWeights:
    learned: Mapping[str, float] = health.get("learned", {})
    outcomes = health.get("outcomes", 0)
    given = {name: weight for name, weight in book.items() if weight > 0}
    known = sum(learned.get(name, 0.0) for name in given)
    if not outcomes or known <= 0.0:
        return book
    trust = outcomes / (outcomes + TRUSTED)
    mixed = [(1.0 - trust) * weight + trust * learned.get(name, 0.0) / known for name, weight in given.items()]
    return book.model_copy(update=dict(zip(given, bounded(mixed), strict=True)))
