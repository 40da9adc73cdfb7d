"""When a lead is scored: a score costs four times what remembering a fact does, so not at every page view.

Scored is (decision 0050):

- what says what the lead is about to do (price pages, forms, contacts, campaigns, interest in a module), always;
- of a slot (a seventh of the horizon) the 4th, 16th, 64th, … fact, always: a crawler costs next to nothing, and a long
  visit is seen while it lasts;
- in the slots that are drawn for learning, the 1st fact and orders as well.
"""

from schemas.fact import Fact

BY_REPS = frozenset({"customer_touched", "followed_up", "visit_checked_in"})
"""What the salesperson does is remembered, and says nothing new of the customer at that moment."""


def may_be_moment(fact: Fact, count: int, intends: bool) -> bool:
    """Return whether a fact, the `count`-th of the lead in its slot, would be scored if its slot were drawn."""
    if fact.type in BY_REPS:
        return False
    return intends or fact.type == "order_placed" or _power_of_four(count)


def is_moment(fact: Fact, count: int, intends: bool, drawn: bool) -> bool:
    """Return whether a fact is scored, knowing whether its slot was drawn."""
    return may_be_moment(fact, count, intends) and (drawn or intends or (count > 1 and _power_of_four(count)))


def _power_of_four(count: int) -> bool:
    return count & (count - 1) == 0 and count.bit_length() & 1 == 1
