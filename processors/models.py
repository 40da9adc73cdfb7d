"""What detectors ask of the models in force. `online_models` answers; `streams` brings the two together.

Everything here is a pure function of the control records in the partition's log: a model that is published takes
effect at the offset of its record, for all that comes after it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from schemas.fact import Fact
from schemas.rules import RuleBook
from schemas.rules.health import HealthRules

Features = Mapping[str, Any]
Memory = Mapping[str, Any]
Examples = Sequence[Mapping[str, Any]]
Held = Mapping[str, Mapping[str, Any]]
"""Name of a model → its `version` and its `snapshot` (bytes), as the last control record of that name gave them."""


class Scored(NamedTuple):
    """A probability, 0 to 1, and whether there is too little evidence behind it."""

    probability: float
    unsure: bool


class Labelled(NamedTuple):
    """The memory of scorings whose label is open, and the examples that became known."""

    memory: Memory
    examples: Examples


class PurchaseModel(Protocol):
    """Scores leads, and keeps scorings until it is known whether an order followed. Times are ms since 1970 UTC."""

    @property
    def version(self) -> str | None:
        """Version of the published model; None while there is only what the rule book believes."""

    @property
    def evidence(self) -> Mapping[str, int]:
        """How many examples the model has seen, by kind."""

    def updated(self, features: Features, fact: Fact) -> tuple[Features, bool]:
        """Return what is remembered of a lead after a fact (the same object when the fact is no behaviour), and
        whether it is worth a score at once: it says what the lead is about to do.
        """

    def score(self, features: Features, at: int) -> Scored:
        """Return how likely an order within the horizon is."""

    def reasons(self, features: Features, at: int, most: int) -> list[dict[str, Any]]:
        """Return what moves the score most, in words: group, log odds, zh, en."""

    def draws(self, entity: str, at: int) -> bool:
        """Return whether scorings of this entity are kept in the slot of a time."""

    def slot(self, at: int) -> int:
        """Return the number of the slot of a time: a seventh of the horizon."""

    def asked(self, memory: Memory, entity: str, at: int, probability: float, features: Features) -> Labelled:
        """Remember a scoring, if the draw falls on it."""

    def ordered(self, memory: Memory, order_id: str, at: int) -> Labelled:
        """Take an order: what was asked within the horizon before it becomes positive."""

    def cancelled(self, memory: Memory, order_id: str, at: int) -> Labelled:
        """Take a cancellation: what that order made positive is open again, or corrected."""

    def matured(self, memory: Memory, now: int) -> Labelled:
        """Close what was asked a horizon ago or earlier."""

    def joined(self, features: Features, other: Features) -> Features:
        """Return what is remembered of a person whom two leads turn out to be."""

    def joined_memory(self, memory: Memory, other: Memory) -> Memory:
        """Return the scorings of both whose label is open, `memory` that of the lead whose name the person goes by."""

    def next_due(self, memory: Memory) -> int | None:
        """Return when `matured` has something to do next; None when nothing is open."""


class Models(Protocol):
    """The models in force in one partition. `purchase` is None where none were injected."""

    @property
    def purchase(self) -> PurchaseModel | None:
        """The purchase model."""

    @property
    def knows_health(self) -> bool:
        """Whether anything was learned about health: else `health` returns the rules as they are."""

    def health(self, rules: HealthRules, segment: str) -> HealthRules:
        """Return the rules of health with what was learned of the population and of the worth of behaviours."""

    def watches(self, entity: str, week: int) -> bool:
        """Return whether a week of a customer is drawn for health to learn from; week -1: whether it learns at all."""


class NoModels:
    """What holds where nothing was injected: no scores, and health by the rule book alone."""

    purchase = None
    knows_health = False

    def health(self, rules: HealthRules, segment: str) -> HealthRules:
        """Return the rules as they are."""
        return rules

    def watches(self, entity: str, week: int) -> bool:
        """Return False: there is nobody to learn."""
        return False


NO_MODELS: Models = NoModels()
ReadModels = Callable[[Held, RuleBook], Models]
"""Makes models of what a partition holds. Raises ValueError when a snapshot is none that this release can read."""


def no_models(held: Held, rules: RuleBook) -> Models:
    """Return no models, whatever is held."""
    return NO_MODELS
