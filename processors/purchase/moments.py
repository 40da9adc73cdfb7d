"""When a lead is scored: a score costs four times what remembering a fact does, so not at every page view."""

from processors.models import PurchaseModel
from schemas.fact import Fact

BY_REPS = frozenset({"customer_touched", "followed_up", "visit_checked_in"})
"""What the salesperson does is remembered, and says nothing new of the customer at that moment."""


def is_moment(fact: Fact, count: int, entity: str, model: PurchaseModel) -> bool:
    """Return whether a fact, the `count`-th of the lead in its slot, is scored (decision 0050).

    Always: what says what the lead is about to do, and the 4th, 16th, 64th, … fact of a slot. In the slots that are
    drawn for learning, the 1st fact and orders as well.
    """
    if fact.type in BY_REPS:
        return False
    if count > 1 and _power_of_four(count):
        return True
    if model.intends(fact):
        return True
    return (count == 1 or fact.type == "order_placed") and model.draws(entity, fact.at)


def _power_of_four(count: int) -> bool:
    return count & (count - 1) == 0 and count.bit_length() & 1 == 1
