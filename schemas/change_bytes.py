"""`Change`, a row of history: eight or more are written for every imported lead, without a general Avro library.

The bytes are those of fastavro, at a third of its time: `tests/unit/test_change_bytes.py` holds both against each
other. Reading is rare and left to fastavro.
"""

import functools

from schemas.effects import Change
from schemas.fact_bytes import Kept, avro_long, avro_optional, avro_source, avro_string

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
