"""Writes `Fact`, the one record that is written for every touchpoint, without a general Avro library.

fastavro takes three times as long. The bytes are the same: `tests/unit/test_fact_bytes.py` holds both against each
other. Facts are read again by `schemas.fact_reader`.
"""

from collections.abc import Sequence
from typing import Any

from schemas.fact import Fact, Note

MOST_NAMES = 10_000  # types, sources and partitions whose bytes are kept
LONG_MIN, LONG_MAX = -(1 << 63), (1 << 63) - 1
NULL, PRESENT, END = b"\x00", b"\x02", b"\x00"
TWO_BYTES = 1 << 14  # numbers of two bytes, seven bits each
LOW = TWO_BYTES - 1
ONE_TEXT = b"\x02"  # how a list of one text begins


def unsigned(number: int) -> bytes:
    """Return a number that is not negative: seven bits a byte, the lowest first."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def varint(number: int) -> bytes:
    """Return an Avro long: zigzag, so that small negative numbers are short, too."""
    if not LONG_MIN <= number <= LONG_MAX:
        raise OverflowError("more than 64 bits")
    return unsigned((number << 1) ^ (number >> 63))


ENDS = tuple(map(unsigned, range(TWO_BYTES)))
PAIRS = tuple([bytes((low | 128, high | 128)) for high in range(128) for low in range(128)])  # that go on
SMALL = ENDS[::2]  # Avro longs from 0
SMALL_NUMBERS = len(SMALL)


def avro_time(ms: int) -> bytes:
    """Return an Avro long that is nearly always a time: of six bytes, from two tables."""
    end = ms >> 27
    if 0 < end < TWO_BYTES:
        rest = ms << 1
        return PAIRS[rest & LOW] + PAIRS[rest >> 14 & LOW] + ENDS[end]
    return varint(ms)


def avro_long(number: int) -> bytes:
    """Return an Avro int or long; the small ones are at hand."""
    return SMALL[number] if 0 <= number < SMALL_NUMBERS else varint(number)


def avro_string(text: str) -> bytes:
    """Return an Avro string: its size in bytes, then its UTF-8."""
    raw = text.encode()
    size = len(raw)
    return (SMALL[size] if size < SMALL_NUMBERS else varint(size)) + raw


def avro_optional(text: str | None) -> bytes:
    """Return an Avro union of null and string."""
    return NULL if text is None else PRESENT + avro_string(text)


def _strings(texts: Sequence[str]) -> bytes:
    if len(texts) == 1:
        return ONE_TEXT + avro_string(texts[0]) + END
    return avro_long(len(texts)) + b"".join(map(avro_string, texts)) + END


def _notes(notes: Sequence[Note]) -> bytes:
    return avro_long(len(notes)) + b"".join([avro_string(text) for note in notes for text in note]) + END


class FactWriter:
    """Writes facts: `prefix` (the wire format's), then the record."""

    def __init__(self, prefix: bytes) -> None:
        self._prefix = prefix
        self._names: dict[Any, bytes] = {}  # what takes few different values, as it is written

    def write(self, fact: Fact, data: bytes) -> bytes:
        """Return the bytes of a fact whose data is this JSON.

        Raises TypeError, ValueError, OverflowError or AttributeError when a value is not what the record says.
        """
        origin, names = fact.origin, self._names
        source = (origin.topic, origin.incarnation, origin.partition)
        entity = avro_string(fact.entity)
        return b"".join(
            (
                self._prefix,
                entity,
                names.get(fact.type) or self._name(fact.type),
                avro_time(fact.at),
                avro_time(fact.known_at),
                names.get(source) or self._source(source),
                avro_long(origin.offset),
                avro_long(origin.index),
                avro_string(fact.event_id),
                names.get(fact.source) or self._name(fact.source),
                avro_optional(fact.rep_id),
                PRESENT + entity if fact.lead == fact.entity else avro_optional(fact.lead),
                _strings(fact.via) if fact.via else END,
                _strings(fact.verified) if fact.verified else END,
                _notes(fact.notes) if fact.notes else END,
                avro_long(len(data)),
                data,
            )
        )

    def _name(self, name: str) -> bytes:
        return self._kept(name, avro_string(name))

    def _source(self, source: tuple[str, str, int]) -> bytes:
        topic, incarnation, partition = source
        return self._kept(source, avro_string(topic) + avro_string(incarnation) + avro_long(partition))

    def _kept(self, key: Any, written: bytes) -> bytes:
        if len(self._names) >= MOST_NAMES:
            self._names.clear()
        self._names[key] = written
        return written
