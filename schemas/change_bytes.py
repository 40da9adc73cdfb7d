"""Rows of history, `Change` and `Changes`: some eight are written for every imported lead, without an Avro library.

The bytes are those of fastavro, at a third of its time: `tests/unit/test_change_bytes.py` holds both against each
other. Reading is rare and left to fastavro.
"""

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from schemas.effects import Change
from schemas.fact import Origin
from schemas.fact_bytes import END, Kept, avro_long, avro_optional, avro_source, avro_string

HASH_BYTES = 16


class ChangeWriter:
    """Writes rows of history: `prefix` (the wire format's), then the record."""

    def __init__(self, prefix: bytes) -> None:
        self._prefix = prefix
        self._names = Kept(avro_string)
        self._sources = Kept(avro_source)
        self._text = functools.lru_cache(8)(avro_string)  # rows of one fact share lead, event id, time and offset
        self._long = functools.lru_cache(8)(avro_long)

    def write(self, change: Change) -> bytes:
        """Return the bytes of a row.

        Raises TypeError, ValueError, OverflowError or AttributeError when a value is not what the record says.
        """
        origin, names = change.origin, self._names
        if len(change.previous) != HASH_BYTES or len(change.hash) != HASH_BYTES:
            raise ValueError(f"hashes have {HASH_BYTES} bytes")
        return b"".join(
            (
                self._prefix,
                self._text(change.lead),
                avro_long(change.seq),
                names[change.field],
                avro_optional(change.old),
                avro_optional(change.new),
                names[change.rule],
                names[change.rule_book],
                self._text(change.event_id),
                names[change.actor],
                self._long(change.at),
                self._sources[origin.topic, origin.incarnation, origin.partition],
                self._long(origin.offset),
                avro_long(origin.index),
                change.previous,
                change.hash,
            )
        )


class ChangesWriter:
    """Writes several rows that have one cause as one record: what they share, then what is each one's own."""

    def __init__(self, prefix: bytes) -> None:
        self._prefix = prefix
        self._names = Kept(avro_string)
        self._sources = Kept(avro_source)

    def write(self, rows: Sequence[Change]) -> bytes:
        """Return the bytes of rows as `by_cause` gives them.

        Raises TypeError, ValueError, OverflowError or AttributeError when a value is not what the record says.
        """
        first, names = rows[0], self._names
        origin = first.origin
        parts = [
            self._prefix,
            avro_string(first.lead),
            avro_long(first.seq),
            names[first.rule_book],
            avro_string(first.event_id),
            names[first.actor],
            avro_long(first.at),
            self._sources[origin.topic, origin.incarnation, origin.partition],
            avro_long(origin.offset),
            avro_long(origin.index),
            first.previous,
            avro_long(len(rows)),
        ]
        for row in rows:
            if len(row.hash) != HASH_BYTES or len(row.previous) != HASH_BYTES:
                raise ValueError(f"hashes have {HASH_BYTES} bytes")
            parts += (
                names[row.field],
                avro_optional(row.old),
                avro_optional(row.new),
                names[row.rule],
                avro_long(row.origin.index),
                row.hash,
            )
        parts.append(END)
        return b"".join(parts)


def by_cause(changes: Iterable[Change]) -> list[list[Change]]:
    """Return rows, in their order, in groups of those that continue one lead's chain and have one cause."""
    groups: list[list[Change]] = []
    last: Change | None = None
    for change in changes:
        if (
            last is not None
            and change.previous == last.hash
            and change.origin.offset == last.origin.offset
            and change.at == last.at
            and change.event_id == last.event_id
            and change.actor == last.actor
            and change.rule_book == last.rule_book
            and change.seq == last.seq + 1
            and change.lead == last.lead
        ):
            groups[-1].append(change)
        else:
            groups.append([change])
        last = change
    return groups


def rows_of(datum: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return the rows that a record `Changes` holds, given as fastavro reads it."""
    shared = {name: datum[name] for name in ("lead", "rule_book", "event_id", "actor", "at")}
    place, previous = datum["origin"], datum["previous"]
    rows: list[Change] = []
    for seq, row in enumerate(datum["rows"], datum["seq"]):
        origin = Origin(**{**place, "index": row["index"]})
        own = {name: row[name] for name in ("field", "old", "new", "rule", "hash")}
        rows.append(Change(**shared, **own, seq=seq, origin=origin, previous=previous))
        previous = row["hash"]
    return tuple(rows)
