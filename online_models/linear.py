"""Logistic regression that learns one example at a time, with the full covariance of its weights.

The weights are normal with mean `w` and covariance `P`. An example (x, y) moves them by one step of an extended
Kalman filter, which is Newton's method with a single example:

    p = 1 / (1 + exp(-w·x)),  g = p (1 - p),  v = x·P x
    P ← P - P x (P x)ᵀ g / (1 + g v),   w ← w + P x (y - p) / (1 + g v)

so there is no learning rate to tune, features need no common scale, and correlated features share their weight.
Between examples the weights may walk: `walk` is added to the diagonal of P after each, which is what forgetting
means here (0 never forgets). Source: Opper, "A Bayesian approach to on-line learning", 1998, section 5.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.blas import dsymv, dsyr  # type: ignore[import-untyped] # scipy ships no types

Vector = NDArray[np.float64]

LIMIT = 30.0  # log odds beyond this are certainty: exp() stays finite
LEAST_CURVATURE = 1e-3  # a model that is wrong and sure of it must still be able to move
LARGEST_VARIANCE = 25.0  # of one weight: a direction that is never seen does not drift away


def sigmoid(log_odds: float) -> float:
    """Return the probability of log odds, which are cut at ±30."""
    return 1.0 / (1.0 + math.exp(-max(-LIMIT, min(LIMIT, log_odds))))


def logit(probability: float) -> float:
    """Return the log odds of a probability, which is cut at 1e-12 from 0 and 1."""
    p = max(1e-12, min(1.0 - 1e-12, probability))
    return math.log(p / (1.0 - p))


class BayesianLogistic:
    """One linear model over vectors of a fixed size.

    Make it from prior means and variances of the weights (arrays of that size). Only the lower triangle of the
    covariance is kept up to date.
    """

    def __init__(self, mean: Vector, variance: Vector, walk: float = 0.0) -> None:
        self.weights = np.array(mean, dtype=np.float64)
        self.covariance = np.asfortranarray(np.diag(variance).astype(np.float64))
        self.walk = walk
        self._diagonal = self.covariance.ravel(order="K")[:: len(mean) + 1]

    def log_odds(self, x: Vector) -> float:
        """Return w·x."""
        return float(self.weights.dot(x))

    def learn(self, x: Vector, label: float, weight: float = 1.0) -> float:
        """Learn one example; return the probability that the model gave before.

        `label` is 0 to 1; `weight` is how many examples it stands for, above 0.
        """
        p = sigmoid(float(self.weights.dot(x)))
        curvature = max(p * (1.0 - p), LEAST_CURVATURE) * weight
        px = dsymv(1.0, self.covariance, x, lower=1)
        scale = 1.0 / (1.0 + curvature * float(x.dot(px)))
        self.weights += px * ((label - p) * weight * scale)
        dsyr(-curvature * scale, px, a=self.covariance, overwrite_a=1, lower=1)
        if self.walk:
            self._diagonal += self.walk
        return p

    def bound(self) -> None:
        """Cut the variances, which grow with every step of the walk where nothing is seen. Now and then is enough."""
        np.minimum(self._diagonal, LARGEST_VARIANCE, out=self._diagonal)

    def correct(self, x: Vector, before: float, after: float) -> None:
        """Take back the label of an example learned earlier and put another in its place."""
        px = dsymv(1.0, self.covariance, x, lower=1)
        p = sigmoid(self.log_odds(x))
        curvature = max(p * (1.0 - p), LEAST_CURVATURE)
        self.weights += px * ((after - before) / (1.0 + curvature * float(x.dot(px))))

    def loosen(self, factor: float) -> None:
        """Multiply the covariance: what was learned counts as `factor` times fewer examples from here on."""
        self.covariance *= factor
        self.bound()

    def copy(self) -> "BayesianLogistic":
        """Return an independent copy."""
        return BayesianLogistic.from_plain(self.as_plain())

    def rearranged(self, positions: Sequence[int | None], fresh: "BayesianLogistic") -> "BayesianLogistic":
        """Return a model whose weight i is the present one at `positions[i]`, or where that is None `fresh`'s."""
        kept = [(new, old) for new, old in enumerate(positions) if old is not None]
        new, old = np.array([pair[0] for pair in kept]), np.array([pair[1] for pair in kept])
        whole = np.tril(self.covariance) + np.tril(self.covariance, -1).T
        made = fresh.copy()
        made.walk = self.walk
        made.weights[new] = self.weights[old]
        made.covariance[np.ix_(new, new)] = whole[np.ix_(old, old)]
        return made

    def as_plain(self) -> dict[str, Any]:
        """Return everything as plain data: exact, so that a restored model goes on to the same bits."""
        return {
            "weights": self.weights.astype("<f8").tobytes(),
            "covariance": self.covariance[np.tril_indices(len(self.weights))].astype("<f8").tobytes(),
            "walk": self.walk,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "BayesianLogistic":
        """Make a model of what `as_plain` returned. Raises ValueError when the sizes do not fit together."""
        weights = np.frombuffer(plain["weights"], dtype="<f8")
        lower = np.frombuffer(plain["covariance"], dtype="<f8")
        size = len(weights)
        if len(lower) != size * (size + 1) // 2 or not (np.isfinite(weights).all() and np.isfinite(lower).all()):
            raise ValueError(f"{size} weights and {len(lower)} covariances do not make a model of finite numbers")
        model = cls(weights, np.zeros(size), float(plain["walk"]))
        model.covariance[np.tril_indices(size)] = lower
        return model
