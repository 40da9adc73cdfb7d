"""Checks of a call to `Library.claim` that both libraries make before they do anything.

The order by identifier lets concurrent claimers lock rows in one order, so that they cannot deadlock.
"""

from collections.abc import Sequence

from schemas.identity import EventClaim, IdClaim, IdKey, IdMove


def refuse_repeats(events: Sequence[EventClaim]) -> None:
    """Raise ValueError when an event id is claimed twice: of repeats within a batch the caller keeps the first."""
    if len({event.event_id for event in events}) < len(events):
        raise ValueError("one call claims an event id twice")


def merged_claims(claims: Sequence[IdClaim]) -> list[IdClaim]:
    """Return one claim per identifier, ordered by it: the first of repeats, verified if any of them is.

    Raises ValueError when two leads claim the same identifier: no order of the two is right for both.
    """
    merged: dict[IdKey, IdClaim] = {}
    for claim in claims:
        first = merged.setdefault(claim.key, claim)
        if first.lead != claim.lead:
            raise ValueError(f"one call gives an identifier of kind {claim.key.kind} to two leads")
        if claim.verified and not first.verified:
            merged[claim.key] = IdClaim(first.key, first.lead, True, first.since, first.event_id)
    return sorted(merged.values(), key=lambda entry: entry.key)


def merged_moves(moves: Sequence[IdMove]) -> list[IdMove]:
    """Return one move per identifier, ordered by it: the first of repeats; ValueError when it names two leads."""
    merged: dict[IdKey, IdMove] = {}
    for move in moves:
        if merged.setdefault(move.key, move).lead != move.lead:
            raise ValueError(f"one call takes an identifier of kind {move.key.kind} from two leads")
    return sorted(merged.values(), key=lambda entry: entry.key)
