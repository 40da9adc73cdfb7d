"""What the copy of the lead library is told about identifiers. Pure; a redelivery tells the same again."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from schemas.identity import IdClaim, IdKey, IdLog, IdMove, PastHolders


class _Key(NamedTuple):
    lead: str
    event_id: str
    at: int


def identifier_logs(claims: Iterable[IdClaim], moves: Iterable[IdMove], ended: Iterable[IdMove] = ()) -> list[IdLog]:
    """Return one entry per lead and event, in the order of the claims and moves.

    What came and went (`ended`) is told as a claim before the entry that ends it.
    """
    found: dict[_Key, tuple[list[IdKey], list[tuple[IdKey, bool]]]] = {}
    gone: list[IdLog] = []
    for move in ended:
        gone.append(IdLog(move.lead, move.event_id, move.began, (), ((move.key, False),)))
    for move in (*moves, *ended):
        found.setdefault(_Key(move.lead, move.event_id, move.until), ([], []))[0].append(move.key)
    for claim in claims:
        entry = found.setdefault(_Key(claim.lead, claim.event_id, claim.since), ([], []))
        entry[1].append((claim.key, claim.verified))
    return [*gone, *(IdLog(*key, tuple(over), tuple(claimed)) for key, (over, claimed) in found.items())]


def repeated_logs(before: Mapping[str, str], held: Mapping[IdKey, IdClaim], past: PastHolders) -> list[IdLog]:
    """Return what redelivered events changed the first time, which nobody may have been told of.

    `before` are the decisions (event id → lead) of an earlier delivery; `held` and `past` what the library says now.
    """
    if not before:
        return []
    claims = [claim for claim in held.values() if claim.event_id in before]
    moves: list[IdMove] = []
    ended: list[IdMove] = []
    for number, ends in past.items():
        for each in ends:
            if each.by in before:
                move = IdMove(IdKey("phone", number), each.lead, each.until, each.by, each.since)
                (ended if each.told_by == each.by else moves).append(move)
    return identifier_logs(claims, moves, ended)
