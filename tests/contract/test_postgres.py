"""What only PostgreSQL can show: refusals by the database, intervals, outages, deadlocks, plans."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import psycopg
import pytest
from psycopg import errors, sql

from schemas.effects import NO_OFFSET, Outputs
from sinks.base import LostRace, SinkUnavailable
from sinks.postgres import PostgresLibrary
from sinks.postgres.database import Database
from streams.settings import Settings
from tests.contract.examples import EMAIL, PHONE, SLOT, change, claim, event, move, signal

pytestmark = pytest.mark.anyio

ERASERS = [
    "UPDATE history SET new = 'forged'",
    "UPDATE history SET new = 'forged' WHERE false",
    "DELETE FROM history",
    "TRUNCATE history",
    "TRUNCATE leads, history CASCADE",
    "SET session_replication_role = replica; DELETE FROM history",
    "INSERT INTO history SELECT * FROM history ON CONFLICT (lead, seq) DO UPDATE SET new = 'forged'",
    "MERGE INTO history USING (SELECT 1) AS one ON true WHEN MATCHED THEN DELETE",
]
FIRST = ((1, "name"), (2, "phone"), (3, "name"))
MORE = {"a": ((4, "email"), (5, "phone")), "c": ((4, "qq"),), "d": ((1, "name"), (2, "name"))}
LOCKS = (
    "SELECT {} FROM pg_locks JOIN pg_stat_activity USING (pid)"
    " WHERE application_name = current_schema AND locktype = 'advisory' AND {}"
)
STORED = (
    "SELECT left(lead_id, 6), fields, created_at, updated_at, version FROM leads WHERE lead_id LIKE '%{}' ORDER BY 1",
    "SELECT left(lead, 6), seq, field, old, new FROM history WHERE lead LIKE '%{}' ORDER BY 1, 2",
    "SELECT what, count FROM counts JOIN slots USING (slot_id) WHERE incarnation = '{}' AND what = 'lead'",
)


@contextmanager
def socket_that_refuses() -> Iterator[int]:
    """Give a port on which nobody listens, and keep it so."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


async def execute(dsn: str, schema: str, text: str) -> list[tuple[object, ...]]:
    """Run SQL as the owner of the schema."""
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(schema)))
        cursor = await connection.execute(text.encode())
        return await cursor.fetchall() if cursor.description else []


@pytest.mark.parametrize("attempt", ERASERS)
async def test_history_is_append_only_for_its_owner_too(
    postgres_library: PostgresLibrary, dsn: str, isolated_settings: Settings, attempt: str
) -> None:
    await postgres_library.commit("detect", SLOT, NO_OFFSET, 1, Outputs(changes=[change(1), change(2)]))
    before = await execute(dsn, isolated_settings.namespace, "SELECT * FROM history ORDER BY seq")
    refused = (errors.RestrictViolation, errors.InsufficientPrivilege)  # the latter where the owner is no superuser
    with pytest.raises(refused, match=r"append-only|session_replication_role"):
        await execute(dsn, isolated_settings.namespace, attempt)
    assert await execute(dsn, isolated_settings.namespace, "SELECT * FROM history ORDER BY seq") == before


@pytest.mark.parametrize("copy_from", [1, 200])
async def test_every_column_of_a_change_is_stored(
    postgres_library: PostgresLibrary, dsn: str, isolated_settings: Settings, copy_from: int
) -> None:
    postgres_library.copy_from = copy_from
    given = change(1, "name", None, old="王")
    await postgres_library.commit("detect", SLOT, NO_OFFSET, 1, Outputs(changes=[given]))
    query = (
        "SELECT lead, seq, field, old, new, rule, rule_book, event_id, actor, at, topic, incarnation, partition,"
        " log_offset, output_index, previous, hash FROM history"
    )
    (row,) = await execute(dsn, isolated_settings.namespace, query)
    assert row == (
        "lead:a", 1, "name", "王", None, "phone.e164", "b1", "e1", "website", 1_001, "facts", "9f86d081", 3, 1,
        0, given.previous, given.hash,
    )  # fmt: skip


async def test_a_large_batch_makes_the_same_library(
    postgres_library: PostgresLibrary, dsn: str, isolated_settings: Settings
) -> None:
    """By COPY and by JSON: new leads, known ones, rows that stand already, rows of a lead that never had any."""
    first = [change(seq, field, f"{lead}{seq}", lead=f"lead:{lead}") for lead in "abc" for seq, field in FIRST]
    more = [change(seq, field, f"{lead}{seq}", lead=f"lead:{lead}") for lead in "acd" for seq, field in MORE[lead]]
    found = []
    for copy_from, elsewhere in ((1, "x"), (200, "y")):
        postgres_library.copy_from = copy_from
        slot = SLOT._replace(incarnation=elsewhere)
        moved = [[msgspec.structs.replace(row, lead=row.lead + elsewhere) for row in rows] for rows in (first, more)]
        await postgres_library.commit("detect", slot, NO_OFFSET, 1, Outputs(changes=moved[0], signals=[signal(1)]))
        await postgres_library.commit("detect", slot, 1, 2, Outputs(changes=[*moved[0][:2], *moved[1]]))
        await postgres_library.commit("detect", slot, 2, 3, Outputs(changes=[change(4, lead="lead:b" + elsewhere)]))
        queries = [query.format(elsewhere) for query in STORED]
        found.append([await execute(dsn, isolated_settings.namespace, query) for query in queries])
    assert found[0] == found[1]
    assert len(found[0][0]) == 4
    assert found[0][2] == [("lead", 4)]


