"""Small values for the contract tests."""

from hashlib import blake2b
from typing import Any

from schemas.effects import Change, Slot
from schemas.fact import Origin
from schemas.identity import EventClaim, IdClaim, IdKey, IdMove
from schemas.signal import Signal

SLOT = Slot("facts", "9f86d081", 3)
PHONE = IdKey("phone", "+8613800138000")
EMAIL = IdKey("email", "wang@example.com")


def origin(offset: int, index: int = 0, slot: Slot = SLOT) -> Origin:
    return Origin(slot.topic, slot.incarnation, slot.partition, offset, index)


def event(event_id: str, offset: int = 0, lead: str = "lead:a", slot: Slot = SLOT) -> EventClaim:
    return EventClaim(event_id, origin(offset, slot=slot), lead)


def claim(lead: str, key: IdKey = PHONE, *, verified: bool = False, since: int = 1, event_id: str = "e1") -> IdClaim:
    return IdClaim(key, lead, verified, since, event_id)


def move(lead: str, key: IdKey = PHONE, until: int = 9, event_id: str = "e2") -> IdMove:
    return IdMove(key, lead, until, event_id)


def change(seq: int, field: str = "phone", new: str | None = "x", lead: str = "lead:a", **rest: Any) -> Change:
    offset = rest.get("offset", seq)
    digest = blake2b(repr((lead, seq, field, new)).encode(), digest_size=16).digest()
    return Change(
        lead=lead, seq=seq, field=field, old=rest.get("old"), new=new, rule="phone.e164", rule_book="b1",
        event_id=f"e{seq}", actor="website", at=rest.get("at", 1_000 + seq), origin=origin(offset),
        previous=bytes(16), hash=digest,
    )  # fmt: skip


def signal(offset: int, index: int = 0, to: tuple[str, ...] = ("rep:r17",), **rest: Any) -> Signal:
    given: dict[str, Any] = {
        "signal_id": f"s{offset}.{index}", "kind": "lead_created", "entity": "lead:a", "at": 1_000 + offset,
        "severity": "info", "title": {"zh": "新线索", "en": "New lead"}, "rule": "lead.created", "rule_book": "b1",
        "evidence": {"phone": "+86138", "parts": [1, 2.5, None, True]},
    }  # fmt: skip
    return Signal(**(given | rest), to=to, origin=origin(offset, index))
