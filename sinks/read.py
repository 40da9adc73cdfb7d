"""What people read from the lead library: leads, an inbox. Postgres and the fake answer alike."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from schemas.lead_query import LeadQuery


@dataclass(frozen=True, slots=True)
class LeadRow:
    """A lead as it stands: `fields` by name, `version` the number of its last history row, times in ms since 1970."""

    lead_id: str
    fields: Mapping[str, str]
    created_at: int
    updated_at: int
    version: int


@dataclass(frozen=True, slots=True)
class Notice:
    """One signal in one recipient's inbox. `seq` grows over all inboxes and is the cursor for reading on.

    `signal` is `Signal.as_json()`, given back to its lead (see `as_given_back`); `acked_at` (ms since 1970) and
    `acked_by` say who took note of it.
    """

    seq: int
    recipient: str
    signal: Mapping[str, Any]
    acked_at: int | None
    acked_by: str | None


class Acked(NamedTuple):
    """Who took note of a signal, and when (ms since 1970)."""

    by: str
    at: int


def as_given_back(signal: Mapping[str, Any], lead: str | None) -> Mapping[str, Any]:
    """Return a signal that is a lead's own again since it parted from others: `told_of` keeps whom it was told of."""
    return signal if lead is None else {**signal, "entity": lead, "told_of": signal["entity"]}


class LibraryReader(Protocol):
    """The read side of the lead library, for the live page and the command line."""

    async def lead(self, lead_id: str) -> LeadRow | None:
        """Return a lead, None when there is none of that id."""

    async def leads_by_id(self, lead_ids: Sequence[str]) -> Mapping[str, LeadRow]:
        """Return these leads by id; those that there are."""

    def select_leads(self, query: LeadQuery, at_once: int = 1_000) -> AsyncGenerator[list[LeadRow]]:
        """Give all leads that a query finds, ordered by id, in lists of at most `at_once`: all show one moment."""

    async def inbox(
        self, recipients: Sequence[str], regions: Sequence[str] | None, limit: int, before: int | None = None
    ) -> list[Notice]:
        """Return the newest notices of these recipients, newest first, with `seq` below `before` where given.

        A signal that reached several of `recipients` is listed once. `regions` limits what comes through a role
        (`role:…`): signals of another region are left out, those without a region stay; None is all regions.
        """

    async def ack(self, signal_id: str, recipients: Sequence[str], who: str, at: int) -> int:
        """Mark a signal in these inboxes as taken note of; return how many notices were still open."""

    async def acked(self, signal_id: str, recipients: Sequence[str]) -> Acked | None:
        """Return who was the first to take note of a signal in these inboxes; None while nobody has."""


__all__ = ["Acked", "LeadRow", "LibraryReader", "Notice", "as_given_back"]
