"""Online quantiles in bounded memory: a few weighted points that stand for all values seen, newer ones more."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any

LEVELS = (0.0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 1.0)
MOST_POINTS = 128
KEPT_POINTS = 64
HEAVY = 0.05  # share of all values above which a point is a value that many share
REMEMBERED = 50_000.0  # values: at this weight all weights are halved, so that the old fades


class QuantileSketch:
    """Points in order, each with a weight. When there are too many, neighbours are merged to equal weights."""

    def __init__(self) -> None:
        self._values: list[float] = []
        self._weights: list[float] = []
        self.seen = 0.0

    def add(self, value: float) -> None:
        """Take one finite value."""
        place = bisect_left(self._values, value)
        if place < len(self._values) and self._values[place] == value:
            self._weights[place] += 1.0
        else:
            self._values.insert(place, value)
            self._weights.insert(place, 1.0)
        self.seen += 1.0
        if len(self._values) > MOST_POINTS:
            self._merge()
        if self.seen >= REMEMBERED:
            self._weights = [weight / 2.0 for weight in self._weights]
            self.seen /= 2.0

    def _merge(self) -> None:
        target = self.seen / KEPT_POINTS
        values, weights = [self._values[0]], [self._weights[0]]
        for value, weight in zip(self._values[1:-1], self._weights[1:-1], strict=True):
            if len(values) > 1 and weights[-1] + weight <= target:
                whole = weights[-1] + weight
                values[-1] += (value - values[-1]) * weight / whole
                weights[-1] = whole
            else:
                values.append(value)
                weights.append(weight)
        self._values, self._weights = [*values, self._values[-1]], [*weights, self._weights[-1]]

    def quantiles(self) -> list[float]:
        """Return the values at `LEVELS`, never falling. Raises ValueError before the first value."""
        if not self._values:
            raise ValueError("no value has been seen")
        corners: list[tuple[float, float]] = []
        before = 0.0
        for value, weight in zip(self._values, self._weights, strict=True):
            if weight > HEAVY * self.seen:  # a value that many share is a step, not a slope
                corners += [(before / self.seen, value), ((before + weight) / self.seen, value)]
            else:
                corners.append(((before + weight / 2.0) / self.seen, value))
            before += weight
        inner = [_between(corners, level) for level in LEVELS[1:-1]]
        return [self._values[0], *inner, self._values[-1]]

    def as_plain(self) -> list[Any]:
        """Return everything as plain data, exact."""
        return [self._values, self._weights, self.seen]

    @classmethod
    def from_plain(cls, plain: Sequence[Any]) -> "QuantileSketch":
        """Make a sketch of what `as_plain` returned."""
        made = cls()
        made._values, made._weights, made.seen = list(plain[0]), list(plain[1]), plain[2]
        return made


def _between(corners: Sequence[tuple[float, float]], level: float) -> float:
    upper = bisect_right(corners, level, key=lambda corner: corner[0])
    if upper == 0:
        return corners[0][1]
    if upper == len(corners):
        return corners[-1][1]
    (low, below), (high, above) = corners[upper - 1], corners[upper]
    return below + (level - low) / (high - low) * (above - below)


def rank(quantiles: Sequence[float], value: float) -> float:
    """Return which share of the population lies below a value, 0 to 1; ties count half."""
    low, high = bisect_left(quantiles, value), bisect_right(quantiles, value)
    if low < high:
        return (LEVELS[low] + LEVELS[high - 1]) / 2.0
    if low == 0 or low == len(quantiles):
        return 0.0 if low == 0 else 1.0
    below, above = quantiles[low - 1], quantiles[low]
    share = (value - below) / (above - below)
    return LEVELS[low - 1] + share * (LEVELS[low] - LEVELS[low - 1])
