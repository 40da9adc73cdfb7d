"""Tables of the lead library out of a database and into one, as COPY text."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import NamedTuple

from psycopg import sql

from sinks.backup.files import Part, Table
from sinks.postgres.database import Row
from sinks.postgres.snapshot import Moment

LEFT_OUT = frozenset({"migrations"})
OF_THE_DATABASE = frozenset({"key_grammars"})  # what `whetstone prepare` notes of it, also where no lead is
FIRST = ("slots",)  # others refer to it
# Who was shown what is of no lead and refers to none: it may stand in a library before the leads come back.
LOGS = frozenset({"disclosures"})
WRAPS = 2**31  # `age` counts transactions in 32 bits: beyond, everything is read
BLOCK = 1 << 18  # bytes handed over at once
TABLES = """
    SELECT relname,
        array(SELECT attname::text FROM pg_attribute WHERE attrelid = pg_class.oid AND attnum > 0
            AND NOT attisdropped AND attgenerated = '' ORDER BY attnum),
        array(SELECT attname::text FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
            WHERE indrelid = pg_class.oid AND indisprimary ORDER BY attnum),
        EXISTS (SELECT FROM pg_trigger WHERE tgrelid = pg_class.oid AND tgname = 'append_only')
    FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident(%s)) AND relkind = 'r' ORDER BY relname
"""
WHERE_WE_ARE = """
    SELECT (SELECT system_identifier FROM pg_control_system())::text
            || '.' || (SELECT timeline_id FROM pg_control_checkpoint())
            || '.' || to_regnamespace(quote_ident(%s))::oid,
        pg_current_snapshot()::text, pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
        pg_snapshot_xmax(pg_current_snapshot())::text::bigint
"""
SEQUENCES = """
    SELECT relname, attname::text, pg_get_serial_sequence(quote_ident(nspname) || '.' || quote_ident(relname), attname)
    FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid JOIN pg_namespace ON relnamespace = pg_namespace.oid
    WHERE nspname = %s AND relkind = 'r' AND attidentity <> '' AND NOT attisdropped
    UNION ALL
    SELECT pg_class.relname, attname::text, seq.oid::regclass::text
    FROM pg_depend JOIN pg_class AS seq ON refobjid = seq.oid AND seq.relkind = 'S' AND deptype = 'n'
    JOIN pg_attrdef ON classid = 'pg_attrdef'::regclass AND pg_depend.objid = pg_attrdef.oid
    JOIN pg_class ON adrelid = pg_class.oid JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
    WHERE seq.relnamespace = to_regnamespace(quote_ident(%s))
