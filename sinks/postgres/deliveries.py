"""What a notifier keeps in Postgres: its lease, how far it has read the inboxes, and every message it owes."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
import psycopg

from schemas.fact import Origin
from schemas.signal import Signal
from sinks.postgres import refusals
from sinks.postgres.database import Database, Row, Values
from sinks.postgres.reader import SIGNAL_FIELDS

NOTICES = """
    SELECT seq, recipient,
        pg_snapshot_xmin(pg_current_snapshot())::text::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
        signal_id, kind, entity, at, severity, recipients, title, evidence, rule, rule_book, model, signals.region,
        topic, incarnation, partition, log_offset, output_index
    FROM {schema}.notices JOIN {schema}.signals USING (signal_id)
    WHERE seq > %s ORDER BY seq LIMIT %s
"""
WAITING = """
    SELECT delivery_id, recipient, channel, target, language, status, wanted, due, attempts, error, coalesce(name, ''),
        signal_id, kind, entity, at, signals.severity, recipients, title, evidence, rule, rule_book, model,
        signals.region, topic, incarnation, partition, log_offset, output_index
    FROM {schema}.deliveries JOIN {schema}.signals USING (signal_id) LEFT JOIN {schema}.leads ON lead_id = entity
"""

Status = Literal["waiting", "sent", "dead"]


class Superseded(Exception):
    """Another notifier is active. Nothing was written; stop sending."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A signal in somebody's inbox. `oldest` and `next` are transactions: the oldest that runs, the next to begin."""

    seq: int
    recipient: str
    oldest: int
    next: int
    signal: Signal


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is to be made; `due` in ms since 1970 UTC."""

    signal_id: str
    recipient: str
    channel: str
    target: str
    language: str
    severity: str
    due: int


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A message that waits or was given up; `name` is what its lead is called, empty where it has none."""

    delivery_id: int
    recipient: str
    channel: str
    target: str
    language: str
    status: str
    wanted: int
    due: int
    attempts: int
    error: str | None
    name: str
    signal: Signal


