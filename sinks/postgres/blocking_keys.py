"""Records that an earlier release wrote are given the keys under which this one looks for them."""

from collections.abc import Callable, Sequence

import psycopg
from psycopg import sql

from sinks.postgres.snapshot import Moment

AT_ONCE = 2_000  # records
KeysOf = Callable[[bytes], Sequence[int]]
"""The keys of a record, of its profile as it is kept. Raises ValueError where that can't be read."""

_PAGE = "SELECT record_no, profile FROM evidence_records WHERE record_no > %s ORDER BY record_no LIMIT %s"
_ADD = """
    INSERT INTO blocking_keys (key, record_no)
    SELECT * FROM unnest(%s::bigint[], %s::bigint[]) ON CONFLICT DO NOTHING
"""


async def give_keys(
    dsn: str, schema: str, grammar: int, keys_of: KeysOf, progress: Callable[[int], None] | None = None
) -> int:
    """Add the keys that records lack, unless that was done for this grammar; return how many records were read.

    `dsn` belongs to the owner, since it writes down what was done. Keys of earlier grammars stay: they find nothing.
    May be broken off and begun anew, and run beside others; `progress` is told how many records are done. Raises
    psycopg.Error.
    """
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(schema)))
        await connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (f"keys {schema}",))
        done = await connection.execute("SELECT 1 FROM key_grammars WHERE grammar = %s", (grammar,))
        if await done.fetchone():
            return 0
        read, last = 0, -1
        while rows := await (await connection.execute(_PAGE, (last, AT_ONCE))).fetchall():
            pairs = [(key, number) for number, profile in rows for key in keys_of(profile)]
            await connection.execute(_ADD, ([key for key, _ in pairs], [number for _, number in pairs]))
            read, last = read + len(rows), rows[-1][0]
            if progress is not None:
                progress(read)
        await connection.execute("INSERT INTO key_grammars (grammar) VALUES (%s)", (grammar,))
    return read


async def forget_keys_given(moment: Moment) -> None:
    """Let `give_keys` look at all records again: what a copy has may be of a release that wrote other keys."""
    await moment.rows("DELETE FROM {schema}.key_grammars")
