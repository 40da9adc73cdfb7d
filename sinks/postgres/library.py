"""The write side of the lead library: every call is one function in the database and one round trip."""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

from schemas.effects import NO_OFFSET, Change, Outputs, Slot
from schemas.evidence import EvidenceClaim
from schemas.fact import Origin
from schemas.identity import EventClaim, IdClaim, IdKey, IdMove
from sinks.base import Fenced, Known, LostRace
from sinks.claim_checks import merged_claims, merged_moves, refuse_repeats
from sinks.postgres import refusals
from sinks.postgres.bulk import COPY, copy_history, leads_of, refused
from sinks.postgres.database import STORE, Connection, Row
from sinks.postgres.documents import document, text_array
from sinks.postgres.events import by_source, event_keys
from sinks.postgres.evidence import CLAIM_EVIDENCE, NO_CLAIM, PostgresEvidence, claim_arguments, in_order
from sinks.postgres.reader import PostgresReader

CLAIM = "SELECT {schema}.claim_batch(%s, %s, %s, %b, %s::bigint[], %s::integer[], %b::text[], %s::json, %s::json)"
CLAIM_ALL = (
    "SELECT {schema}.lock_evidence(%s::boolean), {schema}.claim_batch(%s, %s, %s, %b, %s::bigint[], %s::integer[],"
    " %b::text[], %s::json, %s::json), " + CLAIM_EVIDENCE
)
COMMIT = "SELECT {schema}.commit_outputs(%s, %s, %s, %s, %s, %s, %s::json, %s::json)"
COMMIT_COPIED = "SELECT {schema}.commit_copied(%s, %s, %s, %s, %s, %s, %s::json, %s::json)"
KNOWN = (
    "SELECT NULL, NULL, NULL, NULL::boolean, NULL::bigint, NULL, decided.* FROM {schema}.decisions(%b) AS decided"
    " UNION ALL SELECT present.*, NULL, NULL, NULL, NULL, NULL, NULL, NULL"
    " FROM {schema}.present_claims(%s::text[], %s::text[]) AS present"
    " UNION ALL SELECT 'phone', value, lead, NULL, since, event_id, 0, moved_by, NULL, NULL, until, NULL, NULL"
    " FROM {schema}.past_claims('phone', %s::text[])"
)
PAST = 0  # the place of a row of `KNOWN` that tells who held a number before: places begin at 1
NO_EVENTS: tuple[Any, ...] = (None, None, None, b"", "{}", "{}", [])
PRUNED_BLOCKS = 8192  # of 8 KiB: how much of the heap one transaction of `forget_events` walks over


