"""The identifiers of the fake library: for each one the intervals in which it pointed to a lead."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from schemas.identity import IdClaim, IdKey, IdMove, Past, let_go
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

    def past(self, key: IdKey) -> list[Past]:
        """Return who held an identifier until when, earliest end first."""
        return sorted(
            Past(each.until, each.claim.since, each.claim.lead, each.moved_by or "", each.claim.event_id)
            for each in self._intervals.get(key, ())
            if each.until is not None
        )

    def apply(self, claims: Sequence[IdClaim], moves: Sequence[IdMove], ended: Sequence[IdMove] = ()) -> None:
        """End the moved claims, make the new ones, note what came and went (`ended`).

        Or raise LostRace and leave everything as it was.
        """
        touched: dict[IdKey, list[Interval]] = {}
        for move in moves:
            touched[move.key] = _moved(self._intervals.get(move.key, []), move)
        for claim in claims:
            before = touched.get(claim.key) or self._intervals.get(claim.key, [])
            touched[claim.key] = _claimed(before, claim)
        for move in ended:
            before = touched.get(move.key) or self._intervals.get(move.key, [])
            touched[move.key] = _noted(before, move)
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
        if any(claim.since < each.until for each in intervals if each.until is not None and _by_change(each)):
            raise LostRace(f"an identifier of kind {claim.key.kind} was somebody's at that time")
        return [*intervals, Interval(claim)]
    if present.claim.lead != claim.lead:
        raise LostRace(f"an identifier of kind {claim.key.kind} belongs to another lead")
    verified = replace(present.claim, verified=present.claim.verified or claim.verified)
    return [*intervals[:-1], replace(present, claim=verified)]


def _noted(intervals: list[Interval], move: IdMove) -> list[Interval]:
    present = _open(intervals)
    if present is not None and present.claim.since < move.until:
        raise LostRace(f"an identifier of kind {move.key.kind} was claimed in between")
    if any(each.until == move.until and each.claim.lead != move.lead for each in intervals if _by_change(each)):
        raise LostRace(f"an identifier of kind {move.key.kind} has changed hands in between")
    gone = Interval(IdClaim(move.key, move.lead, False, move.began, move.event_id), move.until, move.event_id)
    place = len(intervals) - (present is not None)
    return [*intervals[:place], gone, *intervals[place:]]


def _by_change(interval: Interval) -> bool:
    """Tell whether somebody gave a number up, or took it over: it was not let go as one that many use."""
    return interval.claim.key.kind == "phone" and not let_go(interval.moved_by or "")
