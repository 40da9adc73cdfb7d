"""Learn the weights from the records themselves, without labels: expectation maximisation from fixed beginnings.

Chance is counted on the pairs of a sample, agreement of one person's records on the pairs that were compared, each
weighed by how likely it is one person. What comes out depends on the set of records alone, not on their order.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations
from math import log2

from processors.resolver.compare import Comparison, compare
from processors.resolver.judge import held_back
from processors.resolver.statistics import Statistics
from processors.resolver.weights import Shares, Weights, kind_of
from schemas.rules.identity import FieldRules, IdentityRules

ROUNDS = 4
_SAME_PSEUDO, _CHANCE_PSEUDO = 100.0, 200.0
_PRIOR_PSEUDO = 20.0


def fitted(rules: IdentityRules, statistics: Statistics, compared: Sequence[Comparison]) -> Weights:
    """Return the weights that fit the records that have come."""
    weights = Weights(rules, statistics)
    kinds = Counter(compared)
    sample = Counter(compare(left, right) for left, right in combinations(statistics.sample(), 2))
    for _ in range(ROUNDS):
        apart = [(each, times * (1 - _probable(each, weights))) for each, times in sample.items()]
        weights = Weights(rules, statistics, weights.same, _shares(rules, apart, _CHANCE_PSEUDO, 0), weights.prior)
        together = [(each, times * _probable(each, weights)) for each, times in kinds.items()]
        matches = sum(sorted(weight for _, weight in together))
        same = _shares(rules, together, _SAME_PSEUDO, 1)
        weights = Weights(rules, statistics, same, weights.chance, _prior(matches, statistics.records, rules))
    return weights


def _prior(matches: float, records: int, rules: IdentityRules) -> float:
    """Return log2 of the share of pairs that are one person; the rule book's population stands in at the start."""
    pairs = records * (records - 1) / 2
    return log2((matches + _PRIOR_PSEUDO) / (pairs + _PRIOR_PSEUDO * max(records, rules.least_population)))


def _probable(findings: Comparison, weights: Weights) -> float:
    """Return how likely two records are one person; 0 where the kinds of evidence cannot carry it."""
    evidence = weights.evidence(findings)
    score = weights.prior + sum(bits for _, bits in evidence)
    if score < -12 or held_back(evidence, weights):
        return 0.0
    return float(1 / (1 + 2 ** -min(60.0, score)))


def _shares(rules: IdentityRules, weighed: Iterable[tuple[Comparison, float]], pseudo: float, side: int) -> Shares:
    counts: dict[tuple[str, int], list[float]] = {}
    for findings, weight in weighed:
        if weight > 1e-4:
            for field, level, _ in findings:
                counts.setdefault((field, level), []).append(weight)
    totals = {key: sum(sorted(parts)) for key, parts in counts.items()}  # sorted: a sum must not depend on the order
    fields = sorted({field for field, _ in totals})
    return {field: _share(field, totals, rules.fields[kind_of(field)], pseudo, side) for field in fields}


def _share(
    field: str, totals: dict[tuple[str, int], float], rules: FieldRules, pseudo: float, side: int
) -> tuple[float, ...]:
    start = rules.same if side else rules.chance
    total = sum(totals.get((field, level), 0.0) for level in range(len(start))) + pseudo
    return tuple((totals.get((field, level), 0.0) + pseudo * share) / total for level, share in enumerate(start))
