"""The read side of the lead library."""

from collections.abc import AsyncGenerator, Mapping, Sequence

from schemas.fact import Origin
from schemas.lead_query import LeadQuery
from schemas.signal import Signal
from sinks.postgres.database import Database, Row
from sinks.postgres.documents import text_array
from sinks.postgres.lead_query import condition_of
from sinks.read import Acked, LeadRow, Notice, as_given_back

LAST_SEQ = 2**63 - 1
LEADS = "SELECT lead_id, jsonb_strip_nulls(fields), created_at, updated_at, version FROM {schema}.leads"
SIGNAL_FIELDS = (
    "signal_id", "kind", "entity", "at", "severity", "to", "title", "evidence", "rule", "rule_book", "model", "region",
)  # fmt: skip

# A signal that reached several of the recipients is listed once, as the newest of its notices that may be seen.
INBOX = """
    SELECT notice.seq, recipient, acked_at, acked_by,
        signal_id, kind, entity, at, severity, recipients, title, evidence, rule, rule_book, model, signals.region,
        topic, incarnation, partition, log_offset, output_index, {schema}.given_back_to(signal_id)
    FROM {schema}.notices AS notice JOIN {schema}.signals USING (signal_id)
    WHERE recipient = ANY(%(recipients)s) AND notice.seq < %(before)s AND {schema}.may_see(notice, %(regions)s)
        AND NOT EXISTS (
            SELECT FROM {schema}.notices AS newer
            WHERE newer.signal_id = notice.signal_id AND newer.recipient = ANY(%(recipients)s)
                AND newer.seq > notice.seq AND {schema}.may_see(newer, %(regions)s))
    ORDER BY notice.seq DESC LIMIT %(limit)s
"""


class PostgresReader(Database):
    """`LibraryReader` in PostgreSQL; needs no more than SELECT, and UPDATE on notices."""

    async def lead(self, lead_id: str) -> LeadRow | None:
        """See `LibraryReader`."""
        rows = await self.rows(self.statement(LEADS + " WHERE lead_id = %s"), (lead_id,))
        return LeadRow(*rows[0]) if rows else None

    async def leads_by_id(self, lead_ids: Sequence[str]) -> Mapping[str, LeadRow]:
        """See `LibraryReader`."""
        rows = await self.rows(self.statement(LEADS + " WHERE lead_id = ANY(%s::text[])"), (text_array(lead_ids),))
        return {row[0]: LeadRow(*row) for row in rows}

    async def select_leads(self, query: LeadQuery, at_once: int = 1_000) -> AsyncGenerator[list[LeadRow]]:
        """See `LibraryReader`; read through a cursor of the server, in memory for one list."""
        condition, values = condition_of(query)
        statement = self.statement(LEADS + " WHERE " + condition + " ORDER BY lead_id")
        async for rows in self.stream(statement, values, at_once):
            yield [LeadRow(*row) for row in rows]

    async def inbox(
        self, recipients: Sequence[str], regions: Sequence[str] | None, limit: int, before: int | None = None
    ) -> list[Notice]:
        """See `LibraryReader`."""
        values = {
            "recipients": list(recipients),
            "regions": None if regions is None else list(regions),
            "before": LAST_SEQ if before is None else before,
            "limit": limit,
        }
        return [_notice(row) for row in await self.rows(self.statement(INBOX), values)]

    async def ack(self, signal_id: str, recipients: Sequence[str], who: str, at: int) -> int:
        """See `LibraryReader`."""
        query = self.statement(
            "UPDATE {schema}.notices SET acked_at = %s, acked_by = %s"
            " WHERE signal_id = %s AND recipient = ANY(%s) AND acked_at IS NULL RETURNING seq"
        )
        return len(await self.rows(query, (at, who, signal_id, list(recipients))))

    async def acked(self, signal_id: str, recipients: Sequence[str]) -> Acked | None:
        """See `LibraryReader`."""
        query = self.statement(
            "SELECT acked_by, acked_at FROM {schema}.notices WHERE signal_id = %s AND recipient = ANY(%s)"
            " AND acked_at IS NOT NULL ORDER BY acked_at, seq LIMIT 1"
        )
        rows = await self.rows(query, (signal_id, list(recipients)))
        return Acked(*rows[0]) if rows else None


def _notice(row: Row) -> Notice:
    seq, recipient, acked_at, acked_by, *columns, topic, incarnation, partition, offset, index, lead = row
    given = dict(zip(SIGNAL_FIELDS, columns, strict=True))
    signal = Signal(**given, origin=Origin(topic, incarnation, partition, offset, index))
    return Notice(seq, recipient, as_given_back(signal.as_json(), lead), acked_at, acked_by)
