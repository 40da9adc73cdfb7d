"""Writes `Fact`, the one record that is written for every touchpoint, without a general Avro library.

fastavro takes three times as long. The bytes are the same: `tests/unit/test_fact_bytes.py` holds both against each
other. Facts are read again by `schemas.fact_reader`.
"""

from collections.abc import Callable, Sequence
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


def avro_source(source: tuple[str, str, int]) -> bytes:
    """Return how the record of an origin begins: topic, incarnation, partition."""
    topic, incarnation, partition = source
    return avro_string(topic) + avro_string(incarnation) + avro_long(partition)


class Kept(dict[Any, bytes]):
    """What takes few different values, as `write` writes it: each is written once, and `MOST_NAMES` are kept."""

    def __init__(self, write: Callable[[Any], bytes]) -> None:
        super().__init__()
        self._write = write

    def __missing__(self, value: Any) -> bytes:
        written = self._write(value)
        if len(self) >= MOST_NAMES:
            self.clear()
        self[value] = written
        return written


def avro_strings(texts: Sequence[str]) -> bytes:
    """Return an Avro array of strings, all in one block."""
    if len(texts) == 1:
        return ONE_TEXT + avro_string(texts[0]) + END
    return avro_long(len(texts)) + b"".join(map(avro_string, texts)) + END if texts else END


def _notes(notes: Sequence[Note]) -> bytes:
    return avro_long(len(notes)) + b"".join([avro_string(text) for note in notes for text in note]) + END


class FactWriter:
    """Writes facts: `prefix` (the wire format's), then the record."""

    def __init__(self, prefix: bytes) -> None:
        self._prefix = prefix
        self._names = Kept(avro_string)
        self._sources = Kept(avro_source)

    def write(self, fact: Fact, data: bytes) -> bytes:
        """Return the bytes of a fact whose data is this JSON.

        Raises TypeError, ValueError, OverflowError or AttributeError when a value is not what the record says.
        """
        origin, names = fact.origin, self._names
        entity = avro_string(fact.entity)
        return b"".join(
            (
                self._prefix,
                entity,
                names[fact.type],
                avro_time(fact.at),
                avro_time(fact.known_at),
                self._sources[origin.topic, origin.incarnation, origin.partition],
                avro_long(origin.offset),
                avro_long(origin.index),
                avro_string(fact.event_id),
                names[fact.source],
                avro_optional(fact.rep_id),
                PRESENT + entity if fact.lead == fact.entity else avro_optional(fact.lead),
                avro_strings(fact.via) if fact.via else END,
                avro_strings(fact.verified) if fact.verified else END,
                _notes(fact.notes) if fact.notes else END,
                avro_long(len(data)),
                data,
            )
        )
