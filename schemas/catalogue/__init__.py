"""Every touchpoint type: the model of its data, whom its facts are addressed to, what must say whom it is about."""

from schemas.catalogue import account, deal, field, identity, internal, lead, market, order, product, web
from schemas.catalogue.base import EventType, Record, plain

AREAS = (web, lead, product, order, account, field, deal, market, identity)

TYPES: dict[str, EventType] = {event.name: event for area in AREAS for event in area.TYPES}
"""Types that front ends may send, in the order of the contract's areas."""

FACT_TYPES: dict[str, EventType] = {**TYPES, **{event.name: event for event in (*internal.TYPES, *identity.INTERNAL)}}
"""Types that a fact may have: those of touchpoints and those that entities send to each other."""

__all__ = ["FACT_TYPES", "TYPES", "EventType", "Record", "plain"]
