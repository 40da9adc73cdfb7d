"""The history of the lead library, read whole: lead by lead, in bounded memory, all of one moment."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, NamedTuple

from schemas.effects import Change
from schemas.fact import Origin
from sinks.postgres.snapshot import Moment

COLUMNS = (
    "lead, seq, field, old, new, rule, rule_book, event_id, actor, at,"
    " topic, incarnation, partition, log_offset, output_index, previous, hash"
)
FIELDS = ("lead", "seq", "field", "old", "new", "rule", "rule_book", "event_id", "actor", "at")
GUARDED = (
    "disclosures", "evidence_edges", "history", "identifiers", "identity_decisions", "leads", "people_log",
)  # fmt: skip
HISTORY = f"SELECT {COLUMNS} FROM {{schema}}.history"  # noqa: S608 - names of columns
ALL = HISTORY + " ORDER BY lead, seq"
LEADS = "SELECT lead_id, fields, created_at, updated_at, version FROM {schema}.leads WHERE lead_id = ANY(%s)"


class LeadState(NamedTuple):
    """A lead's own row: `fields` by name (None: taken away), times in ms since 1970 UTC."""

    fields: Mapping[str, str | None]
    created_at: int
    updated_at: int
    version: int


class Stored(NamedTuple):
    """One lead as the library has it: its history by number, and its own row (None: it has none)."""

    lead: str
    rows: list[Change]
    state: LeadState | None


async def histories(moment: Moment) -> AsyncGenerator[list[Stored]]:
    """Give every lead that has history, some at a time."""
    open_rows: list[Change] = []
    async with aclosing(moment.stream(ALL)) as stream:
        async for rows in stream:
            whole: dict[str, list[Change]] = {}
            for change in map(change_of, rows):
                if open_rows and open_rows[0].lead != change.lead:
                    whole[open_rows[0].lead] = open_rows
                    open_rows = []
                open_rows.append(change)
            yield await _with_states(moment, whole)
    if open_rows:
        yield await _with_states(moment, {open_rows[0].lead: open_rows})


async def _with_states(moment: Moment, rows: Mapping[str, list[Change]]) -> list[Stored]:
    states = {row[0]: LeadState(*row[1:]) for row in await moment.rows(LEADS, (list(rows),))} if rows else {}
    return [Stored(lead, own, states.get(lead)) for lead, own in rows.items()]


async def without_history(moment: Moment, most: int) -> list[str]:
    """Return leads that have a row and no history at all."""
    query = (
        "SELECT lead_id FROM {schema}.leads WHERE NOT EXISTS"
        " (SELECT FROM {schema}.history WHERE lead = lead_id) ORDER BY 1 LIMIT %s"
    )
    return [row[0] for row in await moment.rows(query, (most,))]


async def ever_made(moment: Moment) -> int:
    """Return how many leads were ever made, as the workers counted them."""
    rows = await moment.rows("SELECT coalesce(sum(count), 0) FROM {schema}.counts WHERE what = 'lead'")
    return int(rows[0][0])


async def unguarded(moment: Moment) -> list[str]:
    """Return the tables whose trigger, by which the database refuses to forget, is switched off or gone."""
    query = (
        "SELECT guarded FROM unnest(%s::text[]) AS guarded WHERE NOT EXISTS (SELECT FROM pg_trigger"
        " JOIN pg_class ON tgrelid = pg_class.oid WHERE relnamespace = to_regnamespace(quote_ident(%s))"
        " AND relname = guarded AND tgname IN ('append_only', 'never_removed') AND tgenabled = 'A') ORDER BY 1"
    )
    return [row[0] for row in await moment.rows(query, (list(GUARDED), moment.schema))]


async def history_of(moment: Moment, lead: str) -> list[tuple[Change, int]]:
    """Return the history of one lead by number, each row with when it was written (ms since 1970 UTC)."""
    query = HISTORY.replace(" FROM", ", (extract(epoch FROM written_at) * 1000)::bigint FROM", 1)
    rows = await moment.rows(query + " WHERE lead = %s ORDER BY seq", (lead,))
    return [(change_of(row[:-1]), row[-1]) for row in rows]


def change_of(row: Sequence[Any]) -> Change:
    """Return the change in a row of `COLUMNS`."""
    fields = dict(zip(FIELDS, row[:10], strict=True))
    return Change(**fields, origin=Origin(*row[10:15]), previous=row[15], hash=row[16])
