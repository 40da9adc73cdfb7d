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

Vector = NDArray[np.float64]

LIMIT = 30.0  # log odds beyond this are certainty: exp() stays finite
LEAST_CURVATURE = 1e-3  # a model that is wrong and sure of it must still be able to move
BLOCK_ENTRIES = 8_192  # OpenBLAS starts threads for a matrix times a vector above 9,216 entries,
SYRK_WORK = 200_000  # and for a matrix times itself above 262,144 multiplications
MOST_ROWS = 8
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

    Make it from prior means and variances of the weights (arrays of that size). What examples take away from the
    covariance is gathered in a few rows and subtracted together. Products are done in blocks that BLAS works off in
    one thread: quicker at this size, and the same bits on any number of cores.
    """

    def __init__(self, mean: Vector, variance: Vector, walk: float = 0.0) -> None:
        size = len(mean)
        self.weights = np.array(mean, dtype=np.float64)
        self.walk = walk
        self._base = np.diag(variance).astype(np.float64)
        self._taken = np.zeros((max(1, min(MOST_ROWS, SYRK_WORK // (size * (size + 1)))), size))
        self._rows = 0
        self._px = np.empty(size)
        self._diagonal = self._base.reshape(-1)[:: size + 1]
        rows = max(1, BLOCK_ENTRIES // size)
        cuts = [slice(first, first + rows) for first in range(0, size, rows)]
        self._blocks = [(self._base[cut], self._px[cut]) for cut in cuts]

    @property
    def covariance(self) -> Vector:
        """The covariance of the weights, with all that was learned taken away."""
        self._settle()
        return self._base

    def _spread(self, x: Vector) -> Vector:
        """Return P x, in an array that the next call overwrites."""
        for block, part in self._blocks:
            block.dot(x, out=part)
        if self._rows:
            self._px -= self._taken.dot(x).dot(self._taken)
        return self._px

    def _settle(self) -> None:
        """Subtract what was gathered, and let the weights walk as many steps as were gathered."""
        if self._rows:
            self._base -= self._taken.T.dot(self._taken)
            self._taken[:] = 0.0
            if self.walk:
                self._diagonal += self.walk * self._rows
            self._rows = 0

    def log_odds(self, x: Vector) -> float:
        """Return w·x."""
        return float(self.weights.dot(x))

    def learn(self, x: Vector, label: float, weight: float = 1.0) -> float:
        """Learn one example; return the probability that the model gave before.

        `label` is 0 to 1; `weight` is how many examples it stands for, above 0.
        """
        p = sigmoid(float(self.weights.dot(x)))
        curvature = max(p * (1.0 - p), LEAST_CURVATURE) * weight
        px = self._spread(x)
        scale = 1.0 / (1.0 + curvature * max(0.0, float(x.dot(px))))
        self.weights += px * ((label - p) * weight * scale)
        np.multiply(px, math.sqrt(curvature * scale), out=self._taken[self._rows])
        self._rows += 1
        if self._rows == len(self._taken):
            self._settle()
        return p

    def bound(self) -> None:
        """Shrink the variances that are too large, which the walk makes where nothing is seen. Now and then is enough.

        Rows and columns are scaled together, so the covariance remains one.
        """
        self._settle()
        over = self._diagonal > LARGEST_VARIANCE
        if over.any():
            scale = np.where(over, np.sqrt(LARGEST_VARIANCE / np.maximum(self._diagonal, LARGEST_VARIANCE)), 1.0)
            self._base *= np.multiply.outer(scale, scale)

    def correct(self, x: Vector, before: float, after: float) -> None:
        """Take back the label of an example learned earlier and put another in its place."""
        px = self._spread(x)
        p = sigmoid(self.log_odds(x))
        curvature = max(p * (1.0 - p), LEAST_CURVATURE)
        self.weights += px * ((after - before) / (1.0 + curvature * max(0.0, float(x.dot(px)))))

    def loosen(self, factor: float) -> None:
        """Multiply the covariance: what was learned counts as `factor` times fewer examples from here on."""
        self._settle()
        self._base *= factor
        self.bound()

    def copy(self) -> "BayesianLogistic":
        """Return an independent copy."""
        return BayesianLogistic.from_plain(self.as_plain())

    def rearranged(self, positions: Sequence[int | None], fresh: "BayesianLogistic") -> "BayesianLogistic":
        """Return a model whose weight i is the present one at `positions[i]`, or where that is None `fresh`'s."""
        kept = [(new, old) for new, old in enumerate(positions) if old is not None]
        new, old = np.array([pair[0] for pair in kept]), np.array([pair[1] for pair in kept])
        made = fresh.copy()
        made.walk = self.walk
        made.weights[new] = self.weights[old]
        made._base[np.ix_(new, new)] = self.covariance[np.ix_(old, old)]
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        # Copies made by `copy` or by River's checks: the blocks above are views, which would come apart.
        return BayesianLogistic.from_plain, (self.as_plain(),)

    def as_plain(self) -> dict[str, Any]:
        """Return everything as plain data: exact, so that a restored model goes on to the same bits."""
        return {
            "weights": self.weights.astype("<f8").tobytes(),
            "covariance": self._base[np.tril_indices(len(self.weights))].astype("<f8").tobytes(),
            "taken": self._taken[: self._rows].astype("<f8").tobytes(),
            "walk": self.walk,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "BayesianLogistic":
        """Make a model of what `as_plain` returned. Raises ValueError when the sizes do not fit together."""
        weights = np.frombuffer(plain["weights"], dtype="<f8")
        lower = np.frombuffer(plain["covariance"], dtype="<f8")
        size = len(weights)
        taken = np.frombuffer(plain["taken"], dtype="<f8")
        model = cls(weights, np.zeros(size), float(plain["walk"]))
        rows, rest = divmod(len(taken), size)
        if len(lower) != size * (size + 1) // 2 or rest or rows > len(model._taken):
            raise ValueError(f"{size} weights, {len(lower)} covariances and {len(taken)} more do not make a model")
        if not all(np.isfinite(part).all() for part in (weights, lower, taken)):
            raise ValueError("a model has finite numbers")
        model._base[np.tril_indices(size)] = lower
        model._base.T[np.tril_indices(size)] = lower
        model._taken[:rows] = taken.reshape(rows, size)
        model._rows = rows
        return model
