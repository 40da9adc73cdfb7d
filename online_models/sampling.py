"""Which of a lead's many scorings are kept to be learned from: bounded, unbiased, and the same on every replay.

A lead is scored at every event, a crawler thousands of times a day. The population that the model learns is "a lead
on a day with activity": the horizon is cut into slots, and of the n scorings of one slot exactly one is kept, each
with probability 1/n (reservoir sampling with a reservoir of one). So within a slot no moment is preferred, a busy
lead counts as often as a quiet one, and memory is bounded by slots per horizon. `of` = n is kept with the snapshot:
as a weight it turns the population into "a scoring" (Horvitz and Thompson), for metrics that want that.

Where even one scoring of each slot would be more than is worth its cost, only a share of the slots is drawn, each by
a chance of its own: that says nothing of the lead or the moment, so what is left is the same population, thinner.

Chance is a hash of the entity, the slot and the number of the scoring: no generator, no state.
"""

from hashlib import blake2b

SLOTS = 7  # snapshots that a lead can have open per horizon


def slot_ms(horizon: int) -> int:
    """Return the length of a slot: a seventh of the horizon (both in ms)."""
    return max(1, horizon // SLOTS)


def slot_of(at: int, horizon: int) -> int:
    """Return the number of the slot that a time (ms) falls in."""
    return at // slot_ms(horizon)


def keeps(entity: str, slot: int, nth: int) -> bool:
    """Say whether scoring `nth` (from 1) of a slot takes the slot's one place, which it does with chance 1/nth."""
    if nth <= 1:
        return True
    digest = blake2b(f"{entity}\x1f{slot}\x1f{nth}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") * nth < 1 << 64


def drawn(entity: str, slot: int, share: float) -> bool:
    """Say whether scorings of a slot are kept at all, which has the chance `share` (0 to 1)."""
    digest = blake2b(f"{entity}\x1f{slot}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < share * 2.0**64