"""


class Known(NamedTuple):
    """A table: its columns, those of its primary key, and whether rows are only ever added."""

    name: str
    columns: list[str]
    key: list[str]
    append_only: bool


class Here(NamedTuple):
    """Which database this is, and which moment of it: `begins` and `ends` bound the transactions still open."""

    cluster: str
    snapshot: str
    begins: int
    ends: int


async def tables(moment: Moment) -> list[Known]:
    """Return the tables of the library, in an order in which they can be filled."""
    found = [Known(*row) for row in await moment.rows(TABLES, (moment.schema,)) if row[0] not in LEFT_OUT]
    return sorted(found, key=lambda table: (table.name not in FIRST, table.name))


async def here(moment: Moment) -> Here:
    """Return which database and moment this is."""
    return Here(*(await moment.rows(WHERE_WE_ARE, (moment.schema,)))[0])


async def read(moment: Moment, table: Known, since: int, now: int) -> AsyncGenerator[bytes]:
    """Give the rows of a table as COPY text; only those that a transaction from `since` on changed (0: all).

    `now` is the transaction that comes next.

    The age of a row's last transaction is what PostgreSQL keeps of itself: no column and no index is needed, and a
    row that is given though it did not change does no harm.
    """
    recent: sql.Composable = sql.SQL("")
    if since and now - since < WRAPS:
        recent = sql.SQL(" WHERE age(xmin) <= age({}::xid)").format(sql.Literal(str(since % 2**32)))
    query = sql.SQL("COPY (SELECT {columns} FROM {schema}.{table}{recent} ORDER BY {key}) TO STDOUT").format(
        columns=_names(table.columns),
        schema=sql.Identifier(moment.schema),
        table=sql.Identifier(table.name),
        recent=recent,
        key=_names(table.key or table.columns),
    )
    waiting = bytearray()
    async with moment.connection.cursor() as cursor, cursor.copy(query) as copy:
        async for block in copy:
            waiting += block
            if len(waiting) >= BLOCK:
                yield bytes(waiting)
                waiting.clear()
    if waiting:
        yield bytes(waiting)


def _names(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


async def not_empty(moment: Moment) -> list[str]:
    """Return the tables that hold anything of a library."""
    found = []
    for table in await tables(moment):
        if table.name in OF_THE_DATABASE or table.name in LOGS:
            continue
        query = "SELECT EXISTS (SELECT FROM {schema}.{table})"
        if (await moment.rows(query, table=table.name))[0][0]:
            found.append(table.name)
    return found


async def load(moment: Moment, part: Part, known: Known) -> None:
    """Put rows of a file into a table: new ones are added, those of a key that is there replace it.

    Rows of a log are added behind those that have their numbers.
    """
    columns = [column for column in part.table.columns if column in known.columns]
    await moment.rows("CREATE TEMP TABLE loading (LIKE {schema}.{table}) ON COMMIT DROP", table=known.name)
    for dropped in (column for column in known.columns if column not in columns):
        await moment.rows("ALTER TABLE loading DROP COLUMN {column}", column=dropped)
    target = sql.SQL("COPY loading ({}) FROM STDIN").format(_names(part.table.columns))
    async with moment.connection.cursor() as cursor, cursor.copy(target) as copy:
        for block in _blocks(part.rows):
            await copy.write(block)
    names = {
        "schema": sql.Identifier(moment.schema),
        "table": sql.Identifier(known.name),
        "columns": _names(columns),
        "same": sql.SQL(" AND ").join(
            sql.SQL("own.{0} = loading.{0}").format(sql.Identifier(name)) for name in known.key
        ),
    }
    others = [column for column in columns if column not in known.key]
    if known.name in LOGS:
        await _number_anew(moment, known.name, known.key[0], others)
    if others and known.key and not known.append_only:
        names["sets"] = sql.SQL(", ").join(sql.SQL("{0} = loading.{0}").format(sql.Identifier(name)) for name in others)
        update = sql.SQL("UPDATE {schema}.{table} AS own SET {sets} FROM loading WHERE {same}")
        await moment.connection.execute(update.format(**names))
    insert = sql.SQL(
        "INSERT INTO {schema}.{table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM loading"
        " ON CONFLICT DO NOTHING"
    )
    await moment.connection.execute(insert.format(**names))
    await moment.rows("DROP TABLE loading")


async def _number_anew(moment: Moment, table: str, key: str, others: Sequence[str]) -> None:
    """Give rows to be loaded that are not there yet, and whose number another row has, numbers behind all others."""
    names = {
        "key": sql.Identifier(key),
        "table": sql.Identifier(table),
        "schema": sql.Identifier(moment.schema),
        "same": sql.SQL(" AND ").join(map(sql.SQL("own.{0} = loading.{0}").format, map(sql.Identifier, others))),
    }
    there = sql.SQL("DELETE FROM loading USING {schema}.{table} AS own WHERE {same}")
    await moment.connection.execute(there.format(**names))
    behind = sql.SQL(
        "UPDATE loading SET {key} = free.least + place FROM"
        " (SELECT {key} AS taken, row_number() OVER (ORDER BY {key}) AS place FROM loading"
        "  JOIN {schema}.{table} USING ({key})) AS clashing,"
        " (SELECT max({key}) AS least FROM (SELECT {key} FROM loading"
        "  UNION ALL SELECT {key} FROM {schema}.{table}) AS used) AS free"
        " WHERE {key} = taken"
    )
    await moment.connection.execute(behind.format(**names))


def _blocks(rows: Iterator[bytes]) -> Iterator[bytes]:
    waiting = bytearray()
    for row in rows:
        waiting += row
        if len(waiting) >= BLOCK:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting)


async def settle_sequences(moment: Moment) -> None:
    """Let every sequence go on behind the greatest number that is in use, and behind those it gave; it never goes back.

    A number that was given to a row which is gone is not given again: an increment tells rows apart by it.
    """
    greatest: dict[str, int] = {}
    for table, column, sequence in await _sequences(moment):
        found = await moment.rows("SELECT max({column}) FROM {schema}.{table}", table=table, column=column)
        greatest[sequence] = max(greatest.get(sequence, 0), found[0][0] or 0)
    for sequence, number in greatest.items():
        if number:
            query = "SELECT setval(%s::regclass, greatest(%s, pg_sequence_last_value(%s::regclass)))"
            await moment.rows(query, (sequence, number, sequence))


async def _sequences(moment: Moment) -> list[Row]:
    return await moment.rows(SEQUENCES, (moment.schema, moment.schema))


async def ends_at(moment: Moment) -> dict[str, int]:
    """Return, for each partition that workers read, the offset of the last record whose results are stored."""
    rows = await moment.rows(
        "SELECT topic || '.' || partition || '.' || incarnation, log_offset FROM {schema}.fences"
        " JOIN {schema}.slots USING (slot_id) WHERE stage = 'detect' ORDER BY 1"
    )
    return dict(rows)


__all__ = ["Here", "Known", "Table", "ends_at", "here", "load", "not_empty", "read", "settle_sequences", "tables"]