async def test_generated_columns_follow_the_fields(
    postgres_library: PostgresLibrary, dsn: str, isolated_settings: Settings
) -> None:
    changes = [
        change(1, "phone", "1"),
        change(2, "rep_id", "r17"),
        change(3, "region", "华东"),
        change(4, "phone", None),
    ]
    await postgres_library.commit("detect", SLOT, NO_OFFSET, 1, Outputs(changes=changes))
    rows = await execute(dsn, isolated_settings.namespace, "SELECT phone, rep_id, region, company FROM leads")
    assert rows == [(None, "r17", "华东", None)]


async def test_ended_intervals_of_an_identifier_are_kept(
    postgres_library: PostgresLibrary, dsn: str, isolated_settings: Settings
) -> None:
    await postgres_library.claim([], [claim("lead:a", since=1)])
    await postgres_library.claim([], [claim("lead:b", since=9, event_id="e2")], [move("lead:a", until=9)])
    query = "SELECT lead, event_id, since, until, moved_by FROM identifiers ORDER BY since"
    rows = await execute(dsn, isolated_settings.namespace, query)
    assert rows == [("lead:a", "e1", 1, 9, "e2"), ("lead:b", "e2", 9, None, None)]


async def test_a_claim_for_several_source_partitions_is_one_transaction(postgres_library: PostgresLibrary) -> None:
    other = SLOT._replace(partition=9)
    await postgres_library.claim([event("e2", slot=other)])
    with pytest.raises(LostRace):
        await postgres_library.claim([event("e1"), event("e2", slot=other)], [claim("lead:a")])
    assert list(await postgres_library.decisions(["e1", "e2"])) == ["e2"]
    assert await postgres_library.lookup([PHONE]) == {}


async def test_opposite_orders_do_not_deadlock(postgres_library: PostgresLibrary) -> None:
    async def attempt(number: int) -> int:
        keys = [PHONE, EMAIL][:: 1 if number % 2 else -1]
        try:
            await postgres_library.claim(
                [event(f"e{number}")],
                [claim(f"lead:{number}", key, since=9) for key in keys],
                [move("lead:0", key) for key in keys],
            )
        except LostRace:
            return 0
        return 1

    await postgres_library.claim([], [claim("lead:0"), claim("lead:0", EMAIL)])
    assert sum(await asyncio.gather(*(attempt(number) for number in range(1, 9)))) == 1


async def test_turns_are_for_all_workers_and_a_lost_lock_harms_nobody(
    postgres_library: PostgresLibrary, dsn: str, isolated_settings: Settings
) -> None:
    log: list[str] = []

    async def wait(elsewhere: PostgresLibrary) -> None:
        async with elsewhere.turn():
            log.append("other worker")

    async with PostgresLibrary(dsn, isolated_settings.namespace) as elsewhere, postgres_library.turn():
        waiting = asyncio.create_task(wait(elsewhere))
        waits = LOCKS.format("count(*)", "NOT granted")
        while await execute(dsn, isolated_settings.namespace, waits) != [(1,)]:  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.01)
        log.append("first")
        await execute(dsn, isolated_settings.namespace, LOCKS.format("pg_terminate_backend(pid)", "granted"))
        await waiting
        log.append("goes on without it")
    assert log == ["first", "other worker", "goes on without it"]


async def test_people_around_leads_are_found_by_index_whenever_the_plan_was_made(
    dsn: str, isolated_settings: Settings
) -> None:
    schema = isolated_settings.namespace
    await execute(dsn, schema, "ALTER TABLE people SET (autovacuum_enabled = off)")
    await execute(dsn, schema, "VACUUM ANALYZE people")
    async with PostgresLibrary(dsn, schema, connections=1) as library:
        async with library._pool.connection() as connection:
            await connection.execute("SET plan_cache_mode = force_generic_plan")
        await library.evidence_around(["lead:1"], 10)
        pairs = "SELECT 'lead:' || n, 'lead:' || n / 2, 'lead:' || n, 0 FROM generate_series(0, 4999) AS n"
        await execute(dsn, schema, f"INSERT INTO people {pairs}")
        around = await library.evidence_around([f"lead:{n}" for n in range(2, 202)], 1_000)
        assert len(around.people) == 200
        assert around.whole
        async with library._pool.connection() as connection:
            read = (
                "SELECT pg_stat_force_next_flush(), sum(idx_tup_read) FROM pg_stat_user_indexes"
                " WHERE schemaname = %s AND relname = 'people'"
            )
            await connection.execute("SELECT pg_stat_force_next_flush()")
            row = await (await connection.execute(read, (schema,))).fetchone()
            assert row is not None
            assert row[1] < 10_000  # 5,000 for each of 200 leads where the plan is a walk


