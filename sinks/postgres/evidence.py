"""Evidence in PostgreSQL: every call is one function in the database and one round trip."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from itertools import islice
from operator import itemgetter
from typing import Any

import msgspec

from schemas.evidence import (
    Around,
    Consequence,
    Decision,
    EvidenceClaim,
    EvidenceEdge,
    EvidenceRecord,
    Membership,
    Near,
    Question,
)
from schemas.identity import Past, PastHolders
from sinks.postgres.database import Database, Row
from sinks.postgres.documents import document, int_array, text_array, without_nul
from sinks.postgres.events import event_keys

CLAIM_EVIDENCE = (
    "{schema}.claim_evidence(%s::bigint, %s::bigint, %s::bigint[], %b::text[], %b::text[], %b::text[], %b::bytea[],"
    " %s::bigint[], %b::text[], %s::bigint[], %s::integer[], %s::json)"
)
NO_CLAIM: tuple[Any, ...] = (None, None, "{}", [], [], [], [], "{}", [], "{}", "{}", None)
_SAMPLED = 0.3  # of the blocks that a sample would need, at least: rows are not spread evenly


class PostgresEvidence(Database):
    """`Evidence` in PostgreSQL."""

    def turn(self) -> AbstractAsyncContextManager[None]:
        """See `Evidence`."""
        return self.alone()

    async def evidence_near(self, keys: Sequence[int], nodes: Sequence[str], most: int) -> Near:
        """See `Evidence`."""
        query = self.statement("SELECT * FROM {schema}.evidence_near(%s::bigint[], %s::text[], %s)")
        rows = await self.rows(query, (int_array(keys), text_array(nodes), most), binary=True)
        rows.sort(key=_number)
        _, _, _, _, newest, _, full = rows[0]
        buckets: dict[int, list[str]] = {}
        records: list[EvidenceRecord] = []
        last = 0
        for number, node, lead, profile, at, event_id, under in islice(rows, 1, None):
            for key in under or ():
                buckets.setdefault(key, []).append(node)
            if number != last:
                last = number
                found = EvidenceRecord(node=node, lead=lead, profile=profile, at=at, event_id=event_id, no=number)
                records.append(found)
        in_order = {key: tuple(nodes) for key, nodes in buckets.items()}
        return Near(buckets=in_order, full=frozenset(full or ()), records=records, newest=newest)

    async def evidence_around(self, leads: Sequence[str], most: int) -> Around:
        """See `Evidence`."""
        query = self.statement(
            "SELECT what, a, b, c, n, at, blob, more::text FROM {schema}.evidence_around(%s::text[], %s)"
        )
        found: dict[str, list[Row]] = {}
        for what, *row, more in await self.rows(query, (text_array(leads), most), binary=True):
            found.setdefault(what, []).append((*row, more and _read(more)))
        size, changed = found["around"][0][3:5]
        return Around(
            records=sorted(map(_record, found.get("record", ())), key=lambda each: each.no),
            edges=[_edge(row) for row in sorted(found.get("edge", ()), key=lambda row: row[3])],
            people=sorted(map(_member, found.get("person", ())), key=lambda each: each.lead),
            decisions=sorted(map(_decision, found.get("decision", ())), key=lambda each: each.no),
            questions=sorted(map(_question, found.get("question", ())), key=lambda each: (each.left, each.right)),
            whole=size <= most,
            changed=changed,
        )

    async def people(self, leads: Sequence[str]) -> Mapping[str, Membership]:
        """See `Evidence`."""
        rows = await self.rows(
            self.statement("SELECT * FROM {schema}.people_of(%s::text[])"), (text_array(leads),), binary=True
        )
        return {
            lead: Membership(lead=lead, person=person, address=address, version=version)
            for lead, person, address, version in rows
        }

    async def companions(self, leads: Sequence[str]) -> Sequence[Membership]:
        """See `Evidence`."""
        query = self.statement(
            "SELECT lead, person, address, version FROM {schema}.people WHERE person IN"
            ' (SELECT person FROM {schema}.people WHERE lead = ANY (%s::text[])) ORDER BY lead COLLATE "C"'
        )
        return [_member(row) for row in await self.rows(query, (text_array(leads),))]

    async def consequences(self, event_ids: Sequence[str]) -> Mapping[str, Sequence[Consequence]]:
        """See `Evidence`."""
        rows = await self.rows(self.statement("SELECT * FROM {schema}.outcomes_of(%b)"), (event_keys(event_ids),))
        return {event_ids[place - 1]: msgspec.convert(told, tuple[Consequence, ...]) for place, told in rows}

    async def past(self, kind: str, values: Sequence[str]) -> PastHolders:
        """See `Evidence`."""
        query = self.statement("SELECT * FROM {schema}.past_claims(%s, %s::text[])")
        return in_order(await self.rows(query, (kind, text_array(values))))

    async def questions(
        self, reason: str | None = None, source: str | None = None, file: str | None = None, limit: int = 100
    ) -> Sequence[Question]:
        """See `Evidence`."""
        query = self.statement(
            "SELECT left_lead, right_lead, reason, NULL, at, NULL,"
            " json_build_array(score, evidence, source, file, event_id, closed) FROM {schema}.questions"
            " WHERE closed = '' AND (%(reason)s::text IS NULL OR reason = %(reason)s)"
            " AND (%(source)s::text IS NULL OR source = %(source)s) AND (%(file)s::text IS NULL OR file = %(file)s)"
            " ORDER BY score DESC, left_lead, right_lead LIMIT %(limit)s"
        )
        values = {"reason": reason, "source": source, "file": file, "limit": limit}
        return [_question(row) for row in await self.rows(query, values)]

    async def questions_beside(self, left: str, right: str) -> Sequence[Question]:
        """See `Evidence`."""
        query = self.statement(
            "WITH named AS (SELECT asked.side, coalesce(person, asked.lead) AS person"
            " FROM (VALUES (1, %(left)s::text), (2, %(right)s::text)) AS asked (side, lead)"
            " LEFT JOIN {schema}.people USING (lead)), leads AS ("
            " SELECT side, people.lead FROM named JOIN {schema}.people USING (person)"
            " UNION SELECT side, person FROM named)"
            " SELECT DISTINCT left_lead, right_lead, reason, NULL, at, NULL, score,"
            " jsonb_build_array(score, evidence, source, file, event_id, closed)"
            " FROM leads AS one JOIN leads AS other ON one.side <> other.side"
            " JOIN {schema}.questions ON (left_lead, right_lead) = (one.lead, other.lead)"
            " WHERE closed = '' ORDER BY score DESC, left_lead, right_lead"
        )
        rows = await self.rows(query, {"left": left, "right": right})
        return [_question((*row[:6], row[7])) for row in rows]

    async def question_counts(self) -> Mapping[tuple[str, str, str], int]:
        """See `Evidence`."""
        query = self.statement(
            "SELECT reason, source, file, count(*) FROM {schema}.questions WHERE closed = ''"
            " GROUP BY reason, source, file"
        )
        return {(reason, source, file): count for reason, source, file, count in await self.rows(query)}

    async def population(self) -> Mapping[str, Any] | None:
        """See `Evidence`."""
        query = self.statement("SELECT document FROM {schema}.populations ORDER BY no DESC LIMIT 1")
        rows = await self.rows(query)
        return rows[0][0] if rows else None

    async def evidence_sample(self, size: int) -> tuple[Sequence[bytes], int]:
        """See `Evidence`. Reads whole blocks at random, so that it takes no longer in a larger library."""
        count = self.statement("SELECT coalesce(max(record_no), 0) FROM {schema}.evidence_records")
        people = int((await self.rows(count))[0][0])
        share = min(100.0, 100 * (size / people + _SAMPLED * min(1.0, size / people))) if people else 100.0
        query = self.statement(
            "SELECT profile FROM {schema}.evidence_records TABLESAMPLE SYSTEM (%s) REPEATABLE (1) LIMIT %s"
        )
        return [row[0] for row in await self.rows(query, (share, size))], people

    async def keep_population(self, document: bytes) -> None:
        """See `Evidence`."""
        query = self.statement("INSERT INTO {schema}.populations (document) VALUES (%s::json)")
        await self.rows(query, (document.decode(),))


def in_order(rows: Iterable[Row]) -> dict[str, list[Past]]:
    """Return who held values until when, earliest end first, from rows of `past_claims`."""
    found: dict[str, list[Past]] = {}
    for value, lead, since, until, moved_by, event_id in rows:
        found.setdefault(value, []).append(Past(until, since, lead, moved_by or "", event_id))
    for ends in found.values():
        ends.sort()
    return found


def claim_arguments(claim: EvidenceClaim) -> tuple[Any, ...]:
    """Return a claim as `claim_evidence` takes it: arrays of what each row of an import brings; the rest as JSON."""
    records = claim.records
    return (
        claim.newest,
        claim.changed,
        int_array(claim.looked),
        list(claim.region),
        [record.node for record in records],
        [record.lead for record in records],
        [record.profile for record in records],
        int_array([record.at for record in records]),
        [without_nul(record.event_id) for record in records],
        int_array([key for record in records for key in record.keys]),
        int_array([place for place, record in enumerate(records, 1) for _ in record.keys]),
        _findings(claim),
    )


def _findings(claim: EvidenceClaim) -> str | None:
    found: dict[str, Sequence[Any]] = {
        "edges": claim.edges,
        "people": claim.people,
        "decisions": claim.decisions,
        "questions": claim.questions,
        "ended": claim.ended,
        "outcomes": [
            {"event_key": event_keys([outcome.event_id]).hex(), "consequences": outcome.consequences}
            for outcome in claim.outcomes
        ],
    }
    return document(found) if any(found.values()) else None


_number = itemgetter(0)
_read = msgspec.json.Decoder().decode  # a tenth of the cost of the driver's own


def _record(row: Row) -> EvidenceRecord:
    node, lead, event_id, number, at, profile, _ = row
    return EvidenceRecord(node=node, lead=lead, profile=profile, at=at, event_id=event_id, no=number)


def _edge(row: Row) -> EvidenceEdge:
    left, right, verdict, _, _, findings, (left_lead, right_lead, score) = row
    return EvidenceEdge(
        left=left, right=right, left_lead=left_lead, right_lead=right_lead, findings=findings, verdict=verdict,
        score=score,
    )  # fmt: skip


def _member(row: Row) -> Membership:
    return Membership(lead=row[0], person=row[1], address=row[2], version=row[3])


def _decision(row: Row) -> Decision:
    left, right, answer, number, at, _, (by, event_id) = row
    return Decision(left=left, right=right, answer=answer, by=by, at=at, event_id=event_id, no=number)


def _question(row: Row) -> Question:
    left, right, reason, _, at, _, (score, evidence, source, file, event_id, closed) = row
    return Question(
        left=left, right=right, score=score, reason=reason, evidence=evidence, source=source, file=file,
        event_id=event_id, at=at, closed=closed,
    )  # fmt: skip
