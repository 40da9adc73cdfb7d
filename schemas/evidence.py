"""Evidence of who is who, as the lead library keeps it: records, findings between them, people, questions."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from schemas.fact import Origin
from schemas.identity import IdMove

Answer = Literal["same", "different", "withdrawn"]


class EvidenceRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one event said of a person, in comparable form, under a name (`node`) that its content gives it.

    `lead` is the lead of its identifiers and never changes. `profile` is packed by the resolver, `at` is event time
    in ms, `no` its place in the order of arrival (0 before it is kept); `keys` are those it is found by.
    """

    node: str
    lead: str
    profile: bytes
    at: int
    event_id: str
    no: int = 0
    keys: tuple[int, ...] = ()


class EvidenceEdge(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What was found between two records (`left` < `right`) of two leads, packed by the resolver. Never changed."""

    left: str
    right: str
    left_lead: str
    right_lead: str
    findings: bytes
    verdict: str
    score: float


class Membership(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Which person a lead is part of (named by its first lead), and the entity that its facts are sent to.

    A lead without one is a person of its own, and its facts are sent to itself. `address` is given with the first
    event of the lead and never changes: so its facts arrive in one order, and are passed on from there. `version`
    counts how often the lead changed its person.
    """

    lead: str
    person: str
    address: str
    version: int = 0


class Decision(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a person said of two leads (`left` < `right`); the latest one of a pair counts. `no`: its place."""

    left: str
    right: str
    answer: Answer
    by: str
    at: int
    event_id: str
    no: int = 0


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A question for a person: may these two leads (`left` < `right`) be one?

    `score` in bits; `reason` is the pattern by which many are decided at once, together with `source` and `file`,
    where the event that brought it up came from. `evidence`: `for` and `against`, bits by field. `closed`: how it
    ended (an `Answer`, or `settled` where evidence did), empty while it is open.
    """

    left: str
    right: str
    score: float
    reason: str
    evidence: Mapping[str, Mapping[str, float]]
    source: str
    file: str
    event_id: str
    at: int
    closed: str = ""


class Consequence(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that follows from a decision on who is who: told to an entity, again with every redelivery."""

    entity: str
    type: str
    data: Mapping[str, Any]


class Near(msgspec.Struct, frozen=True, kw_only=True):
    """What is found under blocking keys. `buckets`: key → nodes; a key that holds too many is in `full` instead.

    `newest` is the number of the last record then kept, for the claim to check that nothing came in between.
    """

    buckets: Mapping[int, Sequence[str]]
    full: frozenset[int]
    records: Sequence[EvidenceRecord]
    newest: int


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """Everything known of some leads and of those that hang together with them.

    `whole` is False where they are more than were asked for: then it is not all there is. `changed` is the number
    of the last thing that was found, decided or changed about anybody.
    """

    records: Sequence[EvidenceRecord]
    edges: Sequence[EvidenceEdge]
    people: Sequence[Membership]
    decisions: Sequence[Decision]
    questions: Sequence[Question]
    whole: bool
    changed: int


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What followed from one event, kept with its id."""

    event_id: str
    origin: Origin
    consequences: tuple[Consequence, ...]


class EvidenceClaim(msgspec.Struct, frozen=True, kw_only=True):
    """What a slice adds to the evidence, claimed in one transaction with its events.

    `looked` are the keys that were looked under when `newest` was the last record, `region` the leads of which was
    known what they were when `changed` was the last change: if any of that is true no more, the claim is refused.
    `ended` are identifiers that came and went within the slice.
    """

    looked: tuple[int, ...]
    newest: int
    region: tuple[str, ...]
    changed: int
    records: tuple[EvidenceRecord, ...] = ()
    edges: tuple[EvidenceEdge, ...] = ()
    people: tuple[Membership, ...] = ()
    decisions: tuple[Decision, ...] = ()
    questions: tuple[Question, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    ended: tuple[IdMove, ...] = ()


class EvidenceLog(msgspec.Struct, frozen=True, kw_only=True):
    """What the copy of the lead library is told about evidence. Told again, or in another order, it says the same.

    Records come without their keys, which follow from their profiles; of people the highest version counts.
    """

    records: tuple[EvidenceRecord, ...] = ()
    edges: tuple[EvidenceEdge, ...] = ()
    people: tuple[Membership, ...] = ()
    decisions: tuple[Decision, ...] = ()
    questions: tuple[Question, ...] = ()

    @property
    def lead(self) -> str:
        """One of the leads that it is about."""
        for kind, name in (
            (self.records, "lead"),
            (self.people, "lead"),
            (self.edges, "left_lead"),
            (self.decisions, "left"),
            (self.questions, "left"),
        ):
            for first in kind[:1]:
                return str(getattr(first, name))
        return ""
