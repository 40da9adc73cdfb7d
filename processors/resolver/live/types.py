"""What goes into the resolver of the event path, and what comes out."""

from typing import NamedTuple

import msgspec

from processors.resolver.compare import Comparison
from processors.resolver.live.members import Pair
from processors.resolver.profile import Profile
from schemas.evidence import Answer, Consequence, Decision, EvidenceEdge, EvidenceRecord, Membership, Question


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """An event of a slice that brings evidence. `fresh`: its lead begins with it, `known_by`: it has identifiers.

    `lead` is what the identifiers say. `source` and `file` say where it came from.
    """

    event_id: str
    lead: str
    fresh: bool
    known_by: bool
    profile: Profile
    at: int
    source: str
    file: str = ""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """An event that brings a person's decision about two leads."""

    event_id: str
    left: str
    right: str
    answer: Answer
    by: str
    at: int
    keep: str | None = None


class Tie(NamedTuple):
    """A lead that an event ties to its own: by what, since when (ms) it is known to hold that, and what it says.

    `value` is the number (see `Phone.digits`) that it held before or after a change; for `TOGETHER` and `BOUND`, what
    names either lead, as `<field>:<value>`, a line each.
    """

    lead: str
    value: str
    since: int
    field: str


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """A confirmed change of number, or an event that names several leads, and the leads that it ties to its own.

    `profile` says which numbers changed hands at `at` (ms); `fresh` are leads that begin with the event. `known_as`:
    what its records are named after, so that what is said again is known.
    """

    event_id: str
    known_as: str
    lead: str
    tied: tuple[Tie, ...]
    fresh: tuple[str, ...]
    profile: Profile
    at: int


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an event: its lead, and what must be told to others."""

    lead: str
    consequences: tuple[Consequence, ...] = ()


class Met(msgspec.Struct, frozen=True):
    """An event after it met what is known: its lead, and the name of its record (`node`).

    `node` is empty where nothing has to be kept: a decision, or content that is known already. `found` are (other
    record, findings); `touched` are the leads around which it has to be worked out anew who is who.
    """

    event: Arrival | Said | Changed
    lead: str
    node: str = ""
    found: tuple[tuple[str, Comparison], ...] = ()
    touched: tuple[str, ...] = ()


class Additions(msgspec.Struct):
    """What a slice adds to the evidence."""

    records: list[EvidenceRecord] = msgspec.field(default_factory=list)
    edges: list[EvidenceEdge] = msgspec.field(default_factory=list)
    people: dict[str, Membership] = msgspec.field(default_factory=dict)
    decisions: list[Decision] = msgspec.field(default_factory=list)
    questions: dict[Pair, Question] = msgspec.field(default_factory=dict)
