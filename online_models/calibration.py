"""Calibration that goes on for ever: so that of all leads scored 60 %, 60 % buy.

Platt's scaling, learned online: calibrated log odds = slope * log odds + shift, both learned from (score given,
label that came), starting at (1, 0) and allowed to walk, so that a base rate that moves is followed.
"""

from collections.abc import Sequence

from online_models.linear import LEAST_CURVATURE, LIMIT, sigmoid

WALK = 1e-7
SPREAD = (0.25, 0.04)  # prior variance of shift and of slope
SLOPES = (0.2, 5.0)  # a slope beyond these says that the model is broken: no calibration can mend it


class Calibrator:
    """Learns shift and slope: what a scorer needs. Two weights, so the filter of `linear.py` is written out here."""

    def __init__(self) -> None:
        self.shift, self._slope = 0.0, 1.0
        self._variance = [SPREAD[0], 0.0, SPREAD[1]]  # of shift, both together, of slope

    @property
    def slope(self) -> float:
        """What the log odds are multiplied by; above 0, so the order of scores stays."""
        return max(SLOPES[0], min(SLOPES[1], self._slope))

    def __call__(self, log_odds: float) -> float:
        """Return the calibrated probability."""
        return sigmoid(self.slope * log_odds + self.shift)

    def learn(self, log_odds: float, label: float, weight: float = 1.0) -> None:
        """Learn from log odds that were given before the label was known."""
        z = max(-LIMIT, min(LIMIT, log_odds))
        p = sigmoid(self.shift + self._slope * z)
        curvature = max(p * (1.0 - p), LEAST_CURVATURE) * weight
        shift, both, slope = self._variance
        a, b = shift + both * z, both + slope * z
        scale = 1.0 / (1.0 + curvature * (a + b * z))
        step = (label - p) * weight * scale
        self.shift += a * step
        self._slope += b * step
        cut = curvature * scale
        self._variance = [shift - a * a * cut + WALK, both - a * b * cut, slope - b * b * cut + WALK]

    def as_plain(self) -> list[float]:
        """Return everything as plain data, exact."""
        return [self.shift, self._slope, *self._variance]

    @classmethod
    def from_plain(cls, plain: Sequence[float]) -> "Calibrator":
        """Make a calibrator of what `as_plain` returned."""
        made = cls()
        made.shift, made._slope, *variance = map(float, plain)
        made._variance = variance
        return made
