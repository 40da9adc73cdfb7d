"""The learner of purchase probability: one writer, fed with labelled examples in log order."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np

from online_models.champion import Champion
from online_models.drift import FeatureWatch
from online_models.features import NAMES, VERSION
from online_models.health import HealthLearner
from online_models.linear import Vector
from online_models.mixture import Mixture
from online_models.prior import Prior
from online_models.record import FORMAT, BadModel, ModelRecord, encode_model

CHECKPOINT_FORMAT = 1
LARGEST = 1e6  # of the sum of squares of a vector: features lie within ±12
UNWATCHED = ("tenure", "orders.total", "hour.", "week.")  # they move by the calendar alone


class Drift(NamedTuple):
    """Something moved. `what`: `loss` (losses rose), `champion` (a challenger took over) or `feature`.

    Of a feature: its name, its mean in the long memory (`usual`) and in the short one (`now`).
    """

    what: str
    feature: str = ""
    usual: float = 0.0
    now: float = 0.0


class Learner:
    """Learns from labelled vectors; publishes what scorers need; can be written down and resumed, exactly.

    `examples`, `positives`, `corrected` and `unusable` count what was learned, taken back and thrown away.
    """

    def __init__(self, prior: Prior | None = None, names: Sequence[str] = NAMES) -> None:
        self.prior = prior or Prior()
        self.names = tuple(names)
        self.health: HealthLearner | None = None
        self.examples = self.positives = self.corrected = self.unusable = 0
        self.believe(self.prior)
        self._watch = FeatureWatch(len(self.names) + 1)

    def believe(self, prior: Prior) -> None:
        """Take another prior: whole while nothing was learned, then what it says of new features and of evidence."""
        self.prior = prior
        if self.examples == self.corrected == 0:
            self.champion = Champion(Mixture.from_prior(prior.mean(self.names), prior.variance(self.names)))

    def learn(self, vector: Sequence[float], label: int, weight: float = 1.0) -> list[Drift]:
        """Score, then learn, one labelled vector; return what has moved, mostly nothing.

        A vector of another length, or with anything but finite numbers, changes nothing but `unusable`; likewise
        a label that is not 0 or 1, or a weight that is not above 0 and at most 1000.
        """
        x = self._usable(vector, label, weight)
        if x is None:
            self.unusable += 1
            return []
        events = self.champion.learn(x, label, weight)
        self.examples += 1
        self.positives += label
        return [Drift(event) for event in events] + self._moved_features(x)

    def correct(self, vector: Sequence[float], before: int, after: int) -> None:
        """Take back a label learned earlier (a cancelled order) and put another in its place."""
        x = self._usable(vector, after, 1.0)
        if x is None or before not in (0, 1):
            self.unusable += 1
            return
        self.champion.correct(x, before, after)
        self.positives += after - before
        self.corrected += 1

    def probability(self, vector: Sequence[float]) -> float:
        """Return the probability that the published model would give."""
        x = self._usable(vector, 0, 1.0)
        return self.champion.probability(x if x is not None else self._nothing())

    def _nothing(self) -> Vector:
        x = np.zeros(len(self.names) + 1)
        x[0] = 1.0
        return x

    def _usable(self, vector: Sequence[float], label: int, weight: float) -> Vector | None:
        if len(vector) != len(self.names) or label not in (0, 1) or not 0.0 < weight <= 1000.0:
            return None
        try:
            x = np.empty(len(vector) + 1)
            x[0] = 1.0
            x[1:] = vector
        except (TypeError, ValueError, OverflowError):
            return None
        with np.errstate(over="ignore"):
            size = float(x.dot(x))
        return x if size <= LARGEST else None  # NaN compares false

    def _moved_features(self, x: Vector) -> list[Drift]:
        if not self._watch.update(x):
            return []
        self.champion.mixture.bound()
        named = [(self.names[moved.position - 1], moved) for moved in self._watch.moved() if moved.position > 0]
        return [
            Drift("feature", name, moved.usual, moved.now)
            for name, moved in named
            if not name.startswith(UNWATCHED) and "*" not in name
        ]

    def model(self) -> ModelRecord:
        """Return the model as scorers take it."""
        weights = self.champion.mixture.weights().tolist()
        return ModelRecord(
            format=FORMAT,
            features=VERSION,
            names=self.names,
            weights=tuple(weights[1:]),
            means=tuple(self._watch.mean[1:].tolist()),
            bias=weights[0],
            slope=self.champion.calibrator.slope,
            shift=self.champion.calibrator.shift,
            examples=self.examples,
            positives=self.positives,
            sure_after=self.prior.sure_after,
            health=self.health.model().as_plain() if self.health else {},
        )

    def snapshot(self) -> bytes:
        """Return the bytes to publish, at most 64 KiB."""
        return encode_model(self.model())

    def checkpoint(self) -> bytes:
        """Return everything: a learner restored from it goes on to the same bits. About 80 KB, never published."""
        return msgspec.msgpack.encode(
            {
                "format": CHECKPOINT_FORMAT,
                "names": self.names,
                "champion": self.champion.as_plain(),
                "watch": self._watch.as_plain(),
                "counts": [self.examples, self.positives, self.corrected, self.unusable],
                "health": self.health.as_plain() if self.health else None,
            }
        )

    @classmethod
    def restore(cls, data: bytes, prior: Prior | None = None, names: Sequence[str] = NAMES) -> "Learner":
        """Make a learner of a checkpoint; features that came or went since are added or left out by name.

        Raises BadModel when the bytes are not a checkpoint of this format.
        """
        try:
            plain = msgspec.msgpack.decode(data)
            if plain["format"] != CHECKPOINT_FORMAT:
                raise BadModel(f"the checkpoint has format {plain['format']}, this release reads {CHECKPOINT_FORMAT}")
            held = cls(prior, tuple(plain["names"]))
            held._resume(plain)
        except (msgspec.MsgspecError, KeyError, TypeError, ValueError, IndexError) as error:
            raise BadModel(f"not a checkpoint: {error}") from error
        return held if held.names == tuple(names) else held.renamed(names)

    def _resume(self, plain: Mapping[str, Any]) -> None:
        self.champion = Champion.from_plain(plain["champion"])
        self._watch = FeatureWatch.from_plain(plain["watch"])
        self.examples, self.positives, self.corrected, self.unusable = plain["counts"]
        self.health = HealthLearner.from_plain(plain["health"]) if plain["health"] else None

    def renamed(self, names: Sequence[str]) -> "Learner":
        """Return a learner for other features: what both know is kept, a new one begins at its prior."""
        fresh = Learner(self.prior, names)
        places = {name: position for position, name in enumerate(("", *self.names))}
        positions = [places.get(name) for name in ("", *fresh.names)]
        fresh.champion = Champion(self.champion.mixture.rearranged(positions, fresh.champion.mixture))
        fresh.champion.calibrator = self.champion.calibrator
        fresh.health = self.health
        fresh.examples, fresh.positives = self.examples, self.positives
        fresh.corrected, fresh.unusable = self.corrected, self.unusable
        return fresh
