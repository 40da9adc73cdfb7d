"""Asks the library what the full resolver needs to place the events of a slice: one or two round trips, rarely more."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

from processors.cleanse_batch import Decided, Plan
from processors.evidence_log import decided_before, evidence_logs
from processors.placing import Placing
from processors.resolver.population import Population, from_document, weights_of
from schemas.evidence import EvidenceLog
from schemas.identity import PastHolders
from schemas.rules.identity import IdentityRules
from sinks.base import Library
from streams.metrics import EVIDENCE_RECORDS, PEOPLE_CHANGES, QUESTIONS

SLICES = 2_000  # between two looks at how common values are
REMEMBERED = 200_000  # leads whose address is known to be their own, or another's


class Identify:
    """Places slices. `refresh` it now and then: how common values are is counted anew from time to time."""

    def __init__(self, library: Library, rules: IdentityRules) -> None:
        self._library = library
        self._rules = rules
        self._weights = weights_of(rules, Population())
        self._addresses: OrderedDict[str, str] = OrderedDict()
        self._slices = 0

    async def refresh(self) -> None:
        """Read how common values are."""
        document = await self._library.population()
        if document is not None:
            self._weights = weights_of(self._rules, from_document(document))

    async def plan(self, decided: Decided, past: PastHolders) -> Plan:
        """Return what is to be done about a slice of which identifiers have said what they know.

        `past` says who held the slice's phone numbers until when, as `Library.known` has it.
        """
        self._slices += 1
        if self._slices % SLICES == 0:
            await self.refresh()
        placing = Placing(decided, self._weights)
        addresses = await self._known(placing.leads())
        told = await self._library.consequences(list(decided.before)) if decided.before else {}
        looked = await self._look(placing, past)
        return placing.finish(addresses, told, looked)

    async def told_before(self, decided: Decided) -> list[EvidenceLog]:
        """Return all that is known around what an earlier delivery of these records decided; nearly always nothing."""
        leads = decided_before(decided)
        if not leads:
            return []
        most = 4 * len(leads) + self._rules.limits.region
        return evidence_logs(await self._library.evidence_around(leads, most))

    async def _look(self, placing: Placing, past: PastHolders) -> Sequence[int]:
        library, most = self._library, self._rules.limits.candidates
        keys, nodes = placing.begin(past)
        if placing.any:
            placing.take(await library.evidence_near(keys, nodes, most), keys)
        if touched := placing.touched():
            most = 4 * len(touched) + self._rules.limits.region
            more = placing.take_around(await library.evidence_around(touched, most))
            if more:
                placing.take(await library.evidence_near(more, [], most), more)
                return [*keys, *more]
        return keys

    async def _known(self, leads: Sequence[str]) -> Mapping[str, str]:
        """Return the addresses of leads. An address never changes, so it is asked for once."""
        known = {lead: self._addresses[lead] for lead in leads if lead in self._addresses}
        missing = [lead for lead in leads if lead not in known]
        if missing:
            found = await self._library.people(missing)
            fresh = {lead: found[lead].address if lead in found else lead for lead in missing}
            known |= fresh
            self._remember(fresh)
        return {lead: address for lead, address in known.items() if address != lead}

    def _remember(self, addresses: Mapping[str, str]) -> None:
        """Keep addresses; those that were asked for first give way, also to what another slice asks for meanwhile."""
        self._addresses.update(addresses)
        while len(self._addresses) > REMEMBERED:
            self._addresses.popitem(last=False)


def count_evidence(plan: Plan) -> None:
    """Count what a claimed plan added."""
    if plan.evidence is not None:
        EVIDENCE_RECORDS.inc(len(plan.evidence.records))
        PEOPLE_CHANGES.inc(len(plan.evidence.people))
        QUESTIONS.inc(sum(not question.closed for question in plan.evidence.questions))
