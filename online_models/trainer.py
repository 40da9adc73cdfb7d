"""The learner as its one writer runs it: examples in log order, each once; when to publish; what to write down.

A rule book is a record among the examples, of the kind `rules`: it holds for all that stand behind it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from online_models.examples import take
from online_models.health import HealthLearner
from online_models.health_rules import behaviours_of
from online_models.in_force import prior_of
from online_models.learner import Drift, Learner
from online_models.record import BadModel, version_of
from schemas.effects import TAUGHT_RULES, Example
from schemas.rules import Applied, RuleBook, read_applied

FORMAT = 1
YOUNG = (25, 50, 100, 200, 350)  # examples at which a model that has seen little is published


class Published(NamedTuple):
    """A model to be put in force: its version and its bytes."""

    version: str
    snapshot: bytes


class Took(NamedTuple):
    """What became of a record of the topic `examples`, and what has moved by it."""

    outcome: Literal["learned", "unusable", "repeated", "rules"]
    drifts: Sequence[Drift] = ()

    @property
    def counts(self) -> bool:
        """Whether it is one more of the examples that `Trainer.taken` counts."""
        return self.outcome in ("learned", "unusable")


class Trainer:
    """Feeds a learner. `taken` counts the examples applied, `repeated` those that came again.

    `version` is that of the rule book that it follows; `refused` what this release refuses of it. `rules` are those
    of the worker, which hold until the log brings others.
    """

    def __init__(self, rules: RuleBook) -> None:
        self.learner = Learner(prior_of(rules.learning))
        self.taken = self.repeated = 0
        self._seen: dict[str, list[int]] = {}
        self._document: str | None = None
        self._follow(Applied(rules))

    def _follow(self, applied: Applied) -> None:
        rules, self.refused = applied
        self.version, self._every = rules.version, rules.learning.publish_every
        self.learner.believe(prior_of(rules.learning))
        held, fresh = self.learner.health, None
        if rules.learning.health:
            fresh = HealthLearner(behaviours_of(rules.health))
        self.learner.health = held.taken_over(fresh) if held is not None and fresh is not None else fresh

    def take(self, example: Example) -> Took:
        """Apply a record: learn an example, or follow a rule book from here on.

        The records of one `facts` partition come in its order, some of them twice: what lies at or before the last
        one applied is known.
        """
        if self._known(example):
            self.repeated += 1
            return Took("repeated")
        document = example.data.get("document")
        if example.data.get("kind") == TAUGHT_RULES and isinstance(document, str):
            self._document = document
            self._follow(read_applied(document))
            return Took("rules")
        self.taken += 1
        unusable = self.learner.unusable
        drifts = take(self.learner, example.data)
        return Took("learned" if self.learner.unusable == unusable else "unusable", drifts)

    def _known(self, example: Example) -> bool:
        """Return whether an example was applied before; if not, note that it is."""
        origin = example.origin
        source, place = origin.source, [origin.offset, origin.index]
        last = self._seen.get(source)
        if last is not None and place <= last:
            return True
        if last is None:  # a new incarnation of the topic replaces the former one
            stem = source.rsplit(".", 1)[0] + "."
            self._seen = {name: held for name, held in self._seen.items() if not name.startswith(stem)}
        self._seen[source] = place
        return False

    @property
    def due(self) -> bool:
        """Whether the model is to be published after the last example: a matter of their number and the rules."""
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
                "rules": self._document,
                "learner": self.learner.checkpoint(),
            }
        )

    @classmethod
    def restore(cls, data: bytes, rules: RuleBook) -> "Trainer":
        """Make a trainer of a checkpoint. Raises BadModel when it is none.

        It follows the rule book that the log had brought until then; `rules`, where it had brought none.
        """
        made = cls(rules)
        try:
            plain: Mapping[str, Any] = msgspec.msgpack.decode(data)
            if plain["format"] != FORMAT:
                raise BadModel(f"the checkpoint has format {plain['format']}, this release reads {FORMAT}")
            made.taken, made.repeated = plain["counts"]
            made._seen = {str(source): list(place) for source, place in plain["seen"].items()}
            made._document = plain.get("rules")
            applied = Applied(rules) if made._document is None else read_applied(made._document)
            made.learner = Learner.restore(plain["learner"], prior_of(applied.book.learning))
        except (msgspec.MsgspecError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadModel(f"not a checkpoint: {error}") from error
        made._follow(applied)
        return made