async def test_a_plan_made_while_the_tables_were_small_still_uses_the_index(
    dsn: str, isolated_settings: Settings
) -> None:
    grow = (
        "INSERT INTO event_claims SELECT gen_random_uuid(), 1, 0, n, '' FROM generate_series({0}, {1}) AS n;"
        "INSERT INTO identifiers (kind, value, lead, event_id, verified, since)"
        " SELECT 'qq', n::text, 'lead:a', 'e', false, 1 FROM generate_series({0}, {1}) AS n"
    )
    scanned = (
        "SELECT sum(seq_tup_read) FROM pg_stat_user_tables"
        " WHERE schemaname = current_schema AND relname IN ('event_claims', 'identifiers')"
    )
    await execute(dsn, isolated_settings.namespace, grow.format(1, 10) + "; ANALYZE event_claims, identifiers")
    before = await execute(dsn, isolated_settings.namespace, scanned)
    async with PostgresLibrary(dsn, isolated_settings.namespace, connections=1) as library:
        for n in range(30):  # a statement is prepared, and its plan kept, when it has been seen a few times
            if n == 20:
                await execute(dsn, isolated_settings.namespace, grow.format(11, 20_000))
            await library.decisions(["e1", "e2"])
            await library.lookup([PHONE, EMAIL])
            await library.identifiers(["lead:b", "lead:c"])
        await library.rows(b"SELECT pg_stat_force_next_flush()")
        await library.rows(b"SELECT 1")
    assert await execute(dsn, isolated_settings.namespace, scanned) == before


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    with socket_that_refuses() as port:
        library = PostgresLibrary(f"postgresql://nobody@127.0.0.1:{port}/none", "whetstone", timeout=0.3)
        async with library:
            with pytest.raises(SinkUnavailable) as caught:
                await library.fence("detect", SLOT)
    assert (caught.value.store, caught.value.retry_after) == ("postgres", 1.0)
    assert "refused" in caught.value.why  # not only that the pool has no connection


@pytest.mark.slow
async def test_in_a_long_outage_every_call_asks_whether_the_server_is_back() -> None:
    asked: list[int] = []

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(1)
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        async with Database(f"postgresql://127.0.0.1:{port}/none?sslmode=disable", "none", timeout=2.0) as database:
            for _ in range(5):
                asked.clear()
                with pytest.raises(SinkUnavailable):
                    await database.rows(b"SELECT 1")
                assert asked


async def test_lost_connections_are_unavailable_and_then_made_anew(postgres_library: PostgresLibrary, dsn: str) -> None:
    await postgres_library.commit("detect", SLOT, NO_OFFSET, 5, Outputs(signals=[signal(5)]))
    await end_backends(dsn, postgres_library)
    with pytest.raises(SinkUnavailable):
        await postgres_library.fence("detect", SLOT)
    assert await postgres_library.fence("detect", SLOT) == 5


async def test_a_commit_that_waits_too_long_is_unavailable_and_did_nothing(
    dsn: str, isolated_settings: Settings, postgres_library: PostgresLibrary
) -> None:
    await postgres_library.commit("detect", SLOT, NO_OFFSET, 5, Outputs())
    async with (
        PostgresLibrary(dsn, isolated_settings.namespace, timeout=0.5) as impatient,
        await psycopg.AsyncConnection.connect(dsn) as blocker,
    ):
        await impatient.fence("detect", SLOT)
        await blocker.execute(
            sql.SQL("SELECT FROM {}.fences FOR UPDATE").format(sql.Identifier(isolated_settings.namespace))
        )
        with pytest.raises(SinkUnavailable):
            await impatient.commit("detect", SLOT, 5, 9, Outputs(signals=[signal(9)]))
    assert await postgres_library.fence("detect", SLOT) == 5
    assert await postgres_library.inbox(["rep:r17"], None, 9) == []


async def end_backends(dsn: str, library: PostgresLibrary) -> None:
    """End the server's side of every connection that the library holds, and wait until they are gone."""
    name = library._schema
    mine = "FROM pg_stat_activity WHERE application_name = %s"
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute(f"SELECT pg_terminate_backend(pid, 5000) {mine}".encode(), (name,))
        remaining = await (await connection.execute(f"SELECT count(*) {mine}".encode(), (name,))).fetchone()
    assert remaining == (0,)
