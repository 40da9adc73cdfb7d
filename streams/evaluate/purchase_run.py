"""The prequential run: facts in the order of time, questions on the way, labels learned when they mature.

Features, the trainer, its cadence of publishing and the scorer are those that run live: a question is answered by the
model that was last published. What differs is who asks: a calendar here, the moments of a visit there.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any

from online_models.ages import age_of
from online_models.features import NEW, FeatureState, vector
from online_models.in_force import Purchase, models_of
from online_models.maturation import Policy
from online_models.record import NAME
from online_models.scorer import Scorer
from online_models.trainer import Trainer
from schemas.fact import Fact
from schemas.rules import RuleBook
from schemas.times import DAY, SECOND
from streams.evaluate.model_report import BaseRate, by_age, report
from streams.evaluate.purchase_questions import PERIODS, Ask, Question, Questions, first_question
from streams.learning import model_change

SAID = ("base_rate", "recency", "frozen", "online")
Answered = Callable[[Question], None]


def recency_bucket(state: FeatureState, at: int) -> int:
    """Return the bucket of the baseline: half powers of two of the days since the last order, or the first fact."""
    orders = state.get("c", {}).get("o")
    since = max(0, at // SECOND - (orders[0] if orders else state.get("f", 0))) * SECOND / DAY
    place = round(2.0 * math.log2(since + 0.25))
    return place if orders else place - 1_000


class PurchaseRun:
    """Feeds facts; `labels` and `said` grow by what matured and counts (asked at `score_from` ms or later).

    `answered` is called with each question that counts, when its label is known.
    """

    def __init__(
        self,
        horizon: int,
        ask: Ask,
        score_from: int | None,
        policy: Policy,
        answered: Answered | None = None,
        rules: RuleBook | None = None,
    ) -> None:
        self._rules = rules or RuleBook()
        self._trainer = Trainer(self._rules)
        self._model: Purchase = models_of({}, self._rules).purchase
        self.labels: list[int] = []
        self._ages: list[str] = []
        self.said: dict[str, list[float]] = {name: [] for name in SAID}
        self._questions = Questions(horizon)
        self._ask, self._from, self._policy, self._answered = ask, score_from, policy, answered
        self._states: dict[str, FeatureState] = {}
        self._next: int | None = None
        self._now = -1
        self._base = BaseRate()
        self._recency: dict[int, BaseRate] = {}
        self._frozen: Scorer | None = None

    def run(self, facts: Iterable[Fact]) -> dict[str, Any]:
        """Take all facts, in the order in which they were received, and return the report."""
        for fact in facts:
            self._advance(fact.at)
            state, _ = self._model.updated(self._states.get(fact.entity, NEW), fact)
            self._states[fact.entity] = state
            self._orders(fact)
            if self._ask == "event":
                self._question(fact.entity, state, self._now)
        self._mature(self._now + 1)  # what is due at the very last event is known
        return report(self.labels, self.said)

    def by_age(self) -> dict[str, dict[str, Any]]:
        """Return the quality of the online model by how long after the question its outcome came."""
        return by_age(self.labels, self.said["online"], self._ages)

    def _advance(self, at: int) -> None:
        """Ask and learn what is due before a time; a fact that comes late finds the clock further on already."""
        if at <= self._now:
            return
        if self._ask != "event":
            self._next = self._next if self._next is not None else first_question(at - 1, self._ask)
            while self._next < at:
                self._mature(self._next + 1)
                for entity, state in self._states.items():
                    self._question(entity, state, self._next)
                self._next += PERIODS[self._ask]
        self._mature(at)
        self._now = at

    def _orders(self, fact: Fact) -> None:
        if fact.type == "order_placed":
            answered = self._questions.ordered(fact.entity, str(fact.data.get("order_id")), fact.at)
            if self._policy != "matured":
                for question in answered:
                    weight = 1.0 + question.said[-1] if self._policy == "corrected" else 1.0
                    self._learn(question.vector, 1, weight)
        elif fact.type == "order_cancelled":
            self._questions.cancelled(fact.entity, str(fact.data.get("order_id")))

    def _question(self, entity: str, state: FeatureState, at: int) -> None:
        counted = self._from is None or at >= self._from
        if counted and self._frozen is None:
            self._frozen = Scorer(self._trainer.learner.model())
        features = vector(state, at)
        online = self._model.score_vector(features).probability
        frozen = self._frozen.score(features).probability if self._frozen else online
        bucket = recency_bucket(state, at)
        said = (self._base.probability(), self._rate(bucket).probability(), frozen, online)
        self._questions.add(Question(entity, at, features, said, counted, bucket))
        if self._policy == "corrected":
            self._learn(features, 0, (1.0 - online) * (1.0 + online))

    def _learn(self, features: list[float], label: int, weight: float = 1.0) -> None:
        """Learn, and publish where the number of examples says so."""
        trainer = self._trainer
        trainer.learner.learn(features, label, weight)
        trainer.taken += 1
        if trainer.due:
            change = model_change(trainer)
            held = {NAME: {"version": change.version, "snapshot": change.snapshot}}
            self._model = models_of(held, self._rules).purchase

    def _rate(self, bucket: int) -> BaseRate:
        return self._recency.setdefault(bucket, BaseRate())

    def _mature(self, before: int) -> None:
        for question in self._questions.matured(before):
            label = question.label
            if self._policy == "matured" or (self._policy == "at_once" and not label):
                self._learn(question.vector, label)
            self._base.learn(label)
            self._rate(question.bucket).learn(label)
            if question.counted:
                self.labels.append(label)
                self._ages.append(age_of(label, (question.label_at or question.asked_at) - question.asked_at))
                for name, value in zip(SAID, question.said, strict=True):
                    self.said[name].append(value)
                if self._answered is not None:
                    self._answered(question)
