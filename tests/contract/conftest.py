"""The stores under test: the fake and the real one of each kind."""

from collections.abc import AsyncIterator

import psycopg
import pytest
from psycopg import sql

from sinks.memory import MemoryLibrary, MemoryStateStore
from sinks.postgres import PostgresLibrary, migrate
from sinks.redis import RedisStateStore, connect
from streams.settings import Settings
from tests.contract.archives import fill

AnyLibrary = MemoryLibrary | PostgresLibrary
AnyStateStore = MemoryStateStore | RedisStateStore


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def dsn(isolated_settings: Settings) -> AsyncIterator[str]:
    """The address of PostgreSQL with this test's schema migrated; the schema goes with the test."""
    address = isolated_settings.postgres_dsn.get_secret_value()
    await migrate(address, isolated_settings.namespace)
    yield address
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
        await connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(isolated_settings.namespace)))


@pytest.fixture
async def postgres_library(dsn: str, isolated_settings: Settings) -> AsyncIterator[PostgresLibrary]:
    async with PostgresLibrary(dsn, isolated_settings.namespace) as opened:
        yield opened


@pytest.fixture(
    params=[
        "memory",
        pytest.param("postgres", marks=pytest.mark.services),
        pytest.param("postgres, every batch a large one", marks=pytest.mark.services),
    ]
)
def library(request: pytest.FixtureRequest) -> AnyLibrary:
    if request.param == "memory":
        return MemoryLibrary()
    found: PostgresLibrary = request.getfixturevalue("postgres_library")
    if request.param != "postgres":
        found.copy_from = 1
    return found


@pytest.fixture
async def redis_store(isolated_settings: Settings) -> AsyncIterator[RedisStateStore]:
    """A store below this test's own prefix; its keys go with the test."""
    client = connect(isolated_settings.redis_url.get_secret_value())
    async with RedisStateStore(client, isolated_settings.namespace) as opened:
        yield opened
        for pattern in (f"{{{isolated_settings.namespace}:*", f"{isolated_settings.namespace}:*"):
            keys = [key async for key in client.scan_iter(pattern, count=1_000)]
            for first in range(0, len(keys), 1_000):
                await client.unlink(*keys[first : first + 1_000])


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.services)])
def store(request: pytest.FixtureRequest) -> AnyStateStore:
    if request.param == "memory":
        return MemoryStateStore()
    found: RedisStateStore = request.getfixturevalue("redis_store")
    return found


@pytest.fixture
async def full_library(postgres_library: PostgresLibrary) -> PostgresLibrary:
    """A library with everything in it."""
    await fill(postgres_library)
    return postgres_library


@pytest.fixture
async def elsewhere(dsn: str, isolated_settings: Settings) -> AsyncIterator[str]:
    """Another schema, prepared and empty."""
    name = isolated_settings.namespace + "_new"
    await migrate(dsn, name)
    yield name
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))
