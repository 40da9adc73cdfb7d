"""A library with everything in it, and what is done with whole libraries."""

# ruff: noqa: S608 - statements are made of the tests' own constants

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from schemas.effects import NO_OFFSET, Outputs
from sinks.backup.files import newest_chain
from sinks.postgres import PostgresLibrary
from sinks.postgres.snapshot import moment
from streams.archive.backing_up import Written, back_up
from streams.archive.restoring import restore
from streams.archive.verifying import Verdict, verify_library
from tests.contract.chains import chain
from tests.contract.examples import EMAIL, SLOT, claim, event, move, signal

NOW = 1_795_222_800_000
OFF = ("ALTER TABLE history DISABLE TRIGGER ALL", "ALTER TABLE leads DISABLE TRIGGER ALL")
A = "lead = 'lead:a'"
LEADS = {
    "lead:a": [("name", "张三"), ("phone", "+8613800138000"), ("name", "张三丰"), ("qq", "tab\there\\ \"'\n换行"),
               ("qq", None)],
    "lead:b": [("name", "李四"), ("email", "li@example.com")],
    "lead:ç": [("name", "王五")],
}  # fmt: skip


async def fill(library: PostgresLibrary) -> None:
    """A library with everything in it: leads, identifiers that changed hands, events, signals."""
    changes = [row for number, (lead, values) in enumerate(LEADS.items()) for row in chain(lead, values, number * 10)]
    await library.claim([event("e1"), event("e2", 1)], [claim("lead:a"), claim("lead:b", EMAIL, verified=True)])
    await library.claim([], [claim("lead:b", event_id="e3", since=9)], [move("lead:a", until=9, event_id="e3")])
    await library.commit("detect", SLOT, NO_OFFSET, 99, Outputs(changes=changes, signals=[signal(7)]))


async def more(library: PostgresLibrary) -> None:
    """What happens after the first backup: every kind of row is new or changes."""
    rows = chain("lead:d", [("name", "赵六")], 200)
    rows += chain("lead:b", [*LEADS["lead:b"], ("name", "李四光")], 10)[2:]
    await library.claim([event("e9", 9)], [claim("lead:a", EMAIL, event_id="e9")], [move("lead:b", EMAIL, 77, "e9")])
    await library.commit("detect", SLOT, 99, 300, Outputs(changes=rows))
    await library.ack("s7.0", ["rep:r17"], "r17", 5)


async def execute(dsn: str, schema: str, *texts: str) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(schema)))
        for text in texts:
            cursor = await connection.execute(text.encode())
            rows = await cursor.fetchall() if cursor.description else []
    return rows


async def content(dsn: str, schema: str, leave_out: Sequence[str] = ("migrations",), **columns: str) -> dict[str, Any]:
    """Return every row of every table, sorted; `columns` limits a table's columns."""
    query = "SELECT relname FROM pg_class WHERE relnamespace = current_schema::regnamespace AND relkind = 'r'"
    names = [row[0] for row in await execute(dsn, schema, query) if row[0] not in leave_out]
    return {
        name: sorted(map(repr, await execute(dsn, schema, f"SELECT {columns.get(name, '*')} FROM {name}")))
        for name in names
    }


async def verified(dsn: str, schema: str) -> Verdict:
    async with moment(dsn, schema) as now:
        return await verify_library(now)


async def backed_up(dsn: str, schema: str, folder: Path, at: int = NOW, *, full: bool = False) -> Written:
    async with moment(dsn, schema) as now:
        return await back_up(now, folder, at, full=full)


async def restored(dsn: str, schema: str, folder: Path, *, missing: bool = False) -> Verdict:
    async with moment(dsn, schema) as now:
        return await restore(now, newest_chain(folder), None, missing=missing)


def files_in(folder: Path) -> list[Path]:
    """Return what is in a folder."""
    return list(folder.iterdir())


def mode_of(path: Path) -> int:
    """Return the mode of a file."""
    return path.stat().st_mode
