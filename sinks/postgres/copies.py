"""A copy of the history beside the library's own: put into a temporary table, then compared or taken over as sets."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import LiteralString, NamedTuple

from schemas.effects import Change
from sinks.postgres.history import COLUMNS
from sinks.postgres.snapshot import Moment

MAKE: tuple[LiteralString, ...] = (
    "CREATE TEMP TABLE copied_rows (LIKE {schema}.history, place bigint NOT NULL) ON COMMIT DROP",
    "CREATE TEMP TABLE copied_ids (kind text, value text, lead text, event_id text, verified boolean, since bigint,"
    " until bigint, told bigint, place bigint) ON COMMIT DROP",
)
# Of what was sent twice the later one counts: a row that was never stored may be made anew by a later release. What
# does not fit its hash has a place below 0, and counts only where nothing else was sent.
SETTLE: tuple[LiteralString, ...] = (
    "CREATE TEMP TABLE copied ON COMMIT DROP AS"
    " SELECT DISTINCT ON (lead, seq) * FROM copied_rows ORDER BY lead, seq, place DESC",
    "CREATE INDEX ON copied (lead, seq)",
    "ANALYZE copied",
)
COMPARED = COLUMNS.removeprefix("lead, seq, ")
GROUPED = "SELECT lead, min(seq), max(seq), count(*) OVER () FROM ({}) AS found GROUP BY lead ORDER BY lead LIMIT %s"
MISSING = (
    "SELECT lead, seq FROM copied WHERE NOT EXISTS"
    " (SELECT FROM {schema}.history AS own WHERE own.lead = copied.lead AND own.seq = copied.seq) AND {stored}"
)
# Rows above the library's fence are on their way: a worker produces before it commits.
STORED = (
    "EXISTS (SELECT FROM {schema}.fences JOIN {schema}.slots USING (slot_id) WHERE stage = 'detect'"
    " AND slots.topic = copied.topic AND slots.incarnation = copied.incarnation"
    " AND slots.partition = copied.partition AND fences.log_offset >= copied.log_offset)"
)
CHANGED = (
    "SELECT lead, seq FROM {schema}.history AS own JOIN copied USING (lead, seq)"
    " WHERE ({own}) IS DISTINCT FROM ({other}) AND NOT EXISTS"
    " (SELECT FROM copied_rows AS sent WHERE sent.lead = own.lead AND sent.seq = own.seq"
    " AND ({own}) IS NOT DISTINCT FROM ({sent}))"
)
LACKING = (
    "SELECT count(*) FILTER (WHERE incarnation = %s), count(*) FILTER (WHERE incarnation <> %s)"
    " FROM {schema}.history AS own"
    " WHERE NOT EXISTS (SELECT FROM copied WHERE copied.lead = own.lead AND copied.seq = own.seq)"
)
LACKED = (
    "SELECT lead, seq FROM {schema}.history AS own WHERE incarnation = %s"
    " AND NOT EXISTS (SELECT FROM copied WHERE copied.lead = own.lead AND copied.seq = own.seq)"
    " ORDER BY written_at DESC, lead, seq LIMIT 10"
)


# An identifier that ended after the copy was made is none that is lost.
LOST = (
    "SELECT DISTINCT told.lead, told.kind, told.value FROM copied_ids AS told WHERE NOT EXISTS"
    " (SELECT FROM {schema}.identifiers AS own WHERE (own.kind, own.value, own.lead)"
    " = (told.kind, told.value, told.lead)) ORDER BY told.lead, told.kind, told.value LIMIT %s"
)
Identifier = tuple[str, str, str]  # lead, kind, value


class Rows(NamedTuple):
    """Rows `first` to `last` of a lead."""

    lead: str
    first: int
    last: int


class Comparison(NamedTuple):
    """What a copy and the library do not share.

    `missing` and `changed` name rows of the library, lead by lead; `more` counts leads that are not named. `ahead`:
    rows of the copy above the library's fence; `lacking`: rows that the copy lacks, of which `lacked` names the newest;
    `older`: further ones, from before the topics were made anew.
    """

    missing: list[Rows]
    changed: list[Rows]
    more: int
    ahead: int
    lacking: int
    older: int
    rows: int
    lacked: list[Rows]


class CopiedHistory:
    """Rows of a copy, in the order in which they came. Lives as long as its transaction."""

    def __init__(self, moment: Moment) -> None:
        self._moment = moment
        self._place = 0

    async def begin(self) -> None:
        """Make the tables."""
        for text in MAKE:
            await self._moment.rows(text)

    async def end(self) -> None:
        """Drop the tables, so that another copy can be looked at in the same transaction."""
        await self._moment.rows("DROP TABLE IF EXISTS copied_rows, copied_ids, copied, intervals")

    async def add(self, changes: Sequence[tuple[Change, int | str | None]], *, fit: bool = True) -> None:
        """Add rows, each with when it was written: ms since 1970 UTC, or a text that PostgreSQL reads.

        `fit`: whether they fit their hashes.
        """
        target = f"COPY copied_rows ({COLUMNS}, written_at, place) FROM STDIN"
        async with self._moment.connection.cursor() as cursor, cursor.copy(target.encode()) as copy:
            for change, written_at in changes:
                self._place += 1
                when = datetime.fromtimestamp(written_at / 1000, UTC) if isinstance(written_at, int) else written_at
                await copy.write_row((*_values(change), when, self._place if fit else -self._place))

    async def add_identifiers(self, rows: Sequence[tuple[object, ...]]) -> None:
        """Add what was said of identifiers: (kind, value, lead, event_id, verified, since, until, when it was told)."""
        target = b"COPY copied_ids FROM STDIN"
        async with self._moment.connection.cursor() as cursor, cursor.copy(target) as copy:
            for row in rows:
                self._place += 1
                await copy.write_row((*row, self._place))

    async def settle(self) -> int:
        """Bring the rows into order; return how many there are. Call it once, when all are added."""
        for text in SETTLE:
            await self._moment.rows(text)
        return int((await self._moment.rows("SELECT count(*) FROM copied"))[0][0])

    async def compare(self, incarnation: str, most: int) -> Comparison:
        """Compare with the library; `incarnation` is that of `facts` as it is now, `most` bounds what is named."""
        rows = int((await self._moment.rows("SELECT count(*) FROM copied"))[0][0])
        missing, more = await self._named(MISSING.replace("{stored}", STORED), most)
        changed, others = await self._named(_compared(CHANGED), most)
        ahead = await self._count(MISSING.replace("{stored}", f"NOT {STORED}"))
        lacking, older = (await self._moment.rows(LACKING, (incarnation, incarnation)))[0]
        named = await self._moment.rows(LACKED, (incarnation,)) if lacking else []  # another walk over all rows
        lacked = [Rows(lead, seq, seq) for lead, seq in named]
        return Comparison(missing, changed, more + others, ahead, lacking, older, rows, lacked)

    async def lost(self, most: int) -> list[Identifier]:
        """Return identifiers, so many at most, that the copy says a lead has or had, and the library does not."""
        return [(row[0], row[1], row[2]) for row in await self._moment.rows(LOST, (most,))]

    async def _named(self, query: LiteralString, most: int) -> tuple[list[Rows], int]:
        found = await self._moment.rows(GROUPED.replace("{}", query), (most,))
        leads = found[0][3] if found else 0
        return [Rows(*row[:3]) for row in found], leads - len(found)

    async def _count(self, query: LiteralString) -> int:
        return int((await self._moment.rows("SELECT count(*) FROM ({}) AS found".replace("{}", query)))[0][0])


def _compared(query: LiteralString) -> LiteralString:
    for name, table in (("{own}", "own"), ("{other}", "copied"), ("{sent}", "sent")):
        query = query.replace(name, ", ".join(f"{table}.{column}" for column in COMPARED.split(", ")))
    return query


def _values(change: Change) -> tuple[object, ...]:
    origin = change.origin
    return (
        change.lead, change.seq, change.field, change.old, change.new, change.rule, change.rule_book, change.event_id,
        change.actor, change.at, origin.topic, origin.incarnation, origin.partition, origin.offset, origin.index,
        change.previous, change.hash,
    )  # fmt: skip
