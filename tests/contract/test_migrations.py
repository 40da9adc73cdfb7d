"""Migrations: each once, in order, all or nothing, never edited; and what a worker's role may do."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors, sql

from schemas.effects import NO_OFFSET, Outputs
from sinks.funnel import Funnel
from sinks.postgres import ChangedMigration, PostgresLibrary, migrate
from sinks.postgres.grants import GRANTS
from sinks.postgres.migrate import migrations, pending
from streams.settings import Settings
from tests.contract.examples import SLOT, change, claim, event, signal

pytestmark = pytest.mark.anyio


@pytest.fixture
async def schema(isolated_settings: Settings) -> AsyncIterator[str]:
    name = isolated_settings.namespace
    yield name
    await run(isolated_settings.postgres_dsn.get_secret_value(), sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE"), name)


async def run(dsn: str, statement: sql.SQL, *names: str) -> list[tuple[object, ...]]:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        cursor = await connection.execute(statement.format(*map(sql.Identifier, names)))
        return await cursor.fetchall() if cursor.description else []


def folder(path: Path, **files: str) -> Path:
    for name, text in files.items():
        (path / f"{name.removeprefix('m')}.sql").write_text(text, "utf-8")
    return path


async def test_each_is_applied_once_and_in_order(postgres_dsn: str, schema: str) -> None:
    names = [migration.name for migration in migrations()]
    assert names == sorted(names)
    assert await pending(postgres_dsn, schema) == names
    assert await migrate(postgres_dsn, schema) == names
    assert await pending(postgres_dsn, schema) == []
    assert await migrate(postgres_dsn, schema) == []


async def test_many_processes_may_migrate_at_once(postgres_dsn: str, schema: str) -> None:
    applied = await asyncio.gather(*(migrate(postgres_dsn, schema) for _ in range(4)))
    assert sorted(applied, key=len) == [[], [], [], [migration.name for migration in migrations()]]


async def test_an_edited_migration_is_refused(postgres_dsn: str, schema: str, tmp_path: Path) -> None:
    await migrate(postgres_dsn, schema, folder=folder(tmp_path, m0001_a="CREATE TABLE a (n int)"))
    edited = folder(tmp_path, m0001_a="CREATE TABLE a (n bigint)", m0002_b="CREATE TABLE b (n int)")
    with pytest.raises(ChangedMigration, match=r"0001_a\.sql"):
        await migrate(postgres_dsn, schema, folder=edited)
    with pytest.raises(ChangedMigration, match="0001_a"):
        await pending(postgres_dsn, schema, folder=edited)
    assert await run(postgres_dsn, sql.SQL("SELECT name FROM {}.migrations"), schema) == [("0001_a.sql",)]


async def test_a_failing_migration_leaves_nothing_and_keeps_those_before(
    postgres_dsn: str, schema: str, tmp_path: Path
) -> None:
    broken = folder(tmp_path, m0001_a="CREATE TABLE a (n int)", m0002_b="CREATE TABLE b (n int); SELECT 1 / 0")
    with pytest.raises(errors.DivisionByZero):
        await migrate(postgres_dsn, schema, folder=broken)
    mended = folder(tmp_path, m0002_b="CREATE TABLE b (n int)", m0003_c="CREATE TABLE c (n int)")
    assert await migrate(postgres_dsn, schema, folder=mended) == ["0002_b.sql", "0003_c.sql"]


async def test_one_that_comes_late_is_applied_though_later_ones_stand(
    postgres_dsn: str, schema: str, tmp_path: Path
) -> None:
    await migrate(postgres_dsn, schema, folder=folder(tmp_path, m0010_c="CREATE TABLE c (n int)"))
    assert await migrate(postgres_dsn, schema, folder=folder(tmp_path, m0002_b="SELECT 1")) == ["0002_b.sql"]


def test_two_migrations_of_one_number_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="share a number"):
        migrations(folder(tmp_path, m0001_a="SELECT 1", m0001_b="SELECT 1"))


async def test_a_workers_role_gets_the_least_rights(postgres_dsn: str, schema: str) -> None:
    anybody = "pg_signal_backend"  # a role that every server has, and no test can log in with
    await migrate(postgres_dsn, schema, worker_role=anybody)
    query = sql.SQL(
        "SELECT relname, string_agg(right_name, ' ' ORDER BY right_name)"
        " FROM pg_class JOIN pg_namespace AS space ON space.oid = relnamespace,"
        " unnest('{{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}}'::text[]) AS right_name"
        " WHERE nspname = {} AND relkind IN ('r', 'v') AND has_table_privilege({}, pg_class.oid, right_name)"
        " GROUP BY relname"
    ).format(sql.Literal(schema), sql.Literal(anybody))
    async with await psycopg.AsyncConnection.connect(postgres_dsn) as connection:
        rights = dict(await (await connection.execute(query)).fetchall())
    assert rights == {table: " ".join(sorted(granted)) for table, granted in GRANTS.items()}
    assert rights["history"] == "INSERT SELECT"
    assert rights["signals"] == "INSERT SELECT"
    assert rights["funnel_passages"] == "SELECT"


async def test_a_workers_role_can_work_and_nothing_else(postgres_dsn: str, schema: str) -> None:
    role = f"{schema}_worker"
    try:
        await run(postgres_dsn, sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'throwaway'"), role)
    except errors.InsufficientPrivilege:
        pytest.skip("the owner of this database may not create roles; the rights themselves are tested above")
    try:
        await migrate(postgres_dsn, schema, worker_role=role)
        await migrate(postgres_dsn, schema, worker_role=role)
        dsn = psycopg.conninfo.make_conninfo(postgres_dsn, user=role, password="throwaway")
        async with PostgresLibrary(dsn, schema) as library:
            await library.claim([event("e1")], [claim("lead:a")])
            await library.commit("detect", SLOT, NO_OFFSET, 1, Outputs(changes=[change(1)], signals=[signal(1)]))
            assert await library.ack("s1.0", ["rep:r17"], "r17", 1) == 1
            assert await library.lead("lead:a") is not None
            assert await library.forget_events(2**42) == 1
        async with Funnel(dsn, schema, connections=1) as funnel:
            assert await funnel.stages("all") == await funnel.trials("won", 1, 1) == []
        for text in ("DROP TABLE {}.history", "CREATE TABLE {}.mine (n int)", "DELETE FROM {}.leads",
                     "UPDATE {}.signals SET kind = 'x'", "ALTER TABLE {}.history DISABLE TRIGGER ALL",
                     "TRUNCATE {}.identifiers", "INSERT INTO {}.migrations VALUES (99, 'x', 'x')"):  # fmt: skip
            with pytest.raises(errors.InsufficientPrivilege):
                await run(dsn, sql.SQL(text), schema)
    finally:
        await run(postgres_dsn, sql.SQL("DROP OWNED BY {}; DROP ROLE {}"), role, role)
