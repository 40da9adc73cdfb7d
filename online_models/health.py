"""Health: what the population does, and what its behaviours are worth, learned online; additive points.

A behaviour becomes its rank in the population (0 to 1, by the quantiles of the lead's segment), turned so that 1 is
good. The index is the weighted mean of the ranks of the behaviours that are known, times 100; a behaviour that is
missing leaves the weighting. So each behaviour's points add up to the index.

Weights begin at the rule book's and move to what renewals and churn teach. They are never negative (more open
critical tickets never help), and none is more than `MOST_SHARE` of all.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from online_models.linear import BayesianLogistic
from online_models.quantiles import LEVELS, QuantileSketch, rank

MOST_SHARE = 0.25
MOST_SEGMENTS = 16  # with 24 behaviours each the model record stays below 64 KiB
MOST_BEHAVIOURS = 24
WHOLE = ""  # the segment that everybody belongs to
BORROWED = 50.0  # a rank in the own segment weighs n / (n + this), the rank in the whole the rest
TRUSTED = 200.0  # outcomes after which learned weights count as much as the rule book's
WALK = 1e-6


class Behaviour(NamedTuple):
    """One behaviour: its weight in the rule book, above 0, and whether more of it is good."""

    weight: float
    more_is_good: bool = True


class Health(NamedTuple):
    """The index, 0 to 100; the points of each known behaviour, which add up to it; the share of weight known."""

    value: float
    points: Mapping[str, float]
    coverage: float


class HealthLearner:
    """Watches values and outcomes. `behaviours` are those of the rule book, by name."""

    def __init__(self, behaviours: Mapping[str, Behaviour]) -> None:
        if not 1 <= len(behaviours) <= MOST_BEHAVIOURS:
            raise ValueError(f"health needs 1 to {MOST_BEHAVIOURS} behaviours, not {len(behaviours)}")
        if any(behaviour.weight <= 0 for behaviour in behaviours.values()):
            raise ValueError("the weight of a behaviour must be above 0")
        self.behaviours = dict(sorted(behaviours.items()))
        self.outcomes = 0
        self.unusable = 0
        size = len(self.behaviours) + 1
        self._sketches: dict[str, dict[str, QuantileSketch]] = {WHOLE: {}}
        self._outcomes = BayesianLogistic(np.zeros(size), np.full(size, 1.0), WALK)

    def observe(self, segment: str, values: Mapping[str, float]) -> None:
        """Note what one lead of a segment does: behaviour → value. Unknown names are passed over.

        A value that is not a finite number changes nothing but `unusable`. Beyond the first 16 segments, a new one
        counts in the whole only.
        """
        if segment not in self._sketches and len(self._sketches) <= MOST_SEGMENTS:
            self._sketches[segment] = {}
        for name in self.behaviours:
            if name not in values:
                continue
            if not _usable(values[name]):
                self.unusable += 1
                continue
            for group in dict.fromkeys((WHOLE, segment)):
                if group in self._sketches:
                    self._sketches[group].setdefault(name, QuantileSketch()).add(float(values[name]))

    def outcome(self, segment: str, values: Mapping[str, float], good: bool) -> None:
        """Learn what became of a lead (renewed: good; cancelled, churned: not) that had behaved like this."""
        ranks = self._model((WHOLE, segment)).ranks(segment, values)
        x = np.array([1.0, *(ranks.get(name, 0.5) - 0.5 for name in self.behaviours)])
        self._outcomes.learn(x, 1.0 if good else 0.0)
        self.outcomes += 1

    def learned(self) -> dict[str, float]:
        """Return what outcomes alone say each behaviour is worth: shares that add up to 1, or nothing but zeros."""
        worth = np.maximum(self._outcomes.weights[1:], 0.0)
        total = float(worth.sum()) or 1.0
        return dict(zip(self.behaviours, (worth / total).tolist(), strict=True))

    def weights(self) -> dict[str, float]:
        """Return the share of each behaviour; they add up to 1."""
        given = np.array([behaviour.weight for behaviour in self.behaviours.values()])
        given = given / given.sum()
        learned = np.maximum(self._outcomes.weights[1:], 0.0)
        trust = self.outcomes / (self.outcomes + TRUSTED) if learned.sum() > 0 else 0.0
        mixed = (1.0 - trust) * given + (trust * learned / learned.sum() if trust else 0.0)
        return dict(zip(self.behaviours, bounded(mixed.tolist()), strict=True))

    def taken_over(self, fresh: "HealthLearner") -> "HealthLearner":
        """Return this learner, or where the rule book has other behaviours now, `fresh` with what is known of them.

        What outcomes taught is kept only while the behaviours are the same: they were learned together.
        """
        if fresh.behaviours == self.behaviours:
            return self
        for segment, held in self._sketches.items():
            fresh._sketches[segment] = {name: sketch for name, sketch in held.items() if name in fresh.behaviours}
        fresh.unusable = self.unusable
        if fresh.behaviours.keys() == self.behaviours.keys():
            fresh._outcomes, fresh.outcomes = self._outcomes, self.outcomes
        return fresh

    def model(self) -> "HealthModel":
        """Return what a detector needs to compute the index."""
        return self._model(self._sketches)

    def _model(self, segments: Iterable[str]) -> "HealthModel":
        quantiles = {
            segment: {
                name: [sketch.seen / (sketch.seen + BORROWED), *sketch.quantiles()]
                for name, sketch in self._sketches.get(segment, {}).items()
            }
            for segment in segments
        }
        directions = {name: behaviour.more_is_good for name, behaviour in self.behaviours.items()}
        return HealthModel(self.weights(), directions, quantiles, self.outcomes, self.learned())

    def as_plain(self) -> dict[str, Any]:
        """Return everything as plain data, exact."""
        return {
            "behaviours": {name: list(behaviour) for name, behaviour in self.behaviours.items()},
            "counts": [self.outcomes, self.unusable],
            "outcomes": self._outcomes.as_plain(),
            "sketches": {
                segment: {name: sketch.as_plain() for name, sketch in held.items()}
                for segment, held in self._sketches.items()
            },
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "HealthLearner":
        """Make a learner of what `as_plain` returned."""
        learner = cls({name: Behaviour(*behaviour) for name, behaviour in plain["behaviours"].items()})
        learner.outcomes, learner.unusable = plain["counts"]
        learner._outcomes = BayesianLogistic.from_plain(plain["outcomes"])
        learner._sketches = {
            segment: {name: QuantileSketch.from_plain(sketch) for name, sketch in held.items()}
            for segment, held in plain["sketches"].items()
        }
        return learner


class HealthModel:
    """The published part: weights, directions and quantiles. Pure Python, to be used by a detector.

    `quantiles` maps segment and behaviour to a row: how far the segment's own rank counts (0 to 1), then its levels.
    `learned` are the shares that outcomes alone give, `weights` those mixed with the rule book's.
    """

    def __init__(
        self,
        weights: Mapping[str, float],
        more_is_good: Mapping[str, bool],
        quantiles: Mapping[str, Mapping[str, Sequence[float]]],
        outcomes: int = 0,
        learned: Mapping[str, float] | None = None,
    ) -> None:
        self.weights, self.more_is_good, self.quantiles, self.outcomes = weights, more_is_good, quantiles, outcomes
        self.learned = learned or {}

    def ranks(self, segment: str, values: Mapping[str, float]) -> dict[str, float]:
        """Return how good each known value is in its segment, 0 to 1; what is unknown is left out."""
        own, whole = self.quantiles.get(segment, {}), self.quantiles.get(WHOLE, {})
        found = {}
        for name in self.weights:
            if name not in whole or name not in values or not _usable(values[name]):
                continue
            share = rank(whole[name][1:], float(values[name]))
            if name in own:
                trust, *levels = own[name]
                share = trust * rank(levels, float(values[name])) + (1.0 - trust) * share
            found[name] = share if self.more_is_good[name] else 1.0 - share
        return found

    def index(self, segment: str, values: Mapping[str, float]) -> Health:
        """Return the index and its parts; coverage 0 (and index 50) where nothing is known."""
        ranks = self.ranks(segment, values)
        coverage = sum(self.weights[name] for name in ranks)
        if coverage <= 0.0:
            return Health(50.0, {}, 0.0)
        points = {name: 100.0 * self.weights[name] * share / coverage for name, share in ranks.items()}
        return Health(sum(points.values()), points, coverage)

    def as_plain(self) -> dict[str, Any]:
        """Return the part of the model record that is called `health`: plain data, rounded to 6 digits."""
        quantiles = {
            segment: {name: [float(f"{level:.6g}") for level in levels] for name, levels in held.items()}
            for segment, held in self.quantiles.items()
        }
        return {
            "weights": dict(self.weights),
            "more_is_good": dict(self.more_is_good),
            "levels": list(LEVELS),
            "quantiles": quantiles,
            "outcomes": self.outcomes,
            "learned": {name: round(share, 6) for name, share in self.learned.items()},
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "HealthModel":
        """Make a model of the record's part. Raises ValueError when it was made with other levels."""
        if tuple(plain["levels"]) != LEVELS:
            raise ValueError("the quantiles of this health model are of other levels")
        learned = plain.get("learned")
        return cls(plain["weights"], plain["more_is_good"], plain["quantiles"], plain["outcomes"], learned)


def bounded(weights: Sequence[float], most: float = MOST_SHARE) -> list[float]:
    """Return shares that add up to 1, none above `most` (or above an even share, if there are too few for that)."""
    limit = max(most, 1.0 / len(weights))
    total = sum(weights)
    shares = [weight / total for weight in weights]
    while any(share > limit + 1e-12 for share in shares):
        full = [share >= limit - 1e-12 for share in shares]
        rest = sum(share for share, is_full in zip(shares, full, strict=True) if not is_full)
        room = 1.0 - limit * sum(full)
        even = room / max(1, len(shares) - sum(full))
        shares = [
            limit if is_full else (share * room / rest if rest > 0 else even)
            for share, is_full in zip(shares, full, strict=True)
        ]
    return shares


def _usable(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e15
