"""What an import asks the library, and what that says of a batch of rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from schemas.identity import EventClaim, IdClaim, IdKey, PastHolders
from sinks.base import Library
from sinks.read import LeadRow, LibraryReader


class FullLibrary(Library, LibraryReader, Protocol):
    """Both sides of the lead library."""


@dataclass(slots=True)
class Known:
    """What the library says of a batch: event ids claimed, identifiers claimed, leads, and what else some hold.

    `decided`: event id of a row of which a person decided the conflict → the event of that decision.
    """

    events: Mapping[str, EventClaim] = field(default_factory=dict)
    held: dict[IdKey, IdClaim] = field(default_factory=dict)
    leads: dict[str, LeadRow] = field(default_factory=dict)
    past: PastHolders = field(default_factory=dict)
    owned: Mapping[str, Sequence[IdKey]] = field(default_factory=dict)
    decided: Mapping[str, EventClaim] = field(default_factory=dict)
