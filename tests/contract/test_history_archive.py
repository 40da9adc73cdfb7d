"""The history that cannot be lost: an insider, a dropped table; every one is named, and undone from a copy."""

# ruff: noqa: S608 - statements are made of the tests' own constants

from pathlib import Path

import pytest
from psycopg import errors, sql
from psycopg.conninfo import make_conninfo

from sinks.backup.files import newest_chain
from sinks.postgres import PostgresLibrary, migrate
from sinks.postgres.copies import CopiedHistory
from sinks.postgres.history import unguarded
from sinks.postgres.snapshot import MissingTable, Moment, moment
from streams.archive.copies import copy_files
from streams.archive.verifying import Verdict, take_over, verify_library
from tests.contract.archives import LEADS, OFF, A, backed_up, content, execute, restored, verified
from tests.contract.chains import chain

pytestmark = [pytest.mark.anyio, pytest.mark.services]


async def test_a_whole_library_is_whole(full_library: PostgresLibrary, dsn: str) -> None:
    verdict = await verified(dsn, full_library._schema)
    assert (verdict.leads, verdict.rows, verdict.damages) == (3, 8, [])


INSIDERS = [
    ("a value is changed", f"UPDATE history SET new = 'x' WHERE {A} AND seq = 2", "lead:a: row 2 was changed after"),
    ("an actor is changed", f"UPDATE history SET actor = 'x' WHERE {A} AND seq = 5", "lead:a: row 5 was changed after"),
    ("a row is deleted", f"DELETE FROM history WHERE {A} AND seq = 3", "lead:a: row 3 is missing"),
    ("several are", f"DELETE FROM history WHERE {A} AND seq IN (1, 2, 3)", "lead:a: rows 1 to 3 are missing"),
    ("the last ones are", f"DELETE FROM history WHERE {A} AND seq > 3", "lead:a: rows 4 to 5 are missing"),
    ("two change places", f"UPDATE history SET seq = CASE seq WHEN 2 THEN 33 WHEN 3 THEN 2 END WHERE {A} AND seq IN"
     f" (2, 3); UPDATE history SET seq = 3 WHERE {A} AND seq = 33", "lead:a: row 2 was written as row 3"),
    ("a whole history goes", f"DELETE FROM history WHERE {A}", "lead:a: its whole history is missing"),
    ("a lead's row goes", "DELETE FROM leads WHERE lead_id = 'lead:a'", "lead:a: its row in `leads` is missing"),
    ("a lead goes, with its history", f"DELETE FROM leads WHERE lead_id = 'lead:a'; DELETE FROM history WHERE {A}",
     "(all): 1 of 3 leads are missing"),
    ("a lead's row is changed", """UPDATE leads SET fields = fields || '{"phone": "1"}' WHERE lead_id = 'lead:a'""",
     "lead:a: its field phone in `leads` is not what its history says"),
    *((f"a lead's {name} is changed", f"UPDATE leads SET {name} = 1 WHERE lead_id = 'lead:a'",
       f"lead:a: its {name} in `leads` is not what its history says")
      for name in ("created_at", "updated_at", "version")),
]  # fmt: skip


@pytest.mark.parametrize(("attack", "says"), [case[1:] for case in INSIDERS], ids=[case[0] for case in INSIDERS])
async def test_an_insider_who_switches_the_triggers_off_is_found_and_undone(
    full_library: PostgresLibrary, dsn: str, elsewhere: str, tmp_path: Path, attack: str, says: str
) -> None:
    before = await content(dsn, full_library._schema)
    await backed_up(dsn, full_library._schema, tmp_path)
    await execute(dsn, full_library._schema, *OFF, attack)
    verdict = await verified(dsn, full_library._schema)
    assert any(str(damage).startswith(says) for damage in verdict.damages), verdict.damages
    await restored(dsn, elsewhere, tmp_path)
    assert await content(dsn, elsewhere) == before


@pytest.mark.parametrize("table", ["leads", "identifiers", "history", "disclosures"])
@pytest.mark.parametrize("attempt", ["DELETE FROM {}", "TRUNCATE {}", "DELETE FROM {} WHERE false"])
async def test_nobody_deletes_not_even_the_owner(
    full_library: PostgresLibrary, dsn: str, table: str, attempt: str
) -> None:
    with pytest.raises(errors.RestrictViolation, match="append-only"):
        await execute(dsn, full_library._schema, attempt.format(table))


FORBIDDEN = (
    "DELETE FROM leads",
    "DELETE FROM history",
    "DELETE FROM disclosures",
    "UPDATE history SET new = 'x'",
    "TRUNCATE leads",
    "ALTER TABLE leads DISABLE TRIGGER ALL",
    "DROP TABLE leads",
)


