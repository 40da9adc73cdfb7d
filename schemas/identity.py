"""Identifiers of people, and what the lead library says of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from schemas.fact import Origin


class IdKey(NamedTuple):
    """A normalised identifier: kind of the contract (`phone`, `email`, `crm:sap`, …) and normal form."""

    kind: str
    value: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


@dataclass(frozen=True, slots=True)
class IdClaim:
    """An identifier belongs to a lead, since (ms) a touchpoint (its event id) said so."""

    key: IdKey
    lead: str
    verified: bool
    since: int
    event_id: str


@dataclass(frozen=True, slots=True)
class IdMove:
    """An identifier stops pointing to a lead at a time (ms), because of a touchpoint (its event id).

    `since` (ms) is given where the library holds no claim that ends: the lead held it before, and nobody had said so.
    """

    key: IdKey
    lead: str
    until: int
    event_id: str
    since: int | None = None

    @property
    def began(self) -> int:
        """Since when (ms) the lead held it; where only its end is known, that."""
        return self.until if self.since is None else self.since


PUBLIC = "public:"
"""Before the event id of a move: nobody gave the identifier up, it is let go because too many use it."""


def let_go(by: str) -> bool:
    """Tell of a move, by its event id, whether nobody gave the identifier up or took it over (see `PUBLIC`)."""
    return by.startswith(PUBLIC)


class Past(NamedTuple):
    """An identifier pointed to a lead until a time; `since` is when it was first known to (both ms), `by` whose move.

    `told_by` is the event that claimed it: the same as `by` where it came and went. They are ordered by `until`: who
    holds an identifier at a moment is the lead of the first that ends after it, else of the claim.
    """

    until: int
    since: int
    lead: str
    by: str
    told_by: str


PastHolders = Mapping[str, Sequence[Past]]
"""Value of an identifier (a phone number where no kind is named) → who held it until when, earliest end first."""


class EventClaim(msgspec.Struct, frozen=True, gc=False):
    """An event id is taken: by the record at `origin`, whose subject was decided to be `lead` (empty: nobody)."""

    event_id: str
    origin: Origin
    lead: str


class IdLog(NamedTuple):
    """What one event changed about the identifiers of a lead: those that ended, then those claimed (and verified)."""

    lead: str
    event_id: str
    at: int
    ended: tuple[IdKey, ...]
    claimed: tuple[tuple[IdKey, bool], ...]
