"""The library rebuilt from a copy of its history: set by set, within the transaction of the copy."""

from typing import LiteralString

from sinks.postgres.copied_identifiers import INTERVALS
from sinks.postgres.history import COLUMNS
from sinks.postgres.snapshot import Moment

HISTORY = (
    f"INSERT INTO {{schema}}.history ({COLUMNS}, written_at)"  # noqa: S608 - names of columns
    f" SELECT {COLUMNS}, written_at FROM copied ON CONFLICT DO NOTHING"
)
LEADS: LiteralString = """
    INSERT INTO {schema}.leads AS own (lead_id, fields, created_at, updated_at, version)
    SELECT lead_id, fields, created_at, updated_at, version FROM {schema}.leads_by_history
    ON CONFLICT (lead_id) DO UPDATE SET fields = excluded.fields, created_at = excluded.created_at,
        updated_at = excluded.updated_at, version = excluded.version
    WHERE (own.fields, own.created_at, own.updated_at, own.version)
        IS DISTINCT FROM (excluded.fields, excluded.created_at, excluded.updated_at, excluded.version)
"""
FENCES: LiteralString = """
    WITH reached AS (
        SELECT {schema}.slot_of(topic, incarnation, partition) AS slot_id, max(log_offset) AS log_offset
        FROM copied GROUP BY topic, incarnation, partition
    )
    INSERT INTO {schema}.fences AS own (stage, slot_id, log_offset) SELECT 'detect', slot_id, log_offset FROM reached
    ON CONFLICT (stage, slot_id) DO UPDATE SET log_offset = greatest(own.log_offset, excluded.log_offset)
"""
COUNTS: LiteralString = """
    INSERT INTO {schema}.counts AS own (slot_id, what, count)
    SELECT slot_id, 'lead', count(*) FROM {schema}.history JOIN {schema}.slots USING (topic, incarnation, partition)
    WHERE seq = 1 GROUP BY slot_id
    ON CONFLICT (slot_id, what) DO UPDATE SET count = excluded.count
"""
ENDED: LiteralString = """
    UPDATE {schema}.identifiers AS own SET until = found.until, moved_by = found.moved_by
    FROM intervals AS found
    WHERE own.until IS NULL AND found.until IS NOT NULL
        AND (own.kind, own.value, own.lead, own.event_id) = (found.kind, found.value, found.lead, found.event_id)
"""
CLAIMED: LiteralString = """
    INSERT INTO {schema}.identifiers (kind, value, lead, event_id, verified, since, until, moved_by)
    SELECT kind, value, lead, event_id, verified, since, until, moved_by FROM intervals AS found
    WHERE NOT EXISTS (SELECT FROM {schema}.identifiers AS own WHERE
        (own.kind, own.value, own.lead, own.event_id) = (found.kind, found.value, found.lead, found.event_id))
    ORDER BY place
    ON CONFLICT DO NOTHING
"""


async def take_over(moment: Moment) -> None:
    """Add what the copy has and the library lacks; bring leads, counts, fences and identifiers up to date.

    Nothing that stands in the history is touched. The copy must have been settled, and agree with what is there.
    """
    for text in (HISTORY, LEADS, FENCES, COUNTS, INTERVALS, ENDED, CLAIMED):
        await moment.rows(text)
