"""The evidence of the fake library: what PostgreSQL keeps in tables (`migrations/0030_evidence.sql`)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from schemas.evidence import (
    Around,
    Consequence,
    Decision,
    EvidenceClaim,
    EvidenceEdge,
    EvidenceRecord,
    Membership,
    Near,
    Question,
)
from sinks.base import LostRace

Pair = tuple[str, str]


class MemoryEvidence:
    """Records under keys, edges, people, decisions, questions."""

    def __init__(self) -> None:
        self.records: dict[str, EvidenceRecord] = {}
        self.edges: dict[Pair, EvidenceEdge] = {}
        self.people: dict[str, Membership] = {}
        self.decisions: list[Decision] = []
        self.questions: dict[Pair, Question] = {}
        self.log: list[tuple[str, ...]] = []  # the leads that each thing found, decided or changed is about
        self.population: Mapping[str, Any] | None = None
        self._outcomes: dict[str, tuple[Consequence, ...]] = {}
        self._under: dict[int, list[str]] = {}

    def near(self, keys: Sequence[int], nodes: Sequence[str], most: int) -> Near:
        """See `Evidence.evidence_near`."""
        held = {key: self._under[key] for key in keys if key in self._under}
        full = frozenset(key for key, found in held.items() if len(found) > most)
        buckets = {key: tuple(found) for key, found in held.items() if key not in full}
        wanted = dict.fromkeys([node for found in buckets.values() for node in found])
        wanted.update((node, None) for node in nodes if node in self.records)
        found = sorted((self.records[node] for node in wanted), key=lambda record: record.no)
        bare = [msgspec.structs.replace(record, keys=()) for record in found]
        return Near(buckets=buckets, full=full, records=bare, newest=len(self.records))

    def around(self, leads: Sequence[str], most: int) -> Around:
        """See `Evidence.evidence_around`."""
        region = self._region(leads, most)
        inside = frozenset(region)
        records = [msgspec.structs.replace(each, keys=()) for each in self.records.values() if each.lead in inside]
        return Around(
            records=records,
            edges=[each for each in self.edges.values() if inside.issuperset((each.left_lead, each.right_lead))],
            people=[member for lead, member in sorted(self.people.items()) if lead in inside],
            decisions=[each for each in self.decisions if inside.issuperset((each.left, each.right))],
            questions=[each for pair, each in sorted(self.questions.items()) if inside.issuperset(pair)],
            whole=len(region) <= most,
            changed=len(self.log),
        )

    def consequences(self, event_ids: Iterable[str]) -> dict[str, tuple[Consequence, ...]]:
        """See `Evidence.consequences`."""
        return {event_id: self._outcomes[event_id] for event_id in event_ids if event_id in self._outcomes}

    def check(self, claim: EvidenceClaim) -> None:
        """Raise LostRace when something came in between that the claim does not know of."""
        looked, region = frozenset(claim.looked), frozenset(claim.region)
        if any(each.no > claim.newest and looked.intersection(each.keys) for each in self.records.values()):
            raise LostRace("a record came in between under the same keys")
        if any(region.intersection(leads) for leads in self.log[claim.changed :]):
            raise LostRace("somebody else decided on the same leads in between")
        if any(record.node in self.records for record in claim.records):
            raise LostRace("a record is kept already")

    def apply(self, claim: EvidenceClaim) -> None:
        """Keep what a claim adds."""
        for record in claim.records:
            self.records[record.node] = msgspec.structs.replace(record, no=len(self.records) + 1)
            for key in record.keys:
                self._under.setdefault(key, []).append(record.node)
        for edge in claim.edges:
            self.edges.setdefault((edge.left, edge.right), edge)
            self.log.append((edge.left_lead, edge.right_lead))
        for member in claim.people:
            self.people[member.lead] = member
            self.log.append((member.lead, member.person))
        for decision in claim.decisions:
            self.log.append((decision.left, decision.right))
            self.decisions.append(msgspec.structs.replace(decision, no=len(self.log)))
        for question in claim.questions:
            self.questions[question.left, question.right] = question
        self._outcomes.update((outcome.event_id, outcome.consequences) for outcome in claim.outcomes)

    def _region(self, leads: Sequence[str], most: int) -> list[str]:
        """Return leads and all that hang together with them; where they are more than `most`, one more than that."""
        region = dict.fromkeys(leads)
        waiting = list(region)
        while waiting and len(region) <= most:
            for lead in self._beside(waiting.pop(0)):
                if lead not in region:
                    region[lead] = None
                    waiting.append(lead)
        return list(region)

    def _beside(self, lead: str) -> Iterator[str]:
        for edge in self.edges.values():
            if lead in (edge.left_lead, edge.right_lead):
                yield edge.right_lead if lead == edge.left_lead else edge.left_lead
        for decision in self.decisions:
            if lead in (decision.left, decision.right):
                yield decision.right if lead == decision.left else decision.left
        mine = self.people.get(lead)
        if mine is not None:
            yield from (member.lead for member in self.people.values() if member.person == mine.person)


class EvidenceReading:
    """`Evidence`, but for `ended`, over a `MemoryEvidence`."""

    def __init__(self) -> None:
        self.evidence = MemoryEvidence()

    async def evidence_near(self, keys: Sequence[int], nodes: Sequence[str], most: int) -> Near:
        """See `Evidence`."""
        return self.evidence.near(keys, nodes, most)

    async def evidence_around(self, leads: Sequence[str], most: int) -> Around:
        """See `Evidence`."""
        return self.evidence.around(leads, most)

    async def people(self, leads: Sequence[str]) -> Mapping[str, Membership]:
        """See `Evidence`."""
        return {lead: self.evidence.people[lead] for lead in leads if lead in self.evidence.people}

    async def consequences(self, event_ids: Sequence[str]) -> Mapping[str, Sequence[Consequence]]:
        """See `Evidence`."""
        return self.evidence.consequences(event_ids)

    async def questions(
        self, reason: str | None = None, source: str | None = None, file: str | None = None, limit: int = 100
    ) -> Sequence[Question]:
        """See `Evidence`."""
        wanted = (("reason", reason), ("source", source), ("file", file))
        found = [
            each
            for each in self.evidence.questions.values()
            if not each.closed and all(value is None or getattr(each, name) == value for name, value in wanted)
        ]
        return sorted(found, key=lambda each: (-each.score, each.left, each.right))[:limit]

    async def population(self) -> Mapping[str, Any] | None:
        """See `Evidence`."""
        return self.evidence.population

    async def evidence_sample(self, size: int) -> tuple[Sequence[bytes], int]:
        """See `Evidence`."""
        found = [self.evidence.records[node].profile for node in sorted(self.evidence.records)]
        return found[:size], len(found)

    async def keep_population(self, document: bytes) -> None:
        """See `Evidence`."""
        self.evidence.population = msgspec.json.decode(document)
