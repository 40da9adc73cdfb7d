"""What every cleansing rule returns, and how a rule is found to be switched off."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

ALL_ON: frozenset[str] = frozenset()
NO_DETAILS: Mapping[str, Any] = {}
CACHED = 16_384  # entries of each rule's cache: names, companies and numbers repeat, and the memory stays bounded


class Cleaned(msgspec.Struct, frozen=True, gc=False):
    """One cleansed value. `value` is the normal form, None when nothing usable stood there.

    `raw` is what came, to the character; `notes` the names of the rules that changed, marked or refused it, in the
    order in which they did; `details` what was found besides (each rule's docstring says what).
    """

    raw: str
    value: str | None
    notes: tuple[str, ...] = ()
    details: Mapping[str, Any] = NO_DETAILS


_MOST_ROUNDS = 8  # each round takes something away, so that few are ever needed


def settled(step: Callable[[str], Cleaned], raw: str) -> Cleaned:
    """Repeat one rule on its own result until nothing changes, so that cleansing twice is as cleansing once.

    What one step takes away can uncover more to take away (a form of address before a remark). Notes and details of
    all rounds are kept; of two details with one name the later counts.
    """
    result = step(raw)
    for _ in range(_MOST_ROUNDS):
        if result.value is None or result.value == raw:
            return result
        again = step(result.value)
        if again.value == result.value:
            return result
        notes = (*result.notes, *(note for note in again.notes if note not in result.notes))
        result = Cleaned(raw, again.value, notes, {**result.details, **again.details})
    return Cleaned(raw, None, result.notes, result.details)