class Deliveries(Database):
    """The tables `deliveries` and `notifier` (migration 0070). Every call raises SinkUnavailable when Postgres is away.

    Calls that take an `epoch` raise Superseded once another notifier holds the lease.
    """

    async def hold(self, holder: str, seconds: float) -> tuple[int, int] | None:
        """Take or renew the lease; return its epoch and the position, None while somebody else holds it."""
        rows = await self.rows(self.statement("SELECT * FROM {schema}.hold_notifier(%s, %s)"), (holder, seconds))
        return (rows[0][0], rows[0][1]) if rows else None

    async def let_go(self, epoch: int) -> None:
        """Give the lease up, so that another need not wait until it runs out."""
        query = "UPDATE {schema}.notifier SET held_until = '-infinity' WHERE epoch = %s"
        await self.rows(self.statement(query), (epoch,))

    async def notices(self, after: int, limit: int) -> list[Notice]:
        """Return notices beyond a position, in order; some before them may still be on their way (see `Gaps`)."""
        rows = await self.rows(self.statement(NOTICES), (after, limit))
        return [
            Notice(seq=row[0], recipient=row[1], oldest=row[2], next=row[3], signal=_signal(row[4:])) for row in rows
        ]

    async def make(self, epoch: int, expected: int, position: int, owed: Sequence[Owed]) -> None:
        """Move the position and make what is owed, in one transaction; what is owed already is owed once."""
        query = self.statement("SELECT {schema}.make_deliveries(%s, %s, %s, %s::json)")
        await self._guarded(query, (epoch, expected, position, msgspec.json.encode(owed).decode()))

    async def waiting(self, channel: str, now: int, limit: int) -> list[Delivery]:
        """Return what is due in a channel, the earliest first."""
        query = WAITING + " WHERE channel = %s AND status = 'waiting' AND due <= %s ORDER BY due, delivery_id LIMIT %s"
        return [_delivery(row) for row in await self.rows(self.statement(query), (channel, now, limit))]

    async def sent(self, epoch: int, deliveries: Sequence[int], message_id: str, at: int) -> None:
        """Write down that one message told of these."""
        query = (
            "WITH checked AS (SELECT {schema}.check_notifier(%s)) UPDATE {schema}.deliveries SET status = 'sent',"
            " attempts = attempts + 1, error = NULL, message_id = %s, sent_at = %s"
            " FROM checked WHERE delivery_id = ANY(%s)"
        )
        await self._guarded(self.statement(query), (epoch, message_id, at, list(deliveries)))

    async def put_off(self, epoch: int, deliveries: Sequence[int], due: int, error: str | None) -> None:
        """Let these wait until a time (ms): after an attempt that failed with an error, or without one (None)."""
        query = (
            "WITH checked AS (SELECT {schema}.check_notifier(%s)) UPDATE {schema}.deliveries SET due = %s,"
            " attempts = attempts + (%s::text IS NOT NULL)::integer, error = coalesce(%s, error)"
            " FROM checked WHERE delivery_id = ANY(%s)"
        )
        await self._guarded(self.statement(query), (epoch, due, error, error, list(deliveries)))

    async def give_up(self, epoch: int, deliveries: Sequence[int], error: str) -> None:
        """Put these aside for a person to look at."""
        query = (
            "WITH checked AS (SELECT {schema}.check_notifier(%s)) UPDATE {schema}.deliveries SET status = 'dead',"
            " error = %s FROM checked WHERE delivery_id = ANY(%s)"
        )
        await self._guarded(self.statement(query), (epoch, error, list(deliveries)))

    async def times(self, channel: str, target: str | None, since: int) -> list[int]:
        """Return when messages went out since a time (ms), the latest first; `target` None: to anybody."""
        query = (
            "SELECT DISTINCT sent_at, message_id FROM {schema}.deliveries WHERE channel = %s AND status = 'sent'"
            " AND sent_at > %s AND (%s::text IS NULL OR target = %s) ORDER BY sent_at DESC"
        )
        return [row[0] for row in await self.rows(self.statement(query), (channel, since, target, target))]

    async def counts(self) -> Mapping[tuple[str, str], tuple[int, int]]:
        """Return how many wait or were given up, and since when the first is due (ms), by channel and status.

        What an attempt failed with is due since it was wanted, not from its next attempt on.
        """
        query = (
            "SELECT channel, status, count(*), min(CASE WHEN error IS NULL THEN due ELSE wanted END)"
            " FROM {schema}.deliveries WHERE status IN ('waiting', 'dead') GROUP BY channel, status"
        )
        return {(row[0], row[1]): (row[2], row[3]) for row in await self.rows(self.statement(query))}

    async def find(self, status: Status, channel: str | None, limit: int) -> list[Delivery]:
        """Return the latest deliveries of a status."""
        query = WAITING + " WHERE status = %s AND (%s::text IS NULL OR channel = %s) ORDER BY delivery_id DESC LIMIT %s"
        return [_delivery(row) for row in await self.rows(self.statement(query), (status, channel, channel, limit))]

    async def send_again(self, deliveries: Sequence[int] | None, channel: str | None, now: int) -> int:
        """Let what was given up wait again, by number or all of a channel; return how many."""
        query = (
            "UPDATE {schema}.deliveries SET status = 'waiting', wanted = %s, due = %s WHERE status = 'dead'"
            " AND (%s::bigint[] IS NULL OR delivery_id = ANY(%s)) AND (%s::text IS NULL OR channel = %s) RETURNING 1"
        )
        chosen = None if deliveries is None else list(deliveries)
        return len(await self.rows(self.statement(query), (now, now, chosen, chosen, channel, channel)))

    async def forget(self, before: int) -> int:
        """Forget what was sent before a time (ms); return how many."""
        query = "DELETE FROM {schema}.deliveries WHERE status = 'sent' AND sent_at < %s RETURNING 1"
        return len(await self.rows(self.statement(query), (before,)))

    async def _guarded(self, statement: bytes, values: Values) -> None:
        try:
            await self.rows(statement, values)
        except psycopg.DatabaseError as error:
            if error.sqlstate == refusals.FENCED:
                raise Superseded from error
            raise


def _signal(row: Row) -> Signal:
    *columns, topic, incarnation, partition, offset, index = row
    given: dict[str, Any] = dict(zip(SIGNAL_FIELDS, columns, strict=True))
    return Signal(**given, origin=Origin(topic, incarnation, partition, offset, index))


def _delivery(row: Row) -> Delivery:
    names = Delivery.__struct_fields__[:-1]
    return Delivery(**dict(zip(names, row[: len(names)], strict=True)), signal=_signal(row[len(names) :]))
