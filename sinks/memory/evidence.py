"""The evidence of the fake library: what PostgreSQL keeps in tables (`migrations/0030_evidence.sql`)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
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
        self._nodes: dict[str, list[str]] = {}
        self._about: dict[str, dict[Pair, int]] = {}  # lead → edges between its records and others, with their number
        self._said: dict[str, list[Decision]] = {}
        self._asked: dict[str, dict[Pair, None]] = {}
        self._members: dict[str, dict[str, None]] = {}

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
        nodes = (self.records[node] for lead in region for node in self._nodes.get(lead, ()))
        about = {pair: number for lead in region for pair, number in self._about.get(lead, {}).items()}
        edges = [self.edges[pair] for pair in sorted(about, key=about.__getitem__)]
        said = {each.no: each for lead in region for each in self._said.get(lead, ())}
        asked = {pair for lead in region for pair in self._asked.get(lead, ()) if inside.issuperset(pair)}
        return Around(
            records=[msgspec.structs.replace(each, keys=()) for each in sorted(nodes, key=lambda each: each.no)],
            edges=[each for each in edges if inside.issuperset((each.left_lead, each.right_lead))],
            people=[self.people[lead] for lead in sorted(region) if lead in self.people],
            decisions=[each for _, each in sorted(said.items()) if inside.issuperset((each.left, each.right))],
            questions=[self.questions[pair] for pair in sorted(asked)],
            whole=len(region) <= most,
            changed=len(self.log),
        )

    def consequences(self, event_ids: Iterable[str]) -> dict[str, tuple[Consequence, ...]]:
        """See `Evidence.consequences`."""
        return {event_id: self._outcomes[event_id] for event_id in event_ids if event_id in self._outcomes}

    def check(self, claim: EvidenceClaim) -> None:
        """Raise LostRace when something came in between that the claim does not know of."""
        looked, region = frozenset(claim.looked), frozenset(claim.region)
        for record in islice(self.records.values(), claim.newest, None):
            if looked.intersection(record.keys):
                raise LostRace("a record came in between under the same keys")
            if record.lead in region:
                raise LostRace("a record of the same lead came in between")
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
            self._nodes.setdefault(record.lead, []).append(record.node)
        for edge in claim.edges:
            pair = (edge.left, edge.right)
            self.edges.setdefault(pair, edge)
            for lead in (edge.left_lead, edge.right_lead):
                self._about.setdefault(lead, {}).setdefault(pair, len(self.edges))
            self.log.append((edge.left_lead, edge.right_lead))
        for member in claim.people:
            former = self.people.get(member.lead)
            if former is not None:
                self._members[former.person].pop(member.lead, None)
            self.people[member.lead] = member
            self._members.setdefault(member.person, {})[member.lead] = None
            self.log.append((member.lead, member.person))
        for decision in claim.decisions:
            self.log.append((decision.left, decision.right))
            kept = msgspec.structs.replace(decision, no=len(self.log))
            self.decisions.append(kept)
            for lead in (decision.left, decision.right):
                self._said.setdefault(lead, []).append(kept)
        for question in claim.questions:
            pair = (question.left, question.right)
            self.questions[pair] = question
            for lead in pair:
                self._asked.setdefault(lead, {})[pair] = None
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
        for pair in self._about.get(lead, ()):
            edge = self.edges[pair]
            yield edge.right_lead if lead == edge.left_lead else edge.left_lead
        for decision in self._said.get(lead, ()):
            yield decision.right if lead == decision.left else decision.left
        mine = self.people.get(lead)
        if mine is not None:
            yield from self._members[mine.person]


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

    async def companions(self, leads: Sequence[str]) -> Sequence[Membership]:
        """See `Evidence`."""
        persons = {self.evidence.people[lead].person for lead in leads if lead in self.evidence.people}
        return [each for _, each in sorted(self.evidence.people.items()) if each.person in persons]

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

    async def questions_beside(self, left: str, right: str) -> Sequence[Question]:
        """See `Evidence`."""
        wanted = {self._person(left), self._person(right)}
        found = await self.questions(limit=len(self.evidence.questions))
        return [each for each in found if {self._person(each.left), self._person(each.right)} == wanted]

    async def question_counts(self) -> Mapping[tuple[str, str, str], int]:
        """See `Evidence`."""
        found = await self.questions(limit=len(self.evidence.questions))
        return Counter((each.reason, each.source, each.file) for each in found)

    def _person(self, lead: str) -> str:
        member = self.evidence.people.get(lead)
        return lead if member is None else member.person

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
