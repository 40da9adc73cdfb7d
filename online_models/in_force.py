"""The models in force in one partition, as detectors ask for them (`processors.models.Models`).

Made of the last published record and the rule book, so it is a pure function of the partition's log.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from online_models import maturation
from online_models.features import FeatureState, vector
from online_models.features import joined as joined_features
from online_models.features.channels import INTENT, channel_of
from online_models.features.state import counted_as
from online_models.health import WHOLE
from online_models.health_rules import learned_rules
from online_models.prior import Prior
from online_models.record import NAME, ModelRecord, decode_model
from online_models.sampling import drawn, slot_ms
from online_models.scorer import Score, Scorer
from schemas.fact import Fact
from schemas.rules import RuleBook
from schemas.rules.health import HealthRules
from schemas.rules.learning import LearningRules
from schemas.times import DAY

CACHED = 32  # partitions of one worker mostly hold the same model
MOST_RULES = 256  # segments and overrides whose rules of health are kept made


class Labelled(NamedTuple):
    """The memory of scorings whose label is open, and the examples that became known."""

    memory: maturation.Memory
    examples: list[maturation.Example]


class Purchase:
    """The purchase model in force: see `processors.models.PurchaseModel`."""

    def __init__(self, record: ModelRecord, version: str | None, rules: LearningRules) -> None:
        self.version = version
        self.evidence = {"examples": record.examples, "positives": record.positives}
        self._scorer = Scorer(record)
        self._horizon = rules.horizon_days * DAY
        self._slot_ms = slot_ms(self._horizon)
        self._policy: maturation.Policy = rules.labels
        self._share = rules.sampled

    def updated(self, features: FeatureState, fact: Fact) -> tuple[FeatureState, bool]:
        """Return what is remembered of a lead after a fact (the same object when the fact is no behaviour), and
        whether it is worth a score at once: it says what the lead is about to do.
        """
        code = channel_of(fact)
        if code is None:
            return features, False
        return counted_as(features, fact, code), code in INTENT

    def score(self, features: FeatureState, at: int) -> Score:
        """Return how likely an order within the horizon is."""
        return self._scorer.score(vector(features, at))

    def score_vector(self, features: Sequence[float]) -> Score:
        """Return the score of features that were computed already."""
        return self._scorer.score(features)

    def reasons(self, features: FeatureState, at: int, most: int) -> list[dict[str, Any]]:
        """Return what moves the score most, in words."""
        return [
            {"group": one.group, "log_odds": round(one.log_odds, 3), **one.words}
            for one in self._scorer.explain(vector(features, at), most)
        ]

    def draws(self, entity: str, at: int) -> bool:
        """Return whether scorings of this entity are kept in the slot of a time (ms)."""
        return drawn(entity, at // self._slot_ms, self._share)

    def slot(self, at: int) -> int:
        """Return the number of the slot of a time (ms)."""
        return at // self._slot_ms

    def asked(
        self, memory: maturation.Memory, entity: str, at: int, probability: float, features: FeatureState
    ) -> Labelled:
        """Remember a scoring, if the draw within its slot falls on it."""
        version = self.version or ""
        return Labelled(
            *maturation.ask(memory, entity, at, probability, version, features, self._horizon, self._policy)
        )

    def ordered(self, memory: maturation.Memory, order_id: str, at: int) -> Labelled:
        """Take an order: what was asked within the horizon before it becomes positive."""
        return Labelled(*maturation.ordered(memory, order_id, at, self._horizon, self._policy))

    def cancelled(self, memory: maturation.Memory, order_id: str, at: int) -> Labelled:
        """Take a cancellation: what that order made positive is open again, or corrected."""
        return Labelled(*maturation.cancelled(memory, order_id, at))

    def matured(self, memory: maturation.Memory, now: int) -> Labelled:
        """Close what was asked a horizon ago or earlier."""
        return Labelled(*maturation.matured(memory, now, self._horizon, self._policy))

    def joined(self, features: FeatureState, other: FeatureState) -> FeatureState:
        """Return what is remembered of a person whom two leads turn out to be."""
        return joined_features(features, other)

    def joined_memory(self, memory: maturation.Memory, other: maturation.Memory) -> maturation.Memory:
        """Return the scorings of both whose label is open."""
        return maturation.joined(memory, other)

    def next_due(self, memory: maturation.Memory) -> int | None:
        """Return when (ms) `matured` has something to do next: at the end of a slot, so that one timer serves all."""
        return maturation.next_slot_due(memory, self._horizon)


class InForce:
    """All models of one partition: see `processors.models.Models`."""

    def __init__(self, record: ModelRecord, version: str | None, rules: LearningRules) -> None:
        self.purchase = Purchase(record, version, rules)
        self._learned = record.health if rules.health else {}
        self.knows_health = bool(self._learned)
        self._share = rules.health_sampled if rules.health else 0.0
        self._rules: dict[tuple[int, str], tuple[HealthRules, HealthRules]] = {}

    def health(self, rules: HealthRules, segment: str) -> HealthRules:
        """Return the rules of health with what was learned of the population and of the worth of behaviours."""
        if not self.knows_health:
            return rules
        held = self._rules.get((id(rules), segment))
        if held is not None and held[0] is rules:
            return held[1]
        if len(self._rules) >= MOST_RULES:
            self._rules.clear()
        own = segment if segment in self._learned["quantiles"] else WHOLE
        found = learned_rules(self._learned, rules, own)
        self._rules[id(rules), segment] = (rules, found)
        return found

    def watches(self, entity: str, week: int) -> bool:
        """Return whether a week of a customer is drawn for health to learn from; week -1: whether it learns at all."""
        return self._share > 0.0 and (week < 0 or drawn(f"health/{entity}", week, self._share))


def models_of(held: Mapping[str, Mapping[str, Any]], rules: RuleBook) -> InForce:
    """Return the models of what a partition holds. Raises BadModel on a record that this release cannot read."""
    published = held.get(NAME)
    learning = rules.learning.model_dump_json()
    if published is None:
        return _read(None, None, learning)
    return _read(published["snapshot"], published["version"], learning)


@lru_cache(maxsize=CACHED)
def _read(snapshot: bytes | None, version: str | None, learning: str) -> InForce:
    rules = LearningRules.model_validate_json(learning)
    record = decode_model(snapshot) if snapshot is not None else prior_of(rules).record()
    return InForce(record, version, rules)


def prior_of(rules: LearningRules) -> Prior:
    """Return the prior that the rule book gives."""
    prior = rules.prior
    return Prior(base_rate=prior.base_rate, weights=prior.weights, sure_after=prior.sure_after)
