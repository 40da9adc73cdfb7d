"""What the library says of leads whose state is to be made of it: some at a time, all of one moment."""

from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from schemas.effects import Change
from schemas.evidence import Membership
from sinks.postgres.database import Row
from sinks.postgres.history import HISTORY, change_of
from sinks.postgres.snapshot import Moment

_PEOPLE = "SELECT lead, person, address, version FROM {schema}.people"


def versions(moment: Moment) -> AsyncGenerator[list[Row]]:
    """Give every lead that has a row, with the number of its last row of history."""
    return moment.stream("SELECT lead_id, version FROM {schema}.leads")


async def rows_of(moment: Moment, leads: Sequence[str]) -> dict[str, list[Change]]:
    """Return the history of leads, by number."""
    found: dict[str, list[Change]] = defaultdict(list)
    for row in await moment.rows(HISTORY + " WHERE lead = ANY(%s) ORDER BY lead, seq", (list(leads),)):
        found[row[0]].append(change_of(row))
    return found


async def verified_of(moment: Moment, leads: Sequence[str]) -> dict[str, set[tuple[str, str]]]:
    """Return (kind, value) of the identifiers of leads that were verified and point to them still."""
    query = "SELECT lead, kind, value FROM {schema}.identifiers WHERE lead = ANY(%s) AND verified AND until IS NULL"
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for lead, kind, value in await moment.rows(query, (list(leads),)):
        found[lead].add((kind, value))
    return found


async def moved_on(moment: Moment) -> list[Membership]:
    """Return the leads whose facts are sent to an entity that does not have them (any more), but of no other lead."""
    return _memberships(await moment.rows(_PEOPLE + " WHERE address <> lead AND address <> person"))


async def people_of(moment: Moment, leads: Sequence[str]) -> list[Membership]:
    """Return the memberships of leads, and of those with a row of their own that go by their names."""
    query = (
        _PEOPLE + " WHERE lead = ANY(%s) UNION " + _PEOPLE + " WHERE person = ANY(%s)"
        " AND EXISTS (SELECT FROM {schema}.leads WHERE lead_id = lead) ORDER BY lead"
    )
    return _memberships(await moment.rows(query, (list(leads), list(leads))))


async def fences_of(moment: Moment, stage: str, topic: str) -> dict[int, dict[str, int]]:
    """Return the fences of a stage: partition → incarnation → offset."""
    query = (
        "SELECT partition, incarnation, log_offset FROM {schema}.fences JOIN {schema}.slots USING (slot_id)"
        " WHERE stage = %s AND topic = %s"
    )
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for partition, incarnation, offset in await moment.rows(query, (stage, topic)):
        found[partition][incarnation] = offset
    return found


def _memberships(rows: Sequence[Any]) -> list[Membership]:
    return [Membership(lead=row[0], person=row[1], address=row[2], version=row[3]) for row in rows]
