"""Large batches: the history goes in by COPY, which costs the server a sixth of JSON (decision 0005)."""

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import errors

from schemas.effects import Change
from sinks.postgres.database import Connection
from sinks.postgres.history import COLUMNS

NOT_NEXT = "WS004"  # SQLSTATE of our own: a lead is not at the row before the first one of the batch
REFUSED = (errors.UniqueViolation, psycopg.DataError)
TYPES = (
    "text", "int4", "text", "text", "text", "text", "text", "text", "text", "int8", "text", "text", "int4", "int8",
    "int4", "bytea", "bytea",
)  # fmt: skip
COPY = f"COPY {{schema}}.history ({COLUMNS}) FROM STDIN (FORMAT binary)"


def refused(error: psycopg.Error) -> bool:
    """Tell whether a batch is none for COPY: it repeats rows that stand already, or holds U+0000, say.

    Nothing was stored then; `commit_outputs` looks row by row, and decides.
    """
    return isinstance(error, REFUSED) or error.sqlstate == NOT_NEXT


def leads_of(changes: Sequence[Change]) -> list[dict[str, Any]] | None:
    """Return what becomes of each lead, as `store_leads` takes it; None when rows of a lead do not come one by one."""
    leads: dict[str, dict[str, Any]] = {}
    for change in changes:
        lead = leads.get(change.lead)
        if lead is None:
            leads[change.lead] = {
                "lead": change.lead, "fields": {change.field: change.new}, "first_at": change.at,
                "last_at": change.at, "first_seq": change.seq, "version": change.seq,
            }  # fmt: skip
            continue
        if change.seq != lead["version"] + 1:
            return None
        lead["fields"][change.field] = change.new
        lead["version"] = change.seq
        if change.at > lead["last_at"]:
            lead["last_at"] = change.at
    return list(leads.values())


async def copy_history(connection: Connection, statement: bytes, changes: Sequence[Change]) -> None:
    """Write rows of history, in a transaction that is open; `statement` is `COPY`."""
    async with connection.cursor() as cursor, cursor.copy(statement) as stream:
        stream.set_types(TYPES)
        for row in changes:
            place = row.origin
            await stream.write_row((
                row.lead, row.seq, row.field, row.old, row.new, row.rule, row.rule_book, row.event_id, row.actor,
                row.at, place.topic, place.incarnation, place.partition, place.offset, place.index, row.previous,
                row.hash,
            ))  # fmt: skip
