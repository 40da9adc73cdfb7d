"""Versioned migrations: files `NNNN_name.sql`, each applied once, in order, in a transaction of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise

import psycopg
from psycopg import sql

from sinks.postgres.grants import grant_worker

VERSIONS = """
    CREATE TABLE IF NOT EXISTS migrations (
        number integer PRIMARY KEY,
        name text NOT NULL,
        checksum text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
    )
"""


class ChangedMigration(Exception):
    """A migration that is applied already reads otherwise now. Restore the file; a change is a new migration."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the migration {name} was applied already and has been edited since; write a new one")
        self.name = name


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its number, its name and its SQL, which runs with the schema as search path."""

    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, in hex."""
        return sha256(self.text.encode()).hexdigest()


def migrations(folder: Traversable | None = None) -> list[Migration]:
    """Return the migrations of a folder (default: those that ship), by number; ValueError when two share one."""
    source = folder or files("sinks.postgres") / "migrations"
    found = sorted(_read(source), key=lambda migration: migration.number)
    for one, other in pairwise(found):
        if one.number == other.number:
            raise ValueError(f"migrations {one.name} and {other.name} share a number")
    return found


def _read(folder: Traversable) -> Iterator[Migration]:
    for file in folder.iterdir():
        if file.name.endswith(".sql"):
            yield Migration(int(file.name[:4]), file.name, file.read_text("utf-8"))


async def migrate(
    dsn: str, schema: str, worker_role: str | None = None, folder: Traversable | None = None
) -> list[str]:
    """Bring a schema up to date, making it where it is missing; return the names of what was applied.

    `dsn` belongs to the owner. Where `worker_role` is given (an existing role), it gets what workers and gateways
    need and no more: no DDL, no DELETE or UPDATE where nothing is ever changed. Safe to run from many processes
    at once. Raises ChangedMigration, or psycopg.Error with nothing of the failing migration done.
    """
    known = migrations(folder)
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (f"migrate {schema}",))
        await connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
        await connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(schema)))
        await connection.execute(VERSIONS)
        missing = await _missing(connection, schema, known)
        for migration in missing:
            await _apply(connection, migration)
        if worker_role:
            await grant_worker(connection, schema, worker_role)
    return [migration.name for migration in missing]


async def pending(dsn: str, schema: str, folder: Traversable | None = None) -> list[str]:
    """Return the names of the migrations that a schema still needs; all where there is no such schema.

    Only reads: a worker's role may call it. Raises ChangedMigration, or psycopg.Error (InsufficientPrivilege for a
    role that was never granted anything here).
    """
    known = migrations(folder)
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        try:
            missing = await _missing(connection, schema, known)
        except psycopg.errors.UndefinedTable:
            missing = known
    return [migration.name for migration in missing]


async def _missing(connection: psycopg.AsyncConnection, schema: str, known: list[Migration]) -> list[Migration]:
    query = sql.SQL("SELECT number, checksum FROM {}.migrations").format(sql.Identifier(schema))
    rows = await (await connection.execute(query)).fetchall()
    applied: dict[int, str] = dict(rows)
    for migration in known:
        if applied.get(migration.number, migration.checksum) != migration.checksum:
            raise ChangedMigration(migration.name)
    return [migration for migration in known if migration.number not in applied]


async def _apply(connection: psycopg.AsyncConnection, migration: Migration) -> None:
    async with connection.transaction():
        await connection.execute(migration.text.encode())
        await connection.execute(
            "INSERT INTO migrations (number, name, checksum) VALUES (%s, %s, %s)",
            (migration.number, migration.name, migration.checksum),
        )
