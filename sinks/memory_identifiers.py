"""The identifiers of the fake library: for each one the intervals in which it pointed to a lead."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from schemas.identity import IdClaim, IdKey, IdMove
from sinks.base import LostRace


@dataclass(frozen=True, slots=True)
class Interval:
    """An identifier pointed to a lead from `claim.since` until `until` (ms; None: it still does)."""

    claim: IdClaim
    until: int | None = None
    moved_by: str | None = None


class MemoryIdentifiers:
    """Intervals per identifier, at most one of them open."""

    def __init__(self) -> None:
        self._intervals: dict[IdKey, list[Interval]] = {}

    def present(self, keys: Iterable[IdKey]) -> dict[IdKey, IdClaim]:
        """Return the open claims of these identifiers."""
        found = ((key, _open(self._intervals.get(key, ()))) for key in keys)
        return {key: interval.claim for key, interval in found if interval}

    def of_leads(self, leads: Iterable[str]) -> dict[str, list[IdKey]]:
        """Return the identifiers that point to these leads, in order; leads without any are left out."""
        owned: dict[str, list[IdKey]] = {}
        for claim in self.present(sorted(self._intervals)).values():
            owned.setdefault(claim.lead, []).append(claim.key)
        return {lead: owned[lead] for lead in leads if lead in owned}

    def intervals(self, key: IdKey) -> list[Interval]:
        """Return all intervals of an identifier, oldest first."""
        return list(self._intervals.get(key, ()))

    def note_ended(self, moves: Iterable[IdMove]) -> None:
        """Note identifiers that were claimed and given up before they were ever kept."""
        for move in moves:
            gone = IdClaim(move.key, move.lead, False, move.until, move.event_id)
            before = self._intervals.get(move.key, [])
            place = len(before) - (_open(before) is not None)
            self._intervals[move.key] = [*before[:place], Interval(gone, move.until, move.event_id), *before[place:]]

    def apply(self, claims: Sequence[IdClaim], moves: Sequence[IdMove]) -> None:
        """End the moved claims, then make the new ones, or raise LostRace and leave everything as it was."""
        touched: dict[IdKey, list[Interval]] = {}
        for move in moves:
            touched[move.key] = _moved(self._intervals.get(move.key, []), move)
        for claim in claims:
            before = touched.get(claim.key) or self._intervals.get(claim.key, [])
            touched[claim.key] = _claimed(before, claim)
        self._intervals.update(touched)


def _open(intervals: Sequence[Interval]) -> Interval | None:
    return intervals[-1] if intervals and intervals[-1].until is None else None


def _moved(intervals: list[Interval], move: IdMove) -> list[Interval]:
    present = _open(intervals)
    if present is None:
        return intervals
    if present.claim.lead != move.lead:
        raise LostRace(f"an identifier of kind {move.key.kind} belongs to another lead")
    return [*intervals[:-1], replace(present, until=move.until, moved_by=move.event_id)]


def _claimed(intervals: list[Interval], claim: IdClaim) -> list[Interval]:
    present = _open(intervals)
    if present is None:
        return [*intervals, Interval(claim)]
    if present.claim.lead != claim.lead:
        raise LostRace(f"an identifier of kind {claim.key.kind} belongs to another lead")
    verified = replace(present.claim, verified=present.claim.verified or claim.verified)
    return [*intervals[:-1], replace(present, claim=verified)]
