"""The full resolver of a replay: the evidence in memory, asked and claimed without waiting."""

from processors.cleanse_batch import Decided, Plan
from processors.placing import Placing
from processors.resolver.population import Population, weights_of
from schemas.identity import PastHolders
from schemas.rules.identity import IdentityRules
from sinks.memory.evidence import MemoryEvidence


class Evidence:
    """What is known of who is who. Nobody else writes it, so that every claim holds."""

    def __init__(self, rules: IdentityRules) -> None:
        self._rules = rules
        self._weights = weights_of(rules, Population())
        self._kept = MemoryEvidence()

    def plan(self, decided: Decided, past: PastHolders) -> Plan:
        """Decide on a slice and keep what it adds; `past` says who held its phone numbers until when."""
        placing, most = Placing(decided, self._weights), self._rules.limits.candidates
        keys, nodes = placing.begin(past)
        placing.take(self._kept.near(keys, nodes, most), keys)
        if touched := placing.touched():
            around = self._kept.around(touched, 4 * len(touched) + self._rules.limits.region)
            if more := placing.take_around(around):
                placing.take(self._kept.near(more, [], most), more)
        people = self._kept.people
        addresses = {lead: people[lead].address for lead in placing.leads() if lead in people}
        plan = placing.finish(addresses, {}, keys)
        if plan.evidence is not None:
            self._kept.apply(plan.evidence)
        return plan
