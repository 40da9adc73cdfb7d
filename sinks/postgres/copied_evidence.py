"""Evidence out of a copy: put into temporary tables, then added to the library as sets, in any order."""

from collections.abc import Iterable, Sequence
from typing import Any, LiteralString

import msgspec

from schemas.evidence import EvidenceLog, EvidenceRecord
from sinks.postgres.snapshot import Moment

COLUMNS: dict[str, LiteralString] = {
    "records": "node text, lead text, profile bytea, at bigint, event_id text, keys bigint[]",
    "edges": "left_node text, right_node text, left_lead text, right_lead text, findings bytea, verdict text,"
    " score double precision",
    "people": "lead text, person text, address text, version integer",
    "decisions": "left_lead text, right_lead text, answer text, decided_by text, at bigint, event_id text",
    "questions": "left_lead text, right_lead text, score double precision, reason text, evidence text, source text,"
    " file text, event_id text, at bigint, closed text",
}
MAKE: LiteralString = "CREATE TEMP TABLE copied_{kind} ({columns}, told_at bigint, place bigint) ON COMMIT DROP"
RECORDS: LiteralString = """
    WITH told AS MATERIALIZED (
        SELECT DISTINCT ON (node) * FROM copied_records ORDER BY node, told_at, place
    ), stored AS (
        INSERT INTO {schema}.evidence_records (node, lead, profile, at, event_id)
        SELECT node, lead, profile, at, event_id FROM told ORDER BY told_at, place
        ON CONFLICT DO NOTHING
        RETURNING record_no, node
    )
    INSERT INTO {schema}.blocking_keys (key, record_no)
    SELECT DISTINCT key, record_no FROM stored JOIN told USING (node), unnest(told.keys) AS key ORDER BY key
"""
EDGES: LiteralString = """
    INSERT INTO {schema}.evidence_edges (left_node, right_node, left_lead, right_lead, findings, verdict, score)
    SELECT left_node, right_node, left_lead, right_lead, findings, verdict, score
    FROM copied_edges ORDER BY told_at, place
    ON CONFLICT DO NOTHING
"""
PEOPLE_LOG: LiteralString = """
    INSERT INTO {schema}.people_log (lead, person, version)
    SELECT lead, person, version FROM copied_people AS told
    WHERE NOT EXISTS (SELECT FROM {schema}.people_log AS own
        WHERE (own.lead, own.person, own.version) = (told.lead, told.person, told.version))
    GROUP BY lead, person, version ORDER BY min(told_at), min(place)
"""
PEOPLE: LiteralString = """
    INSERT INTO {schema}.people AS own (lead, person, address, version)
    SELECT DISTINCT ON (lead) lead, person, address, version FROM copied_people
    ORDER BY lead, version DESC, told_at DESC, place DESC
    ON CONFLICT (lead) DO UPDATE SET person = excluded.person, version = excluded.version
    WHERE excluded.version > own.version
"""
DECISIONS: LiteralString = """
    INSERT INTO {schema}.identity_decisions (left_lead, right_lead, answer, decided_by, at, event_id)
    SELECT left_lead, right_lead, answer, decided_by, at, event_id FROM copied_decisions AS told
    WHERE NOT EXISTS (SELECT FROM {schema}.identity_decisions AS own
        WHERE (own.left_lead, own.right_lead, own.answer, own.event_id)
            = (told.left_lead, told.right_lead, told.answer, told.event_id))
    GROUP BY left_lead, right_lead, answer, decided_by, at, event_id ORDER BY min(told_at), min(place)
"""
QUESTIONS: LiteralString = """
    INSERT INTO {schema}.questions (
        left_lead, right_lead, score, reason, evidence, source, file, event_id, at, closed)
    SELECT DISTINCT ON (left_lead, right_lead)
        left_lead, right_lead, score, reason, evidence::jsonb, source, file, event_id, at, closed
    FROM copied_questions ORDER BY left_lead, right_lead, told_at DESC, place DESC
    ON CONFLICT DO NOTHING
"""
TAKE_OVER = (RECORDS, EDGES, PEOPLE_LOG, PEOPLE, DECISIONS, QUESTIONS)


class CopiedEvidence:
    """Evidence of a copy. Lives as long as its transaction."""

    def __init__(self, moment: Moment) -> None:
        self._moment = moment
        self._place = 0

    async def begin(self) -> None:
        """Make the tables."""
        for kind, columns in COLUMNS.items():
            await self._moment.rows(MAKE.replace("{kind}", kind).replace("{columns}", columns))

    async def add(self, logs: Sequence[tuple[EvidenceLog, int]]) -> None:
        """Add what was told, each with when (ms since 1970 UTC); records with the keys that they are found by."""
        for kind in COLUMNS:
            rows = ((values, at) for log, at in logs for values in _values(kind, getattr(log, kind)))
            target = f"COPY copied_{kind} FROM STDIN".encode()
            async with self._moment.connection.cursor() as cursor, cursor.copy(target) as copy:
                for values, at in rows:
                    self._place += 1
                    await copy.write_row((*values, at, self._place))

    async def take_over(self) -> None:
        """Add to the library what it lacks; of people the highest version counts."""
        for text in TAKE_OVER:
            await self._moment.rows(text)


def _values(kind: str, found: Iterable[Any]) -> Iterable[tuple[Any, ...]]:
    for each in found:
        match kind:
            case "records":
                record: EvidenceRecord = each
                yield record.node, record.lead, record.profile, record.at, record.event_id, list(record.keys)
            case "decisions":
                yield each.left, each.right, each.answer, each.by, each.at, each.event_id
            case "questions":
                evidence = msgspec.json.encode(each.evidence).decode()
                rest = each.source, each.file, each.event_id, each.at, each.closed
                yield each.left, each.right, each.score, each.reason, evidence, *rest
            case _:
                yield tuple(getattr(each, name) for name in each.__struct_fields__)
