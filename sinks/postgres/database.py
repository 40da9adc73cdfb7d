"""A pool of connections to one schema, with the errors of PostgreSQL told apart by what the caller should do."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any, LiteralString, Self, TypeVar

import psycopg
from psycopg import errors, sql
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from sinks.base import SinkUnavailable, first_line

Row = tuple[Any, ...]
Connection = psycopg.AsyncConnection[Row]
Values = Sequence[Any] | Mapping[str, Any]
Result = TypeVar("Result")

STORE = "postgres"
WAIT_S = 5.0  # for a connection; also so long a pool tries for one before it begins anew, when it is asked next
TRANSIENT = (errors.DeadlockDetected, errors.SerializationFailure, errors.UniqueViolation)
UNREACHABLE = (psycopg.OperationalError, psycopg.InterfaceError, errors.ReadOnlySqlTransaction, TimeoutError)

# Parameters of libpq: a server that vanished without a word is noticed within half a minute.
KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20_000}

_PATIENCE: LiteralString = "5s"
_ALONE: LiteralString = (
    "BEGIN; SET LOCAL lock_timeout = '" + _PATIENCE + "';"
    " SELECT pg_advisory_xact_lock(hashtextextended('alone ' || {name}, 0))"
)


class Database:
    """Runs single statements, each its own transaction, on pooled connections.

    `dsn` is a libpq connection string; `schema` holds all tables. `timeout` (s) bounds the wait for a connection
    and for the answer. `application` is the name that the server knows the connections by (default: `schema`). Open it
    before use; it is an async context manager too.
    """

    def __init__(
        self,
        dsn: str,
        schema: str,
        *,
        connections: int = 4,
        timeout: float = 30.0,
        attempts: int = 6,
        application: str | None = None,
    ) -> None:
        self._schema = schema
        self._statements: dict[str, bytes] = {}
        self._timeout = timeout
        self._attempts = attempts
        self._alone = asyncio.Lock()
        self._refused: list[str] = []
        self._pool = AsyncConnectionPool(
            dsn,
            connection_class=_noting(self._refused),
            min_size=1,
            max_size=connections,
            timeout=min(timeout, WAIT_S),
            reconnect_timeout=WAIT_S,  # the pool doubles its pauses until then: in a long outage up to minutes
            open=False,
            name=f"{STORE}:{schema}",
            kwargs={"autocommit": True, "application_name": application or schema, **KEEPALIVE},
        )

    async def open(self) -> None:
        """Start the pool; the first connection is made behind the scenes."""
        await self._pool.open()

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def statement(self, text: LiteralString) -> bytes:
        """Return a statement with `{schema}` (an identifier) and `{name}` (the same as a literal) filled in."""
        if text not in self._statements:
            names = {"schema": sql.Identifier(self._schema), "name": sql.Literal(self._schema)}
            self._statements[text] = sql.SQL(text).format(**names).as_bytes(None)
        return self._statements[text]

    async def rows(self, statement: bytes, values: Values = (), *, binary: bool = False) -> list[Row]:
        """Run a statement in a transaction of its own and return its rows; `binary`: as the server keeps values.

        Deadlocks, serialization failures and clashes of two inserts of one row are tried again at once: the
        statement did nothing. Raises SinkUnavailable when the server is away, starting, read-only or full.
        """

        async def run(connection: Connection) -> list[Row]:
            return await _fetch(await connection.execute(statement, values, binary=binary))

        return await self.attempt(run)

    async def rows_of_each(self, statement: bytes, calls: Sequence[Values]) -> list[list[Row]]:
        """Run a statement once per list of values, all in one transaction; otherwise as `rows`."""
        if len(calls) == 1:
            return [await self.rows(statement, calls[0])]

        async def run(connection: Connection) -> list[list[Row]]:
            async with connection.transaction():
                return [await _fetch(await connection.execute(statement, values)) for values in calls]

        return await self.attempt(run)

    async def stream(self, statement: bytes, values: Values, at_once: int) -> AsyncGenerator[list[Row]]:
        """Give the rows of a query in lists of at most `at_once`, through a cursor of the server in one transaction.

        Raises SinkUnavailable when the server is away or goes away on the way: what came until then was right.
        """
        try:
            async with (
                self._pool.connection() as connection,
                connection.transaction(),
                connection.cursor(name="stream") as cursor,
            ):
                await cursor.execute(statement, values)
                while rows := await cursor.fetchmany(at_once):
                    yield rows
        except UNREACHABLE as error:
            raise self._unavailable(error) from error

    @asynccontextmanager
    async def alone(self) -> AsyncGenerator[None]:
        """Run a block while no other block of `alone` runs on this schema, in any process.

        A courtesy, no guarantee: who has waited a few seconds goes on, and so does who loses the lock with the server.
        Of one process one connection waits, and the others behind it.
        """
        async with self._alone:
            connection = await self._locked()
            try:
                yield
            finally:
                if connection is not None:
                    await self._give_back(connection)

    async def _locked(self) -> Connection | None:
        try:
            connection = await self._pool.getconn()
        except psycopg.Error:
            return None
        try:
            await connection.execute(self.statement(_ALONE))
        except psycopg.Error:
            pass  # waited long enough, or the server is gone: what runs in the block will say so
        except BaseException:
            await self._give_back(connection)
            raise
        return connection

    async def _give_back(self, connection: Connection) -> None:
        try:
            with suppress(psycopg.Error):
                await connection.rollback()
        finally:
            await self._pool.putconn(connection)

    async def attempt(self, run: Callable[[Connection], Awaitable[Result]]) -> Result:
        """Run something on a connection, again where it lost to others; errors are told apart as in `rows`."""
        for _ in range(self._attempts):
            try:
                async with asyncio.timeout(self._timeout), self._pool.connection() as connection:
                    return await run(connection)
            except TRANSIENT:
                continue
            except UNREACHABLE as error:
                await self._pool.check()  # where one connection is dead, others may be: not each shall cost a failure
                raise self._unavailable(error) from error
        raise SinkUnavailable(STORE, f"{self._attempts} attempts met a deadlock", retry_after=0.2)

    def _unavailable(self, error: BaseException) -> SinkUnavailable:
        """Return what to raise; that the pool has no connection says less than why none could be made."""
        refused = self._refused if isinstance(error, PoolTimeout | TimeoutError) else []
        return SinkUnavailable(STORE, refused[-1] if refused else first_line(error))


def _noting(refused: list[str]) -> type[Connection]:
    """Return a kind of connection whose last refusal is kept in a list, until one is made."""

    class Noting(psycopg.AsyncConnection[Row]):
        @classmethod
        async def connect(cls, conninfo: str = "", **options: Any) -> Self:
            try:
                made = await super().connect(conninfo, **options)
            except psycopg.Error as error:
                refused[:] = [first_line(error)]
                raise
            refused.clear()
            return made

    return Noting


async def _fetch(cursor: psycopg.AsyncCursor[Row]) -> list[Row]:
    return await cursor.fetchall() if cursor.description else []
