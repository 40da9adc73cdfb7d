"""The stores under test: the fake and the real one of each kind."""

from collections.abc import AsyncIterator

import psycopg
import pytest
from psycopg import sql

from sinks.memory import MemoryLibrary
from sinks.postgres import PostgresLibrary, migrate
from streams.settings import Settings

AnyLibrary = MemoryLibrary | PostgresLibrary


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


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.services)])
def library(request: pytest.FixtureRequest) -> AnyLibrary:
    if request.param == "memory":
        return MemoryLibrary()
    found: PostgresLibrary = request.getfixturevalue("postgres_library")
    return found
