"""What the lead library promises about evidence: the part of `Library` that the full resolver needs."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from schemas.evidence import Around, Consequence, Membership, Near, Question
from schemas.identity import PastHolders


class Evidence(Protocol):
    """Records under blocking keys, findings between them, people. Written by `Library.claim` alone."""

    def turn(self) -> AbstractAsyncContextManager[None]:
        """Wait until nobody else who asks for it, in any worker, is between looking up and claiming; then hold that.

        It saves work, and nothing depends on it: a claim is checked in any case, and whoever waits too long goes on
        without. Two slices of an import share keys (a district, a company), so that side by side each makes the other
        begin anew.
        """

    async def evidence_near(self, keys: Sequence[int], nodes: Sequence[str], most: int) -> Near:
        """Return what is kept under keys, and the records of these names, as of one moment, in one round trip.

        A key with more than `most` records is named in `full`, without them. Never reads what no key names.
        """

    async def evidence_around(self, leads: Sequence[str], most: int) -> Around:
        """Return all that is known of these leads and of those that hang together with them, in one round trip."""

    async def people(self, leads: Sequence[str]) -> Mapping[str, Membership]:
        """Return the membership of each lead that has one."""

    async def companions(self, leads: Sequence[str]) -> Sequence[Membership]:
        """Return the membership of every lead that is one person with any of these, in the order of their names."""

    async def consequences(self, event_ids: Sequence[str]) -> Mapping[str, Sequence[Consequence]]:
        """Return what followed from each event from which anything did: for a redelivery, which tells it again."""

    async def past(self, kind: str, values: Sequence[str]) -> PastHolders:
        """Return who held identifiers of a kind until when, earliest end first; those that ever changed hands."""

    async def questions(
        self, reason: str | None = None, source: str | None = None, file: str | None = None, limit: int = 100
    ) -> Sequence[Question]:
        """Return the open questions of a pattern (None: any), the likeliest to be one person first."""

    async def questions_beside(self, left: str, right: str) -> Sequence[Question]:
        """Return all open questions about the two people whom these leads belong to, the likeliest first."""

    async def question_counts(self) -> Mapping[tuple[str, str, str], int]:
        """Return how many open questions there are by reason, source and file."""

    async def population(self) -> Mapping[str, Any] | None:
        """Return the document of how common values are that was kept last; None before the first."""

    async def evidence_sample(self, size: int) -> tuple[Sequence[bytes], int]:
        """Return packed profiles taken at random, `size` at most, and how many records there are about."""

    async def keep_population(self, document: bytes) -> None:
        """Keep a document (JSON) of how common values are: it holds from now on."""
