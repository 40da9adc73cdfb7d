"""A slice of touchpoints, from outcomes of decoding to the plan of what to claim and produce. Pure.

Three kinds of record: refused, repeated (an earlier record holds its event id), and accepted. A record whose event
id is held by the record itself is our own redelivery: it is accepted again, with the decision made the first time.
"""

from collections.abc import Mapping, Sequence

import msgspec

from processors.cleanse import NAMING_TYPES, Cleansed, facts_of
from processors.identifier_log import repeated_logs
from processors.identity import Resolution, keys_of, leads_in_question, resolve
from schemas.evidence import EvidenceClaim
from schemas.fact import Fact, Origin
from schemas.identity import EventClaim, IdClaim, IdKey, IdLog, IdMove, PastHolders
from schemas.outcome import Refusal

JUDGED = "leads_judged"
TELLING_TYPES = NAMING_TYPES | {JUDGED}


def brings_evidence(cleansed: Cleansed) -> bool:
    """Tell whether an event says anything about who is who, besides its identifiers."""
    return cleansed.touchpoint.type in TELLING_TYPES


class Item(msgspec.Struct, frozen=True):
    """One record of the slice: where it stands, what decoding and cleansing made of it, when we could know (ms)."""

    origin: Origin
    outcome: Cleansed | Refusal
    known_at: int


class Plan(msgspec.Struct, kw_only=True):
    """What is to be done about the slice: first claim, then produce."""

    facts: list[Fact]
    events: list[EventClaim]
    claims: list[IdClaim]
    moves: list[IdMove]
    duplicates: list[EventClaim]
    accepted: int
    evidence: EvidenceClaim | None = None


class Decided(msgspec.Struct, kw_only=True):
    """What identifiers say of the slice: a lead, or None, for each event that is no repeat.

    `before` are the decisions (event id → lead) that an earlier delivery made: they stand. `held` is what the library
    said of identifiers.
    """

    fresh: list[tuple[Item, Cleansed]]
    resolution: Resolution
    duplicates: list[EventClaim]
    before: dict[str, str]
    held: Mapping[IdKey, IdClaim]


class CleanseBatch:
    """The accepted items of a slice, and what the library must be asked about them.

    `alone`: identifiers alone say who an event is about, and every contact is one.
    """

    def __init__(self, items: Sequence[Item], *, alone: bool = False) -> None:
        self._accepted = [(item, item.outcome) for item in items if isinstance(item.outcome, Cleansed)]
        if alone:
            self._accepted = [(item, _alone(cleansed)) for item, cleansed in self._accepted]
        self._subjects = [cleansed.subject for _, cleansed in self._accepted]
        self._event_ids = list(dict.fromkeys([subject.event_id for subject in self._subjects]))

    def event_ids(self) -> list[str]:
        """Return the event ids to ask `Library.decisions` for."""
        return self._event_ids

    def identifiers(self) -> list[IdKey]:
        """Return the identifiers to ask `Library.lookup` for."""
        return keys_of(self._subjects)

    def telling(self) -> int:
        """Return how many events say anything about who is who, besides their identifiers."""
        return sum([brings_evidence(cleansed) for _, cleansed in self._accepted])

    def leads_in_question(self, held: Mapping[IdKey, IdClaim], past: PastHolders) -> list[str]:
        """Return the leads whose identifiers `Library.identifiers` must be asked for; nearly always none."""
        return leads_in_question(self._subjects, held, past)

    def plan(
        self,
        decisions: Mapping[str, EventClaim],
        held: Mapping[IdKey, IdClaim],
        owned: Mapping[str, Sequence[IdKey]],
        past: PastHolders,
    ) -> Plan:
        """Decide on every accepted item, in order, given what the library answered; identifiers decide alone."""
        decided = self.decide(decisions, held, owned, past)
        facts: list[Fact] = []
        events: list[EventClaim] = []
        for (item, cleansed), lead in zip(decided.fresh, decided.resolution.leads, strict=True):
            facts += facts_of(cleansed, lead, item.origin, item.known_at)
            event_id = cleansed.subject.event_id
            if event_id not in decided.before:
                events.append(EventClaim(event_id, item.origin, lead or ""))
        ended = decided.resolution.ended
        bare = EvidenceClaim(looked=(), newest=0, region=(), changed=0, ended=tuple(ended)) if ended else None
        return plan_of(decided, facts, events, bare)

    def decide(
        self,
        decisions: Mapping[str, EventClaim],
        held: Mapping[IdKey, IdClaim],
        owned: Mapping[str, Sequence[IdKey]],
        past: PastHolders,
    ) -> Decided:
        """Return what identifiers say, and what they claim; `past` says who held phone numbers before."""
        fresh, duplicates = self._sort_out(decisions)
        before = self._before(decisions)
        resolution = resolve([cleansed.subject for _, cleansed in fresh], held, owned, before, past)
        return Decided(fresh=fresh, resolution=resolution, duplicates=duplicates, before=before, held=held)

    def told_before(
        self,
        decisions: Mapping[str, EventClaim],
        held: Mapping[IdKey, IdClaim],
        past: PastHolders,
    ) -> list[IdLog]:
        """Return what an earlier delivery of these records changed about identifiers; nearly always nothing."""
        return repeated_logs(self._before(decisions), held, past)

    def _before(self, decisions: Mapping[str, EventClaim]) -> dict[str, str]:
        """Return what was decided when these very records were delivered before: event id → lead, "" for nobody."""
        return {
            claim.event_id: claim.lead
            for item, cleansed in (self._accepted if decisions else ())
            if (claim := decisions.get(cleansed.subject.event_id)) is not None and claim.origin == item.origin
        }

    def _sort_out(self, decisions: Mapping[str, EventClaim]) -> tuple[list[tuple[Item, Cleansed]], list[EventClaim]]:
        """Return what these records are the first to say, and what others said before, with the lead they meant."""
        if not decisions and len(self._event_ids) == len(self._accepted):
            return self._accepted, []  # nobody has said any of it before: often
        fresh: list[tuple[Item, Cleansed]] = []
        duplicates: list[EventClaim] = []
        firsts: dict[str, Origin] = {}
        for accepted in self._accepted:
            origin, event_id = accepted[0].origin, accepted[1].subject.event_id
            claim = decisions.get(event_id)
            first = firsts.setdefault(event_id, origin) if claim is None else claim.origin
            if first is origin or first == origin:
                fresh.append(accepted)
            else:
                duplicates.append(EventClaim(event_id, origin, "" if claim is None else claim.lead))
        return fresh, duplicates


def _alone(cleansed: Cleansed) -> Cleansed:
    subject = cleansed.subject
    return msgspec.structs.replace(cleansed, subject=subject.alone()) if subject.shared else cleansed


def plan_of(
    decided: Decided, facts: list[Fact], events: list[EventClaim], evidence: EvidenceClaim | None = None
) -> Plan:
    """Return the plan of a slice that was decided on."""
    return Plan(
        facts=facts,
        events=events,
        claims=list(decided.resolution.claims.values()),
        moves=decided.resolution.moves,
        duplicates=decided.duplicates,
        accepted=len(decided.fresh),
        evidence=evidence,
    )
