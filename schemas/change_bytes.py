"""`Change`, a row of history: eight or more are written for every imported lead, without a general Avro library.

The bytes are those of fastavro, at a third of its time: `tests/unit/test_change_bytes.py` holds both against each
other. Reading is rare and left to fastavro.
"""

import functools

from schemas.effects import Change
from schemas.fact_bytes import MOST_NAMES, avro_long, avro_optional, avro_string

HASH_BYTES = 16


class ChangeWriter:
    """Writes rows of history: `prefix` (the wire format's), then the record."""

    def __init__(self, prefix: bytes) -> None:
        self._prefix = prefix
        self._names: dict[str, bytes] = {}  # what takes few different values, as it is written
        self._sources: dict[tuple[str, str, int], bytes] = {}
        self._long = functools.lru_cache(8)(avro_long)  # rows of one fact share its time and offset

    def write(self, change: Change) -> bytes:
        """Return the bytes of a row.

        Raises TypeError, ValueError, OverflowError or AttributeError when a value is not what the record says.
        """
        origin, names = change.origin, self._names
        if len(change.previous) != HASH_BYTES or len(change.hash) != HASH_BYTES:
            raise ValueError(f"hashes have {HASH_BYTES} bytes")
        source = (origin.topic, origin.incarnation, origin.partition)
        return b"".join(
            (
                self._prefix,
                avro_string(change.lead),
                avro_long(change.seq),
                names.get(change.field) or self._name(change.field),
                avro_optional(change.old),
                avro_optional(change.new),
                names.get(change.rule) or self._name(change.rule),
                names.get(change.rule_book) or self._name(change.rule_book),
                avro_string(change.event_id),
                names.get(change.actor) or self._name(change.actor),
                self._long(change.at),
                self._sources.get(source) or self._source(source),
                self._long(origin.offset),
                avro_long(origin.index),
                change.previous,
                change.hash,
            )
        )

    def _name(self, name: str) -> bytes:
        if len(self._names) >= MOST_NAMES:
            self._names.clear()
        written = self._names[name] = avro_string(name)
        return written

    def _source(self, source: tuple[str, str, int]) -> bytes:
        if len(self._sources) >= MOST_NAMES:
            self._sources.clear()
        topic, incarnation, partition = source
        written = self._sources[source] = avro_string(topic) + avro_string(incarnation) + avro_long(partition)
        return written
