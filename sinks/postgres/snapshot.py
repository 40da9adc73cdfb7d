"""One connection that sees one moment of the lead library: what verifying, backing up and restoring work on."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, LiteralString

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import make_conninfo

from sinks.base import SinkUnavailable, first_line
from sinks.postgres.database import KEEPALIVE, STORE, UNREACHABLE, Row, Values

AT_ONCE = 5_000
OPTIONS: dict[str, Any] = {"application_name": "whetstone-archive", **KEEPALIVE}


class MissingTable(Exception):
    """A table of the library is not there: it was dropped, or the schema was never prepared."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Moment:
    """A transaction on one connection. Within it, what others write is not seen."""

    def __init__(self, connection: psycopg.AsyncConnection[Row], schema: str) -> None:
        self.connection = connection
        self.schema = schema

    def statement(self, text: LiteralString, **names: str) -> sql.Composed:
        """Return a statement with `{schema}` and further identifiers filled in."""
        identifiers = {name: sql.Identifier(value) for name, value in names.items()}
        return sql.SQL(text).format(schema=sql.Identifier(self.schema), **identifiers)

    async def rows(self, text: LiteralString, values: Values = (), **names: str) -> list[Row]:
        """Run a statement and return its rows."""
        cursor = await self.connection.execute(self.statement(text, **names), values)
        return await cursor.fetchall() if cursor.description else []

    async def stream(self, text: LiteralString, values: Sequence[Any] = ()) -> AsyncGenerator[list[Row]]:
        """Give the rows of a query in lists, through a cursor of the server: memory does not grow with them."""
        async with self.connection.cursor(name="stream") as cursor:
            await cursor.execute(self.statement(text), values)
            while rows := await cursor.fetchmany(AT_ONCE):
                yield rows


@asynccontextmanager
async def moment(dsn: str, schema: str) -> AsyncIterator[Moment]:
    """Open a transaction that sees one moment; what was written in it is kept when the block ends without an error.

    Raises SinkUnavailable when the server is away, MissingTable when a statement names a table that is not there.
    """
    try:
        async with await psycopg.AsyncConnection.connect(make_conninfo(dsn, **OPTIONS)) as connection:
            await connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
            async with connection.transaction():
                yield Moment(connection, schema)
    except (errors.UndefinedTable, errors.InvalidSchemaName) as error:
        raise MissingTable(first_line(error)) from error
    except UNREACHABLE as error:
        raise SinkUnavailable(STORE, first_line(error)) from error
