"""What every cleansing rule returns, and how a rule is found to be switched off."""

from collections.abc import Mapping
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
