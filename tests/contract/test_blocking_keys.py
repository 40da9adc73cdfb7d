"""Records of an earlier release are given the keys by which this one looks for them, once."""

from collections.abc import Sequence

import anyio
import psycopg
import pytest
from psycopg import sql

from processors.resolver.live.keys import live_keys
from processors.resolver.packed import unpack
from sinks.postgres import PostgresLibrary, migrate
from sinks.postgres.blocking_keys import AT_ONCE, give_keys
from streams.bench.library import fill
from streams.settings import Settings

pytestmark = [pytest.mark.anyio, pytest.mark.services]

RECORDS = AT_ONCE + 500
Pairs = list[tuple[int, int]]


def keys_of(profile: bytes) -> Sequence[int]:
    return live_keys(unpack(profile)).kept


async def pairs(dsn: str, schema: str, statement: str) -> Pairs:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(schema)))
        cursor = await connection.execute(statement.encode())
        return await cursor.fetchall() if cursor.description else []


@pytest.fixture
async def kept(dsn: str, postgres_library: PostgresLibrary, isolated_settings: Settings) -> Pairs:
    """The keys of a library of which the older half was written without a third of them."""
    schema = isolated_settings.namespace
    await anyio.to_thread.run_sync(fill, dsn, schema, RECORDS)
    stood = await pairs(dsn, schema, "SELECT key, record_no FROM blocking_keys ORDER BY 1, 2")
    assert len(stood) > 5 * RECORDS
    await pairs(dsn, schema, "DELETE FROM blocking_keys WHERE key % 3 = 0 AND record_no < 1000")
    return stood


ALL = "SELECT key, record_no FROM blocking_keys ORDER BY 1, 2"


async def test_what_a_record_lacks_is_added_and_nothing_else(
    dsn: str, kept: Pairs, isolated_settings: Settings
) -> None:
    schema = isolated_settings.namespace
    assert await pairs(dsn, schema, ALL) != kept
    told: list[int] = []
    assert await give_keys(dsn, schema, 7, keys_of, told.append) == RECORDS
    assert told == [AT_ONCE, RECORDS]
    assert await pairs(dsn, schema, ALL) == kept


async def test_it_is_done_once_for_each_grammar(dsn: str, kept: Pairs, isolated_settings: Settings) -> None:
    schema = isolated_settings.namespace

    def unread(profile: bytes) -> Sequence[int]:
        raise AssertionError(profile)

    assert await give_keys(dsn, schema, 7, keys_of) == RECORDS
    assert await give_keys(dsn, schema, 7, unread) == 0
    assert await give_keys(dsn, schema, 8, lambda _profile: [17]) == RECORDS
    assert await pairs(dsn, schema, ALL) == sorted({*kept, *((17, number) for _, number in kept)})


async def test_broken_off_it_begins_anew(dsn: str, kept: Pairs, isolated_settings: Settings) -> None:
    schema = isolated_settings.namespace

    def fails(read: int) -> None:
        raise KeyboardInterrupt(read)

    with pytest.raises(KeyboardInterrupt):
        await give_keys(dsn, schema, 7, keys_of, fails)
    assert await give_keys(dsn, schema, 7, keys_of) == RECORDS
    assert await pairs(dsn, schema, ALL) == kept


async def test_an_empty_library_needs_nothing(dsn: str, elsewhere: str) -> None:
    await migrate(dsn, elsewhere)
    assert await give_keys(dsn, elsewhere, 7, keys_of) == 0
    assert await pairs(dsn, elsewhere, "SELECT grammar, 0 FROM key_grammars") == [(7, 0)]
