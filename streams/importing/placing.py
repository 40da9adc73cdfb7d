"""Which person a row will be of: the resolver of the event path, over the library as it stands and the rows above.

The library is only read. What earlier rows add lies in `KeptEvidence`, so that memory does not grow with the file.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from processors.identity import own_lead
from processors.resolver.live.resolver import LiveResolver
from processors.resolver.live.types import Arrival
from processors.resolver.population import Population, from_document, weights_of
from schemas.evidence import Around, Membership, Near, Question
from schemas.identity import PastHolders
from schemas.rules.identity import IdentityRules
from sinks.evidence import Evidence as EvidenceStore
from streams.importing.events import Draft
from streams.importing.evidence import Evidence
from streams.importing.kept_evidence import KeptEvidence


class Place(NamedTuple):
    """Where a row belongs: its lead, the person that this is part of, and what people are asked because of it."""

    lead: str
    person: str
    questions: tuple[Question, ...]


class Placer:
    """Places rows in order. For each batch `look` first, `place` the rows that are sent, then `keep`."""

    def __init__(self, library: EvidenceStore, rules: IdentityRules, kept: KeptEvidence, source: str, at: int) -> None:
        self._library = library
        self._rules = rules
        self._kept = kept
        self._source, self._at = source, at
        self._weights = weights_of(rules, Population())
        self._counted = False
        self._resolver = LiveResolver(self._weights)
        self._said: dict[str, Evidence] = {}
        self._looked: set[str] = set()
        self._named: dict[str, str] = {}

    async def look(self, drafts: Sequence[Draft], leads: Iterable[str], past: PastHolders) -> list[str]:
        """Ask for what a batch needs; `leads` are those of its identifiers. Return all people that it may be about.

        `past` says who held phone numbers until when. Raises SinkUnavailable; the same call can then be made again.
        """
        library = self._library
        if not self._counted and (document := await library.population()) is not None:
            self._weights = weights_of(self._rules, from_document(document))
        self._counted = True
        self._resolver = LiveResolver(self._weights)
        told = ((draft.event_id, draft.told(self._at, past)) for draft in drafts)
        self._said = {event_id: evidence for event_id, evidence in told if evidence is not None}
        keys = sorted(set(chain.from_iterable(its.looked for _, its in self._said.values())))  # as indexes have them
        view = self._resolver.view
        view.told(past)
        view.take(await self._near(keys, [profile.content for profile, _ in self._said.values()]), keys)
        wanted = dict.fromkeys(chain(leads, *(self._resolver.ahead(*said) for said in self._said.values())))
        around = await self._around(list(wanted), 4 * len(wanted) + self._rules.limits.region)
        view.take_around(around)
        self._looked.update(map(own_lead, self._said))  # they begin in this batch, so that nothing is known of them
        if more := view.unread(record.node for record in around.records):
            view.take(await self._near(more, []), more)
        people = {member.person for member in around.people}
        return list(dict.fromkeys((*wanted, *sorted(people), *(record.lead for record in around.records))))

    async def name(self, leads: Iterable[str]) -> list[str]:
        """Ask which people leads are part of, of which nothing else matters; return those people.

        Raises SinkUnavailable; the same call can then be made again.
        """
        missing = list(dict.fromkeys(lead for lead in leads if lead not in self._looked))
        self._named = dict.fromkeys(missing, "")
        if not missing:
            return []
        members = [*self._kept.people(missing).values(), *(await self._library.people(missing)).values()]
        for member in sorted(members, key=lambda each: each.version):  # what changed last counts
            self._named[member.lead] = member.person
        return [person for person in self._named.values() if person]

    def tells(self, draft: Draft) -> bool:
        """Return whether a row says enough of a person to be compared."""
        return draft.event_id in self._said

    def place(self, draft: Draft, lead: str | None) -> Place:
        """Return where a row belongs of which identifiers say `lead`; the rows after it know of it."""
        own = own_lead(draft.event_id)
        if draft.event_id not in self._said:
            return Place(lead or own, self.person(lead or own), ())
        profile, keys = self._said[draft.event_id]
        event = Arrival(
            event_id=draft.event_id, lead=lead or own, fresh=lead is None or lead == own, known_by=bool(draft.ids),
            profile=profile, at=self._at, source=self._source,
        )  # fmt: skip
        placed = self._resolver.place_one(event, keys)
        mine: tuple[Question, ...] = ()
        if any(each.type == "identity_questioned" for each in placed.consequences):
            asked = self._resolver.added.questions.values()
            mine = tuple(each for each in asked if each.event_id == draft.event_id and not each.closed)
        return Place(placed.lead, self.person(placed.lead), mine)

    def person(self, lead: str) -> str:
        """Return the person that a lead is part of, as far as this batch has asked."""
        member = self._resolver.view.people.get(lead)
        if member is None and lead in self._named:
            return self._named[lead] or lead
        if member is None and lead not in self._looked:
            member = self._kept.people((lead,)).get(lead)
        return member.person if member is not None else lead

    def keep(self) -> None:
        """Keep what the rows of the batch add."""
        self._kept.keep(self._resolver.added)

    async def _near(self, keys: Sequence[int], nodes: Sequence[str]) -> Near:
        if not keys and not nodes:
            return Near(buckets={}, full=frozenset(), records=(), newest=0)
        most = self._rules.limits.candidates
        return _both_near(
            await self._library.evidence_near(keys, nodes, most), self._kept.near(keys, nodes, most), most
        )

    async def _around(self, leads: Sequence[str], most: int) -> Around:
        """Return what library and file know around leads: each may tie leads to what only the other knows."""
        region = self._kept.beside(leads)
        asked: dict[str, None] = {}
        parts: list[Around] = []
        while (new := [lead for lead in region if lead not in asked]) and len(region) <= most:
            parts.append(await self._library.evidence_around(new, most))
            asked.update(dict.fromkeys(new))
            asked.update(dict.fromkeys(_leads_in(parts[-1])))
            region = self._kept.beside(asked)
        self._looked = set(region)
        return _both_around([*parts, self._kept.around(list(region))], len(region) <= most)


def _both_near(one: Near, other: Near, most: int) -> Near:
    buckets = {key: tuple(nodes) for key, nodes in one.buckets.items()}
    for key, nodes in other.buckets.items():
        buckets[key] = tuple(dict.fromkeys((*buckets.get(key, ()), *nodes)))
    full = one.full | other.full | {key for key, nodes in buckets.items() if len(nodes) > most}
    return Near(
        buckets={key: nodes for key, nodes in buckets.items() if key not in full},
        full=full,
        records=[*one.records, *other.records],
        newest=0,
    )


def _leads_in(around: Around) -> Iterable[str]:
    yield from (record.lead for record in around.records)
    for member in around.people:
        yield from (member.lead, member.person)


def _both_around(parts: Sequence[Around], whole: bool) -> Around:
    """Return parts as one; of a lead's person what changed last counts, of a question that it was closed."""
    people: dict[str, Membership] = {}
    questions: dict[tuple[str, str], Question] = {}
    for member in chain.from_iterable(part.people for part in parts):
        if member.lead not in people or people[member.lead].version < member.version:
            people[member.lead] = member
    for question in chain.from_iterable(part.questions for part in parts):
        pair = (question.left, question.right)
        if pair not in questions or not questions[pair].closed:
            questions[pair] = question
    return Around(
        records=[record for part in parts for record in part.records],
        edges=[edge for part in parts for edge in part.edges],
        people=list(people.values()),
        decisions=[decision for part in parts for decision in part.decisions],
        questions=list(questions.values()),
        whole=whole and all(part.whole for part in parts),
        changed=0,
    )
