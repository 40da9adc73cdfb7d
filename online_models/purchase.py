"""The purchase model as a River classifier: features by name in, so it can stand beside any other of River's."""

from collections.abc import Hashable, Mapping
from typing import Any

from river import base

from online_models.features import NAMES
from online_models.features.state import number
from online_models.learner import Learner
from online_models.prior import Prior

MOST = 12.0


class PurchaseClassifier(base.Classifier):
    """Learns mappings of feature name to value with the learner that the event path uses.

    Values are numbers within ±12 (others are cut); a feature that is missing, or is no finite number, is 0 and
    counted in `unusable`; names that the model does not have are not read. `names` are the features it has.
    """

    def __init__(self, names: tuple[str, ...] = NAMES, base_rate: float = 0.05) -> None:
        self.names = names
        self.base_rate = base_rate
        self.unusable = 0
        self.learner = Learner(Prior(base_rate=base_rate), names)

    @property
    def _multiclass(self) -> bool:
        return False

    def predict_proba_one(self, x: dict[Hashable, Any], **kwargs: Any) -> dict[base.typing.ClfTarget, float]:
        """Return the probabilities of False and True."""
        p = self.learner.probability(self.vector(x))
        return {False: 1.0 - p, True: p}

    def learn_one(self, x: dict[Hashable, Any], y: Any) -> None:
        """Learn features whose label has arrived."""
        self.unusable += sum(name in x and number(x[name]) is None for name in self.names)
        self.learner.learn(self.vector(x), int(bool(y)))

    def vector(self, x: Mapping[Hashable, Any]) -> list[float]:
        """Return the features in the order of `names`."""
        found = (number(x.get(name)) for name in self.names)
        return [0.0 if value is None else max(-MOST, min(MOST, value)) for value in found]

    def as_bytes(self) -> bytes:
        """Return everything as msgpack of plain data."""
        return self.learner.checkpoint()

    @classmethod
    def from_bytes(cls, data: bytes) -> "PurchaseClassifier":
        """Make a classifier that goes on to the same bits. Raises BadModel."""
        made = cls()
        made.learner = Learner.restore(data)
        made.names = made.learner.names
        return made
