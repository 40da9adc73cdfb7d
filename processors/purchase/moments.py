"""When a lead is scored: a score costs four times what remembering a fact does, so not at every page view.

Scored is (decision 0050):

- what says what the lead is about to do (price pages, forms, contacts, campaigns, interest in a module), always;
- of a slot (a seventh of the horizon) the 4th, 16th, 64th, … fact, always: a crawler costs next to nothing, and a long
  visit is seen while it lasts;
- in the slots that are drawn for learning, the 1st fact and orders as well.
"""

from typing import Literal

Moment = Literal["never", "if_drawn", "always"]

BY_REPS = frozenset({"customer_touched", "followed_up", "visit_checked_in"})
"""What the salesperson does is remembered, and says nothing new of the customer at that moment."""
TURNS = frozenset(4**power for power in range(1, 16))


def moment(type_: str, count: int, intends: bool) -> Moment:
    """Return whether a fact of a type, the `count`-th of the lead in its slot, is scored."""
    if intends:
        return "never" if type_ in BY_REPS else "always"
    if count in TURNS:
        return "never" if type_ in BY_REPS else "always"
    if count == 1 or type_ == "order_placed":
        return "never" if type_ in BY_REPS else "if_drawn"
    return "never"
