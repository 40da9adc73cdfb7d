"""The learner as its one writer runs it: examples in log order, each once; when to publish; what to write down."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from online_models.examples import take
from online_models.health import HealthLearner
from online_models.health_rules import behaviours_of
from online_models.in_force import prior_of
from online_models.learner import Drift, Learner
from online_models.record import BadModel, version_of
from schemas.effects import Example
from schemas.rules import RuleBook

FORMAT = 1
YOUNG = (25, 50, 100, 200, 350)  # examples at which a model that has seen little is published


class Published(NamedTuple):
    """A model to be put in force: its version and its bytes."""

    version: str
    snapshot: bytes


class Trainer:
    """Feeds a learner. `taken` counts the examples applied, `repeated` those that came again."""

    def __init__(self, rules: RuleBook) -> None:
        self._every = rules.learning.publish_every
        self.learner = Learner(prior_of(rules.learning))
        self.learner.health = HealthLearner(behaviours_of(rules.health)) if rules.learning.health else None
        self.taken = self.repeated = 0
        self._seen: dict[str, list[int]] = {}

    def take(self, example: Example) -> list[Drift] | None:
        """Apply an example; return what has moved, None when it was applied before.

        The examples of one `facts` partition come in its order, some of them twice: what lies at or before the last
        one applied is known.
        """
        origin = example.origin
        source, place = origin.source, [origin.offset, origin.index]
        last = self._seen.get(source)
        if last is not None and place <= last:
            self.repeated += 1
            return None
        if last is None:  # a new incarnation of the topic replaces the former one
            stem = source.rsplit(".", 1)[0] + "."
            self._seen = {name: held for name, held in self._seen.items() if not name.startswith(stem)}
        self._seen[source] = place
        self.taken += 1
        return take(self.learner, example.data)

    @property
    def due(self) -> bool:
        """Whether the model is to be published after the last example: a matter of their number alone."""
        return self.taken % self._every == 0 or (self.taken in YOUNG and self.taken < self._every)

    def publish(self) -> Published:
        """Return the model as it is now."""
        snapshot = self.learner.snapshot()
        return Published(version_of(snapshot), snapshot)

    def checkpoint(self) -> bytes:
        """Return everything as msgpack of plain data: a trainer restored from it goes on to the same bits."""
        return msgspec.msgpack.encode(
            {
                "format": FORMAT,
                "counts": [self.taken, self.repeated],
                "seen": dict(sorted(self._seen.items())),
                "learner": self.learner.checkpoint(),
            }
        )

    @classmethod
    def restore(cls, data: bytes, rules: RuleBook) -> "Trainer":
        """Make a trainer of a checkpoint, under the rules of today. Raises BadModel when it is none."""
        made = cls(rules)
        fresh = made.learner.health
        try:
            plain: Mapping[str, Any] = msgspec.msgpack.decode(data)
            if plain["format"] != FORMAT:
                raise BadModel(f"the checkpoint has format {plain['format']}, this release reads {FORMAT}")
            made.taken, made.repeated = plain["counts"]
            made._seen = {str(source): list(place) for source, place in plain["seen"].items()}
            made.learner = Learner.restore(plain["learner"], prior_of(rules.learning))
        except (msgspec.MsgspecError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadModel(f"not a checkpoint: {error}") from error
        held = made.learner.health
        made.learner.health = held.taken_over(fresh) if held is not None and fresh is not None else fresh
        return made
