"""Behaviours that are known at any moment: mood, tickets, orders, terms. Each fact moves them at once."""

from typing import Any

from processors.detector import State
from schemas.fact import Fact
from schemas.times import DAY, HOUR

MOST_TICKETS = 16
TICKET_AGE = 90 * DAY
FRESH = 0.3  # how much of an average the newest is worth
MOODS = {"negative": 0.0, "neutral": 0.5, "positive": 1.0}
GRACE = 3 * DAY
MONTH = 30.4375 * DAY
YEAR = 365 * DAY
LEAST_CYCLES = 2  # times between orders that were measured, before there is a usual one
Changes = dict[str, Any]


def moved(state: State, fact: Fact, source: int) -> Changes:
    """Return what a fact changes: mood [average, at], tickets [[id, at]], orders, cancelled, term, paid.

    `source` is the number of the fact's source in the state.
    """
    match fact.type:
        case "order_placed":
            return {**_ordered(state, fact, source), "cancelled": [_average(state.get("cancelled"), 0.0), fact.at]}
        case "order_cancelled":
            return {"cancelled": [_average(state.get("cancelled"), 1.0), fact.at]}
        case "contact_noted" if fact.data.get("mood") in MOODS:
            return {"mood": [_average(state.get("mood"), MOODS[fact.data["mood"]]), fact.at]}
        case "ticket_opened" | "ticket_answered" | "ticket_closed":
            return _ticket(state, fact)
        case "subscription_changed":
            return _term(state, fact)
        case _:
            return {}


def _average(held: Any, value: float) -> float:
    return value if held is None else round(held[0] + FRESH * (value - held[0]), 4)


def _ticket(state: State, fact: Fact) -> Changes:
    name = fact.data.get("ticket_id")
    others = [one for one in state.get("tickets", ()) if one[0] != name and one[1] > fact.at - TICKET_AGE]
    if fact.type == "ticket_closed" or not name:
        return {"tickets": others, "ticket_at": fact.at}
    held = next((one for one in state.get("tickets", ()) if one[0] == name), None)
    if fact.type == "ticket_answered" and held is None:
        return {"ticket_at": fact.at}
    return {"tickets": [*others, held or [name, fact.at]][-MOST_TICKETS:], "ticket_at": fact.at}


def _ordered(state: State, fact: Fact, source: int) -> Changes:
    """Orders: [last (ms), usual time between two in hours, how many times were measured, number of its source]."""
    held = state.get("orders")
    if held is None:
        return {"orders": [fact.at, 0, 0, source]}
    last, usual, count, _ = held
    if fact.at <= last:
        return {}
    if fact.at - last < DAY:
        return {"orders": [fact.at, usual, count, source]}  # one purchase in parts
    hours, share = (fact.at - last) / HOUR, max(FRESH, 1 / (count + 1))
    return {"orders": [fact.at, round(usual + share * (hours - usual)), min(count + 1, 99), source]}


def _term(state: State, fact: Fact) -> Changes:
    """Term: when it ends (ms), None once it has ended; paid: [share in time, at]."""
    status, ends, months = fact.data.get("status"), state.get("term"), fact.data.get("term_months")
    after: Changes = {}
    if status == "renewed" and ends is not None:
        after["paid"] = [_average(state.get("paid"), 1.0 if fact.at <= ends + GRACE else 0.0), fact.at]
    if status == "expired":
        after["paid"] = [_average(state.get("paid"), 0.0), fact.at]
    if status in ("started", "renewed"):
        begin = max(fact.at, ends) if status == "renewed" and ends is not None else fact.at
        after["term"] = round(begin + months * MONTH) if months and months < 1200 else None
    elif status in ("cancelled", "expired"):
        after["term"] = None
    return after


def values(state: State, at: int, stale: int) -> dict[str, float]:
    """Return what is known at a moment (ms), by code. What was last heard `stale` ms ago or longer is unknown."""
    found: dict[str, float] = {}
    for code, name, age in (("mo", "mood", stale), ("ca", "cancelled", YEAR), ("pp", "paid", YEAR)):
        held = state.get(name)
        if held is not None and at - held[1] < age:
            found[code] = held[0]
    if "ticket_at" in state and at - state["ticket_at"] < YEAR:
        found["ot"] = float(sum(one[1] > at - TICKET_AGE for one in state.get("tickets", ())))
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
