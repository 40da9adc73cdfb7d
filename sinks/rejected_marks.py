"""What became of rejected records: repaired by whom, sent again by whom; in PostgreSQL (migration 0040)."""

from collections.abc import Mapping, Sequence

import msgspec

from sinks.postgres.database import Database

SKEW = 1_000  # ms by which the clocks of two machines may differ


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one rejected record. Times are ms since 1970 UTC; `payload` is the repaired event, as JSON."""

    place: str
    payload: bytes | None = None
    repaired_by: str | None = None
    repaired_at: int | None = None
    event_id: str | None = None
    resent_by: str | None = None
    resent_at: int | None = None

    @property
    def status(self) -> str:
        """`open`, `repaired` or `resent`."""
        return "resent" if self.resent_at is not None else "repaired" if self.repaired_at is not None else "open"

    def of(self, rejected_at: int) -> "Mark":
        """Return what is about a record that was rejected then (ms).

        A topic that was made anew counts from 0 again: what was done before is about a record that stood there before.
        """
        kept = self
        if (self.repaired_at or 0) < rejected_at - SKEW:
            kept = msgspec.structs.replace(kept, payload=None, repaired_by=None, repaired_at=None)
        if (self.resent_at or 0) < rejected_at - SKEW:
            kept = msgspec.structs.replace(kept, event_id=None, resent_by=None, resent_at=None)
        return kept


class RejectedMarks(Database):
    """Keeps marks by place. Raises SinkUnavailable."""

    async def marks(self, places: Sequence[str]) -> Mapping[str, Mark]:
        """Return the marks of these places; those that there are."""
        query = self.statement(
            "SELECT place, payload, repaired_by, repaired_at, event_id, resent_by, resent_at"
            " FROM {schema}.rejected_marks WHERE place = ANY(%s)"
        )
        rows = await self.rows(query, (list(places),))
        return {row[0]: Mark(**dict(zip(Mark.__struct_fields__, row, strict=True))) for row in rows}

    async def repaired(self, place: str, payload: bytes, who: str, at: int) -> None:
        """Keep a repaired event; it replaces an earlier repair."""
        query = self.statement(
            "INSERT INTO {schema}.rejected_marks (place, payload, repaired_by, repaired_at) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (place) DO UPDATE SET payload = excluded.payload, repaired_by = excluded.repaired_by,"
            " repaired_at = excluded.repaired_at"
        )
        await self.rows(query, (place, payload, who, at))

    async def resent(self, events: Mapping[str, str], who: str, at: int) -> None:
        """Mark records as sent again, in one write: the event id of each by its place."""
        query = self.statement(
            "INSERT INTO {schema}.rejected_marks (place, event_id, resent_by, resent_at)"
            " SELECT place, event_id, %s, %s FROM unnest(%s::text[], %s::text[]) AS sent (place, event_id)"
            " ON CONFLICT (place) DO UPDATE SET event_id = excluded.event_id, resent_by = excluded.resent_by,"
            " resent_at = excluded.resent_at"
        )
        await self.rows(query, (who, at, list(events), list(events.values())))
