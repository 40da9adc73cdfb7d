"""Facts and streams for the tests of models."""

import random
from typing import Any

from online_models.features import NEW, FeatureState, update
from schemas.fact import Fact, Origin
from schemas.times import DAY, HOUR

BEGIN = 1_700_000_000_000
ORIGIN = Origin("touchpoints", "00000000", 0, 0)
TYPES = ("order_placed", "page_viewed", "form_submitted", "contact_noted", "login", "link_clicked", "module_interest")


def fact(kind: str, at: int = BEGIN, entity: str = "lead:a", **data: Any) -> Fact:
    return Fact(entity=entity, type=kind, at=at, known_at=at, origin=ORIGIN, data=data)


def order(at: int, amount: Any = "100", order_id: str = "o1", entity: str = "lead:a") -> Fact:
    return fact("order_placed", at, entity, order_id=order_id, amount=amount)


def state_of(*facts: Fact) -> FeatureState:
    state = NEW
    for one in facts:
        state = update(state, one)
    return state


def random_state(chance: random.Random, many: int = 20) -> FeatureState:
    state, at = NEW, BEGIN
    for _ in range(many):
        at += int(chance.expovariate(1 / (3 * DAY))) + HOUR
        kind = chance.choice(TYPES)
        mood = chance.choice(["positive", "neutral", "negative"])
        state = update(state, fact(kind, at, amount=str(chance.randint(1, 999)), mood=mood, url="/pricing"))
    return state
