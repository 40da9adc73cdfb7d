"""What is believed before anything was learned: from the rule book's parameters to weights."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from online_models.features import NAMES, VERSION
from online_models.linear import Vector, logit
from online_models.record import FORMAT, ModelRecord
from schemas.rules.learning import PriorRules

BELIEVED = PriorRules()  # where the rule book says nothing else
BIAS_VARIANCE = 4.0
WEIGHT_VARIANCE = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """The rule book's part of the model.

    `base_rate`: share of leads that order within the horizon, when nothing else is known, 0 to 1.
    `weights`: feature name → log odds per unit of that feature. Names that no feature has are left out, so a book
    that names a feature of a later release still works. `sure_after`: scores are marked unsure until this many
    examples of either label were learned.
    """

    base_rate: float = BELIEVED.base_rate
    weights: Mapping[str, float] = field(default_factory=lambda: BELIEVED.weights)
    sure_after: int = BELIEVED.sure_after

    def mean(self, names: tuple[str, ...]) -> Vector:
        """Return prior means: the bias first, then one per name."""
        return np.array([logit(self.base_rate), *(self.weights.get(name, 0.0) for name in names)])

    def variance(self, names: tuple[str, ...]) -> Vector:
        """Return prior variances: the bias first, then one per name."""
        return np.array([BIAS_VARIANCE, *([WEIGHT_VARIANCE] * len(names))])

    def record(self) -> ModelRecord:
        """Return the model that scores as long as nothing was learned."""
        bias, *weights = self.mean(NAMES).tolist()
        return ModelRecord(
            format=FORMAT,
            features=VERSION,
            names=NAMES,
            weights=tuple(weights),
            means=(0.0,) * len(NAMES),
            bias=bias,
            sure_after=self.sure_after,
        )
