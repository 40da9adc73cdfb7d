"""Scoring in plain Python over a published model: no learner, no numpy, the same bits on every replay."""

from collections.abc import Mapping, Sequence
from math import exp, fsum, isfinite
from operator import mul
from typing import NamedTuple

from online_models.features import FEATURES, NAMES
from online_models.features.words import GROUPS
from online_models.record import ModelRecord

LIMIT = 30.0


class Score(NamedTuple):
    """A probability, 0 to 1, and whether there is too little evidence behind it."""

    probability: float
    unsure: bool


class Contribution(NamedTuple):
    """What one group of features adds to the log odds, against the average lead; in words for people."""

    group: str
    log_odds: float
    words: Mapping[str, str]


class Scorer:
    """Scores vectors of `online_models.features.vector` with one published model.

    Sums are exact (`math.fsum`), so the order of features and the version of Python do not matter.
    """

    def __init__(self, record: ModelRecord, names: Sequence[str] = NAMES) -> None:
        known = dict(zip(record.names, record.weights, strict=True))
        means = dict(zip(record.names, record.means, strict=True))
        self.record = record
        self._weights = [record.slope * known.get(name, 0.0) for name in names]
        self._means = [means.get(name, 0.0) for name in names]
        self._constant = record.slope * record.bias + record.shift
        self._unsure = record.unsure

    def score(self, vector: Sequence[float]) -> Score:
        """Return the score of a vector. Raises nothing on any floats: what is not a number counts as 0."""
        log_odds = fsum(map(mul, self._weights, vector)) + self._constant
        if not isfinite(log_odds):
            return self.score([value if isfinite(value) and abs(value) < 1e6 else 0.0 for value in vector])
        return Score(1.0 / (1.0 + exp(-max(-LIMIT, min(LIMIT, log_odds)))), self._unsure)

    def explain(self, vector: Sequence[float], most: int = 3) -> list[Contribution]:
        """Return the groups that move the score most, the largest first, against the average lead."""
        parts: dict[str, list[float]] = {}
        for feature, weight, mean, value in zip(FEATURES, self._weights, self._means, vector, strict=True):
            if weight:
                parts.setdefault(feature.group, []).append(weight * (value - mean))
        sums = sorted(((fsum(part), group) for group, part in parts.items()), key=lambda found: -abs(found[0]))
        return [Contribution(group, amount, GROUPS[group].said(amount)) for amount, group in sums[:most]]
