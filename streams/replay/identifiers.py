"""Who an event of a replay is about: the lead library's part in identity, in memory."""

from bisect import insort
from collections.abc import Sequence

from processors.cleanse_batch import CleanseBatch, Item, Plan
from schemas.identity import EventClaim, IdClaim, IdKey, IdMove, Past
from schemas.rules.identity import IdentityRules
from streams.replay.evidence import Evidence


class Identifiers:
    """The library's part in identity, in dictionaries: who holds which event id and identifier, and the evidence."""

    def __init__(self, rules: IdentityRules | None = None) -> None:
        self._full = Evidence(rules) if rules is not None and rules.resolver == "full" else None
        self._events: dict[str, EventClaim] = {}
        self._held: dict[IdKey, IdClaim] = {}
        self._owned: dict[str, dict[IdKey, None]] = {}
        self._past: dict[IdKey, list[Past]] = {}

    def plan(self, items: Sequence[Item]) -> Plan:
        """Decide on a slice and claim what it needs."""
        batch = CleanseBatch(items, alone=self._full is None)
        decisions = {event: self._events[event] for event in batch.event_ids() if event in self._events}
        held = {key: self._held[key] for key in batch.identifiers() if key in self._held}
        past = {key.value: self._past[key] for key in batch.identifiers() if key in self._past} if self._past else {}
        owned = {lead: list(self._owned.get(lead, ())) for lead in batch.leads_in_question(held, past)}
        if self._full is None:
            plan = batch.plan(decisions, held, owned, past)
        else:
            plan = self._full.plan(batch.decide(decisions, held, owned, past), past)
        for move in plan.moves:
            self._end(move, self._held.pop(move.key).since)
            self._owned[move.lead].pop(move.key, None)
        for move in plan.evidence.ended if plan.evidence is not None else ():
            self._end(move, move.began)
        for claim in plan.claims:
            self._held[claim.key] = claim
            self._owned.setdefault(claim.lead, {})[claim.key] = None
        self._events.update((event.event_id, event) for event in plan.events)
        return plan

    def _end(self, move: IdMove, since: int) -> None:
        if move.key.kind == "phone":
            past = Past(move.until, since, move.lead, move.event_id, move.event_id)
            insort(self._past.setdefault(move.key, []), past)