class PostgresLibrary(PostgresEvidence, PostgresReader):
    """`Library` and `LibraryReader` in PostgreSQL 14 or newer. The schema must have been migrated.

    Every method raises SinkUnavailable when the server is away, and may be called again with the same values.
    `copy_from` is how many changes make a batch large: worth the further round trips of COPY.
    """

    copy_from = 200

    async def decisions(self, event_ids: Sequence[str]) -> Mapping[str, EventClaim]:
        """See `Library`."""
        rows = await self.rows(self.statement("SELECT * FROM {schema}.decisions(%b)"), (event_keys(event_ids),))
        return _decisions(event_ids, rows)

    async def forget_events(self, before: int) -> int:
        """Forget event ids claimed before a time (ms since 1970); return how many. Run it about once a day.

        Walks once over the table in bounded transactions; a repeat of a forgotten id counts as new.
        """
        size = self.statement("SELECT pg_relation_size(to_regclass({name} || '.event_claims')) / 8192")
        delete = self.statement(
            "WITH gone AS (DELETE FROM {schema}.event_claims WHERE ctid >= %s::tid AND ctid < %s::tid"
            " AND claimed_at < to_timestamp(%s) RETURNING 1) SELECT count(*) FROM gone"
        )
        forgotten = 0
        for block in range(0, (await self.rows(size))[0][0], PRUNED_BLOCKS):
            window = (f"({block},0)", f"({block + PRUNED_BLOCKS},0)", before / 1000)
            forgotten += (await self.rows(delete, window))[0][0]
        outcomes = "DELETE FROM {schema}.identity_outcomes WHERE claimed_at < to_timestamp(%s)"
        await self.rows(self.statement(outcomes), (before / 1000,))
        return forgotten

    async def lookup(self, keys: Sequence[IdKey]) -> Mapping[IdKey, IdClaim]:
        """See `Library`."""
        query = self.statement("SELECT * FROM {schema}.present_claims(%s::text[], %s::text[])")
        return _claims(await self.rows(query, _kinds_and_values(keys)))

    async def known(self, event_ids: Sequence[str], keys: Sequence[IdKey]) -> Known:
        """See `Library`."""
        phones = text_array([value for kind, value in keys if kind == "phone" and "\0" not in value])
        rows = await self.rows(self.statement(KNOWN), (event_keys(event_ids), *_kinds_and_values(keys), phones))
        decided = [row[6:] for row in rows if row[0] is None]
        held = [row[:6] for row in rows if row[0] is not None and row[6] is None]
        past = [(row[1], row[2], row[4], row[10], row[7], row[5]) for row in rows if row[6] == PAST]
        return Known(_decisions(event_ids, decided), _claims(held), in_order(past))

    async def identifiers(self, leads: Sequence[str]) -> Mapping[str, Sequence[IdKey]]:
        """See `Library`."""
        query = self.statement("SELECT * FROM {schema}.identifiers_of(%s)")
        owned: dict[str, list[IdKey]] = {}
        for lead, kind, value in await self.rows(query, (list(leads),)):
            owned.setdefault(lead, []).append(IdKey(kind, value))
        return owned

    async def claim(
        self,
        events: Sequence[EventClaim],
        claims: Sequence[IdClaim] = (),
        moves: Sequence[IdMove] = (),
        evidence: EvidenceClaim | None = None,
    ) -> None:
        """See `Library`."""
        refuse_repeats(events)
        identifiers = (document(merged_claims(claims)), document(merged_moves(moves)))
        first, *others = by_source(events) or [NO_EVENTS]
        calls: list[tuple[Any, ...]] = [(*first, *identifiers), *((*other, "[]", "[]") for other in others)]
        statement = self.statement(CLAIM)
        if evidence is not None:
            first, *others = calls
            calls = [(True, *first, *claim_arguments(evidence)), *((False, *other, *NO_CLAIM) for other in others)]
            statement = self.statement(CLAIM_ALL)
        try:
            await self.rows_of_each(statement, calls)
        except psycopg.DatabaseError as error:
            if error.sqlstate == refusals.LOST_RACE:
                raise LostRace(error.diag.message_primary) from error
            raise

    async def fence(self, stage: str, slot: Slot) -> int:
        """See `Library`."""
        query = self.statement(
            "SELECT log_offset FROM {schema}.fences JOIN {schema}.slots USING (slot_id)"
            " WHERE stage = %s AND topic = %s AND incarnation = %s AND partition = %s"
        )
        rows = await self.rows(query, (stage, *slot))
        return int(rows[0][0]) if rows else NO_OFFSET

    async def fences(self, stage: str, topic: str, partition: int) -> Mapping[str, int]:
        """See `Library`."""
        query = self.statement(
            "SELECT incarnation, log_offset FROM {schema}.fences JOIN {schema}.slots USING (slot_id)"
            " WHERE stage = %s AND topic = %s AND partition = %s"
        )
        return dict(await self.rows(query, (stage, topic, partition)))

    async def commit(self, stage: str, slot: Slot, expected: int, last: int, outputs: Outputs) -> None:
        """See `Library`."""
        if last <= expected:
            raise ValueError(f"a fence only moves forward, not from {expected} to {last}")
        place, signals = (stage, *slot, expected, last), document(outputs.signals)
        try:
            if len(outputs.changes) >= self.copy_from and await self._copied(place, outputs.changes, signals):
                return
            await self.rows(self.statement(COMMIT), (*place, document(outputs.changes), signals))
        except psycopg.DatabaseError as error:
            if error.sqlstate == refusals.FENCED:
                raise Fenced(STORE, slot, expected) from error
            if error.sqlstate == refusals.HISTORY_CONFLICT:
                raise refusals.history_conflict(error) from error
            raise

    async def _copied(self, place: tuple[Any, ...], changes: Sequence[Change], signals: str) -> bool:
        """Store a large batch; False, with nothing done, where it must be looked at row by row."""
        leads = leads_of(changes)
        if leads is None:
            return False
        copy, finish = self.statement(COPY), self.statement(COMMIT_COPIED)

        async def run(connection: Connection) -> bool:
            try:
                async with connection.transaction():
                    await copy_history(connection, copy, changes)
                    await connection.execute(finish, (*place, document(leads), signals))
            except psycopg.Error as error:
                if not refused(error):
                    raise
                return False
            return True

        return await self.attempt(run)


def _kinds_and_values(keys: Sequence[IdKey]) -> tuple[str, str]:
    wanted = [key for key in keys if "\0" not in key.value]  # PostgreSQL holds no such text
    return text_array([key.kind for key in wanted]), text_array([key.value for key in wanted])


def _decisions(event_ids: Sequence[str], rows: Sequence[Row]) -> dict[str, EventClaim]:
    claims = (EventClaim(event_ids[row[0] - 1], Origin(*row[1:6]), row[6]) for row in rows)
    return {claim.event_id: claim for claim in claims}


def _claims(rows: Sequence[Row]) -> dict[IdKey, IdClaim]:
    claims = (IdClaim(IdKey(row[0], row[1]), *row[2:]) for row in rows)
    return {claim.key: claim for claim in claims}