async def test_a_guard_that_is_switched_off_is_named(full_library: PostgresLibrary, dsn: str) -> None:
    schema = full_library._schema
    async with moment(dsn, schema) as now:
        assert await unguarded(now) == []
    drop = "DROP TRIGGER never_removed ON identifiers; ALTER TABLE identity_decisions DISABLE TRIGGER ALL"
    await execute(dsn, schema, OFF[0], "ALTER TABLE leads ENABLE REPLICA TRIGGER never_removed", drop)
    async with moment(dsn, schema) as now:
        assert await unguarded(now) == ["history", "identifiers", "identity_decisions", "leads"]


async def test_the_application_may_not_delete_and_a_superuser_who_does_is_found_and_undone(
    full_library: PostgresLibrary, dsn: str, postgres_admin_dsn: str, tmp_path: Path
) -> None:
    """In place: what the superuser deleted comes back from the copy, and nothing else is touched."""
    schema, role = full_library._schema, f"{full_library._schema}_worker"
    before = await content(dsn, schema)
    await backed_up(dsn, schema, tmp_path)
    await execute(postgres_admin_dsn, schema, f"CREATE ROLE {role} LOGIN PASSWORD 'throwaway'")
    try:
        await migrate(dsn, schema, role)
        application = make_conninfo(dsn, user=role, password="throwaway")
        assert (await verified(application, schema)).whole
        for attempt in FORBIDDEN:
            with pytest.raises(errors.InsufficientPrivilege):
                await execute(application, schema, attempt)
    finally:
        await execute(postgres_admin_dsn, schema, f"DROP OWNED BY {role}", f"DROP ROLE {role}")
    with pytest.raises(errors.RestrictViolation):
        await execute(postgres_admin_dsn, schema, "SET session_replication_role = replica", "DELETE FROM leads")
    on = [text.replace("DISABLE", "ENABLE") for text in OFF]
    await execute(postgres_admin_dsn, schema, *OFF, f"DELETE FROM history WHERE {A}", "DELETE FROM leads", *on)
    assert {damage.lead for damage in (await verified(dsn, schema)).damages} == {"(all)", "lead:b", "lead:ç"}
    await restored(dsn, schema, tmp_path, missing=True)
    assert await content(dsn, schema) == before


async def test_who_rewrote_a_whole_chain_is_found_by_a_copy(
    full_library: PostgresLibrary, dsn: str, tmp_path: Path
) -> None:
    """Every hash fits again: only what somebody else keeps can tell."""
    await backed_up(dsn, full_library._schema, tmp_path)
    forged = chain("lead:a", [("name", "forged"), *LEADS["lead:a"][1:]], 0)
    hashes = [
        f"UPDATE history SET old = {text(row.old)}, new = {text(row.new)}, hash = '\\x{row.hash.hex()}',"
        f" previous = '\\x{row.previous.hex()}' WHERE {A} AND seq = {row.seq}"
        for row in forged
    ]
    await execute(dsn, full_library._schema, *OFF, *hashes)
    async with moment(dsn, full_library._schema) as now:
        verdict = await verify_library(now)
        assert verdict.whole
        await compare_with_files(now, verdict, tmp_path)
    assert [str(damage) for damage in verdict.damages] == ["lead:a: rows 1 to 5 are not what the backup has"]


async def test_a_row_that_a_copy_does_not_have_is_named(full_library: PostgresLibrary, dsn: str) -> None:
    """Somebody added it, with a hash that fits."""
    whole = [row for number, lead in enumerate(LEADS) for row in chain(lead, LEADS[lead], number * 10)]
    async with moment(dsn, full_library._schema) as now:
        copied, verdict = CopiedHistory(now), Verdict()
        await copied.begin()
        await copied.add([(row, row.at) for row in whole if (row.lead, row.seq) != ("lead:b", 2)])
        await copied.settle()
        take_over(verdict, await copied.compare(whole[0].origin.incarnation, 10), "the topic")
    says = "(all): the topic lacks 1 rows that the library has: lead:b row 2"
    assert [str(damage) for damage in verdict.damages] == [says]


def text(value: str | None) -> str:
    return sql.Literal(value).as_string(None)


async def compare_with_files(now: Moment, verdict: Verdict, folder: Path) -> None:
    copied = CopiedHistory(now)
    await copied.begin()
    await copy_files(copied, newest_chain(folder))
    await copied.settle()
    take_over(verdict, await copied.compare("", 10), "the backup")


async def test_a_dropped_table_is_named_and_comes_back(
    full_library: PostgresLibrary, dsn: str, elsewhere: str, tmp_path: Path
) -> None:
    before = await content(dsn, full_library._schema)
    await backed_up(dsn, full_library._schema, tmp_path)
    await execute(dsn, full_library._schema, "DROP TABLE history CASCADE")
    with pytest.raises(MissingTable, match="history"):
        await verified(dsn, full_library._schema)
    await restored(dsn, elsewhere, tmp_path)
    assert await content(dsn, elsewhere) == before
