"""What the copy of the lead library is told about identifiers. Pure; a redelivery tells the same again."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from processors.identity import Subject
from schemas.identity import IdClaim, IdKey, IdLog, IdMove


class _Key(NamedTuple):
    lead: str
    event_id: str
    at: int


def identifier_logs(claims: Iterable[IdClaim], moves: Iterable[IdMove]) -> list[IdLog]:
    """Return one entry per lead and event, in the order of the claims and moves."""
    found: dict[_Key, tuple[list[IdKey], list[tuple[IdKey, bool]]]] = {}
    for move in moves:
        found.setdefault(_Key(move.lead, move.event_id, move.until), ([], []))[0].append(move.key)
    for claim in claims:
        entry = found.setdefault(_Key(claim.lead, claim.event_id, claim.since), ([], []))
        entry[1].append((claim.key, claim.verified))
    return [IdLog(*key, tuple(ended), tuple(claimed)) for key, (ended, claimed) in found.items()]


def repeated_logs(before: Mapping[str, str], subjects: Iterable[Subject], held: Mapping[IdKey, IdClaim]) -> list[IdLog]:
    """Return what redelivered events changed the first time, which nobody may have been told of.

    `before` are the decisions (event id → lead) of an earlier delivery; `held` what the library says now.
    """
    if not before:
        return []
    claims = [claim for claim in held.values() if claim.event_id in before]
    moves = [
        IdMove(subject.moves_from, before[subject.event_id], subject.at, subject.event_id)
        for subject in subjects
        if subject.event_id in before and subject.moves_from is not None and _moved(subject, before, held)
    ]
    return identifier_logs(claims, moves)


def _moved(subject: Subject, before: Mapping[str, str], held: Mapping[IdKey, IdClaim]) -> bool:
    """Tell whether a confirmed change of number was carried out: the lead holds the new one, and not the former."""
    if subject.moves_from is None or subject.moves_to is None:
        return False
    lead, new, old = before[subject.event_id], held.get(subject.moves_to), held.get(subject.moves_from)
    return new is not None and new.lead == lead and (old is None or old.lead != lead)
