"""The fake lead library."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import replace

from schemas.effects import NO_OFFSET, Change, Outputs, Slot
from schemas.evidence import EvidenceClaim
from schemas.identity import EventClaim, IdClaim, IdKey, IdMove, PastHolders
from schemas.lead_query import LeadQuery, is_wanted
from schemas.signal import Signal
from sinks.base import Fenced, HistoryConflict, Known, LostRace
from sinks.claim_checks import merged_claims, merged_moves, refuse_repeats
from sinks.memory.evidence import EvidenceReading
from sinks.memory.identifiers import Interval, MemoryIdentifiers
from sinks.read import Acked, LeadRow, Notice, as_given_back

PARTING = frozenset({"leads_merged", "leads_unmerged"})


class MemoryLibrary(EvidenceReading):
    """`Library` and `LibraryReader` in dictionaries; `now` (ms since 1970) says when event ids were claimed."""

    def __init__(self, now: Callable[[], int] = lambda: 0) -> None:
        super().__init__()
        self._now = now
        self._turn = asyncio.Lock()
        self._events: dict[str, tuple[EventClaim, int]] = {}
        self._identifiers = MemoryIdentifiers()
        self._fences: dict[tuple[str, Slot], int] = {}
        self._history: dict[str, dict[int, Change]] = {}
        self._leads: dict[str, LeadRow] = {}
        self._signals: dict[str, Signal] = {}
        self._notices: dict[tuple[str, str], Notice] = {}

    def turn(self) -> asyncio.Lock:
        """See `Evidence`."""
        return self._turn

    async def decisions(self, event_ids: Sequence[str]) -> Mapping[str, EventClaim]:
        """See `Library`."""
        return {event_id: self._events[event_id][0] for event_id in event_ids if event_id in self._events}

    async def forget_events(self, before: int) -> int:
        """Forget event ids claimed before a time (ms since 1970); return how many."""
        kept = {event_id: held for event_id, held in self._events.items() if held[1] >= before}
        forgotten = len(self._events) - len(kept)
        self._events = kept
        return forgotten

    async def lookup(self, keys: Sequence[IdKey]) -> Mapping[IdKey, IdClaim]:
        """See `Library`."""
        return self._identifiers.present(keys)

    async def known(self, event_ids: Sequence[str], keys: Sequence[IdKey]) -> Known:
        """See `Library`."""
        phones = [key.value for key in keys if key.kind == "phone"]
        return Known(await self.decisions(event_ids), await self.lookup(keys), await self.past("phone", phones))

    async def identifiers(self, leads: Sequence[str]) -> Mapping[str, Sequence[IdKey]]:
        """See `Library`."""
        return self._identifiers.of_leads(leads)

    async def claim(
        self,
        events: Sequence[EventClaim],
        claims: Sequence[IdClaim] = (),
        moves: Sequence[IdMove] = (),
        evidence: EvidenceClaim | None = None,
    ) -> None:
        """See `Library`."""
        refuse_repeats(events)
        made, ended = merged_claims(claims), merged_moves(moves)
        if any(event.event_id in self._events for event in events):
            raise LostRace("an event id is claimed already")
        if evidence is not None:
            self.evidence.check(evidence)
        self._identifiers.apply(made, ended, evidence.ended if evidence is not None else ())
        if evidence is not None:
            self.evidence.apply(evidence)
        self._events.update({event.event_id: (event, self._now()) for event in events})

    async def fence(self, stage: str, slot: Slot) -> int:
        """See `Library`."""
        return self._fences.get((stage, slot), NO_OFFSET)

    async def fences(self, stage: str, topic: str, partition: int) -> Mapping[str, int]:
        """See `Library`."""
        mine = {(stage, topic, partition)}
        return {
            slot.incarnation: fence
            for (of, slot), fence in self._fences.items()
            if (of, slot.topic, slot.partition) in mine
        }

    async def commit(self, stage: str, slot: Slot, expected: int, last: int, outputs: Outputs) -> None:
        """See `Library`."""
        if last <= expected:
            raise ValueError(f"a fence only moves forward, not from {expected} to {last}")
        if self._fences.get((stage, slot), NO_OFFSET) != expected:
            raise Fenced("memory library", slot, expected)
        changes = [change for change in outputs.changes if self._is_new(change)]
        self._fences[(stage, slot)] = last
        for change in sorted(changes, key=lambda change: change.seq):
            self._history.setdefault(change.lead, {})[change.seq] = change
            self._leads[change.lead] = _changed(self._leads.get(change.lead), change)
        for signal in outputs.signals:
            self._keep(signal)

    def _is_new(self, change: Change) -> bool:
        stored = self._history.get(change.lead, {}).get(change.seq)
        if stored is not None and stored.hash != change.hash:
            raise HistoryConflict(change.lead, change.seq)
        return stored is None

    def _keep(self, signal: Signal) -> None:
        self._signals.setdefault(signal.signal_id, signal)
        for recipient in signal.to:
            notice = Notice(len(self._notices) + 1, recipient, signal.as_json(), None, None)
            self._notices.setdefault((signal.signal_id, recipient), notice)

    async def lead(self, lead_id: str) -> LeadRow | None:
        """See `LibraryReader`."""
        return self._leads.get(lead_id)

    async def leads_by_id(self, lead_ids: Sequence[str]) -> Mapping[str, LeadRow]:
        """See `LibraryReader`."""
        return {lead_id: self._leads[lead_id] for lead_id in lead_ids if lead_id in self._leads}

    async def select_leads(self, query: LeadQuery, at_once: int = 1_000) -> AsyncGenerator[list[LeadRow]]:
        """See `LibraryReader`."""
        found = [
            lead
            for _, lead in sorted(self._leads.items())
            if is_wanted(lead.fields, {"created_at": lead.created_at, "updated_at": lead.updated_at}, query)
        ]
        for begin in range(0, len(found), at_once):
            yield found[begin : begin + at_once]

    async def inbox(
        self, recipients: Sequence[str], regions: Sequence[str] | None, limit: int, before: int | None = None
    ) -> list[Notice]:
        """See `LibraryReader`."""
        newest = {
            signal_id: notice
            for (signal_id, recipient), notice in sorted(self._notices.items(), key=lambda item: item[1].seq)
            if recipient in recipients and _is_visible(notice, regions)
        }
        rows = [notice for notice in newest.values() if before is None or notice.seq < before]
        found = sorted(rows, key=lambda notice: -notice.seq)[:limit]
        given = self.given_back()
        return [replace(each, signal=as_given_back(each.signal, given.get(each.signal["signal_id"]))) for each in found]

    def given_back(self) -> dict[str, str]:
        """Return the lead that each signal was given back to last, of those that were."""
        said = sorted(self._signals.values(), key=lambda signal: (signal.at, signal.signal_id))
        given = [each.evidence["alerts"] for each in said if each.kind in PARTING and "alerts" in each.evidence]
        return {signal_id: lead for one in given for lead, ids in one.items() for signal_id in ids}

    async def ack(self, signal_id: str, recipients: Sequence[str], who: str, at: int) -> int:
        """See `LibraryReader`."""
        keys = [(signal_id, recipient) for recipient in dict.fromkeys(recipients)]
        still_open = [key for key in keys if key in self._notices and self._notices[key].acked_at is None]
        for key in still_open:
            self._notices[key] = replace(self._notices[key], acked_at=at, acked_by=who)
        return len(still_open)

    async def acked(self, signal_id: str, recipients: Sequence[str]) -> Acked | None:
        """See `LibraryReader`."""
        notices = [self._notices.get((signal_id, recipient)) for recipient in recipients]
        found = [(each.acked_at, each.seq, each.acked_by) for each in notices if each and each.acked_at is not None]
        at, _, by = min(found, default=(0, 0, None))
        return Acked(by, at) if by is not None else None

    async def past(self, kind: str, values: Sequence[str]) -> PastHolders:
        """See `Evidence`."""
        found = {value: self._identifiers.past(IdKey(kind, value)) for value in values}
        return {value: ends for value, ends in found.items() if ends}

    @property
    def signals(self) -> list[Signal]:
        """All stored signals, in the order in which they came."""
        return list(self._signals.values())

    @property
    def leads(self) -> dict[str, LeadRow]:
        """All leads by id."""
        return dict(self._leads)

    def history(self, lead_id: str) -> list[Change]:
        """Return the history of a lead, by number."""
        return [change for _, change in sorted(self._history.get(lead_id, {}).items())]

    def intervals(self, key: IdKey) -> list[Interval]:
        """Return to whom an identifier pointed, and when, oldest first."""
        return self._identifiers.intervals(key)


def _changed(lead: LeadRow | None, change: Change) -> LeadRow:
    before = lead or LeadRow(change.lead, {}, change.at, change.at, 0)
    if change.seq <= before.version:
        return before
    fields = {name: value for name, value in before.fields.items() if name != change.field}
    if change.new is not None:
        fields[change.field] = change.new
    return LeadRow(change.lead, fields, before.created_at, max(before.updated_at, change.at), change.seq)


def _is_visible(notice: Notice, regions: Sequence[str] | None) -> bool:
    region = notice.signal["region"]
    return regions is None or region is None or region in regions or not notice.recipient.startswith("role:")
