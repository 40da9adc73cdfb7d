"""Behaviours that are known at any moment: mood, tickets, orders, terms. Each fact moves them at once."""

from typing import Any

from processors.detector import State
from schemas.fact import Fact
from schemas.times import DAY, HOUR

MOST_TICKETS = 16
TICKET_AGE = 90 * DAY
CLOSED = 1  # marks a ticket whose end came before its beginning, which may still come
FRESH = 0.3  # how much of an average the newest is worth
MOODS = {"negative": 0.0, "neutral": 0.5, "positive": 1.0}
GRACE = 3 * DAY
MONTH = 30.4375 * DAY
YEAR = 365 * DAY
LEAST_CYCLES = 2  # times between orders that were measured, before there is a usual one
Own = dict[str, Any]
"""A state that the caller has made for itself, and that is changed in place."""


def move(state: Own, fact: Fact, source: int) -> None:
    """Put what a fact says into a state: mood [average, at], tickets [[id, at]], orders, cancelled, term,
    paid.

    `source` is the number of the fact's source in the state.
    """
    match fact.type:
        case "order_placed":
            _order(state, fact.at, source)
            state["cancelled"] = [_average(state.get("cancelled"), 0.0), fact.at]
        case "order_cancelled":
            state["cancelled"] = [_average(state.get("cancelled"), 1.0), fact.at]
        case "contact_noted" if fact.data.get("mood") in MOODS:
            state["mood"] = [_average(state.get("mood"), MOODS[fact.data["mood"]]), fact.at]
        case "ticket_opened" | "ticket_answered" | "ticket_closed":
            _ticket(state, fact)
        case "subscription_changed":
            _term(state, fact)


def _average(held: Any, value: float) -> float:
    average: float = value if held is None else held[0]
    return value if average == value else round(average + FRESH * (value - average), 4)


def _ticket(state: Own, fact: Fact) -> None:
    name, held = fact.data.get("ticket_id"), state.get("tickets", ())
    mine = next((one for one in held if one[0] == name), None)
    others = [one for one in held if one[0] != name and one[1] > fact.at - TICKET_AGE]
    if fact.type == "ticket_closed":
        kept = [[name, fact.at, CLOSED]] if mine is None else []
    elif fact.type == "ticket_opened" and (mine is None or mine[2:]):
        kept = [] if mine is not None and fact.at <= mine[1] else [[name, fact.at]]
    else:
        kept = [mine] if mine is not None else []
    state["tickets"] = [*others, *kept][-MOST_TICKETS:]
    state["ticket_at"] = max(fact.at, state.get("ticket_at", fact.at))


def _order(state: Own, at: int, source: int) -> None:
    """Orders: [last (ms), usual time between two in hours, how many times were measured, number of its source]."""
    held = state.get("orders")
    if held is None:
        state["orders"] = [at, 0, 0, source]
        return
    last, usual, count, _ = held
    if at <= last:
        return
    if at - last >= DAY:  # else it is one purchase in parts
        hours, share = (at - last) / HOUR, max(FRESH, 1 / (count + 1))
        usual, count = round(usual + share * (hours - usual)), min(count + 1, 99)
    state["orders"] = [at, usual, count, source]


def _term(state: Own, fact: Fact) -> None:
    """Term: when it ends (ms), None once it has ended; paid: [share in time, at]."""
    status, ends, months = fact.data.get("status"), state.get("term"), fact.data.get("term_months")
    if status == "renewed" and ends is not None:
        state["paid"] = [_average(state.get("paid"), 1.0 if fact.at <= ends + GRACE else 0.0), fact.at]
    if status == "expired":
        state["paid"] = [_average(state.get("paid"), 0.0), fact.at]
    if status in ("started", "renewed"):
        begin = max(fact.at, ends) if status == "renewed" and ends is not None else fact.at
        state["term"] = round(begin + months * MONTH) if months and months < 1200 else None
    elif status in ("cancelled", "expired"):
        state["term"] = None


def values(state: State, at: int, stale: int) -> dict[str, float]:
    """Return what is known at a moment (ms), by code. What was last heard `stale` ms ago or longer is unknown."""
    found: dict[str, float] = {}
    for code, name, age in (("mo", "mood", stale), ("ca", "cancelled", YEAR), ("pp", "paid", YEAR)):
        held = state.get(name)
        if held is not None and at - held[1] < age:
            found[code] = held[0]
    if "ticket_at" in state and at - state["ticket_at"] < YEAR:
        found["ot"] = float(sum(len(one) == 2 and one[1] > at - TICKET_AGE for one in state.get("tickets", ())))
    orders = state.get("orders")
    if orders is not None and orders[2] >= LEAST_CYCLES:
        # Time in which the source of orders was silent altogether is missing: it is no time without an order.
        until = max(orders[0], state["sources"][orders[3]][1])
        if at - until < stale:
            found["or"] = max(0.0, (until - orders[0]) / HOUR / max(orders[1], 1))
    ends = state.get("term")
    if ends is not None and ends > at:
        found["rd"] = (ends - at) / DAY
    return found
