"""`Fact`, the one record that is written and read for every touchpoint, without a general Avro library.

fastavro takes twice as long to write and to read one. The bytes are the same: `tests/unit/test_fact_bytes.py` holds
both against each other. Whatever is unusual is left to fastavro, and so is every other version of the record.
"""

from collections.abc import Sequence
from typing import Any

import orjson

from schemas.fact import Fact, Note, Origin

SMALL_NUMBERS = 8192  # from 0, whose bytes are kept
MOST_NAMES = 10_000  # types, sources and partitions whose bytes are kept
LONG_MIN, LONG_MAX = -(1 << 63), (1 << 63) - 1
NULL, PRESENT, END = b"\x00", b"\x02", b"\x00"
MANY_BYTES = 129  # bits of a size: one that goes on in the next byte (64 or more), a negative one
SIX_BYTES, SIX_BYTES_SET = 0x808080808081, 0x008080808080  # the bits that say "goes on", and the sign


def varint(number: int) -> bytes:
    """Return an Avro long: zigzag, seven bits a byte, the lowest first."""
    if not LONG_MIN <= number <= LONG_MAX:
        raise OverflowError("more than 64 bits")
    rest = (number << 1) ^ (number >> 63)
    out = bytearray()
    while rest > 127:
        out.append(rest & 127 | 128)
        rest >>= 7
    out.append(rest)
    return bytes(out)


SMALL = tuple(map(varint, range(SMALL_NUMBERS)))


def avro_long(number: int) -> bytes:
    """Return an Avro int or long; the small ones are at hand."""
    return SMALL[number] if 0 <= number < SMALL_NUMBERS else varint(number)


def avro_string(text: str) -> bytes:
    """Return an Avro string: its size in bytes, then its UTF-8."""
    raw = text.encode()
    return avro_long(len(raw)) + raw


def avro_optional(text: str | None) -> bytes:
    """Return an Avro union of null and string."""
    return NULL if text is None else PRESENT + avro_string(text)


def _strings(texts: Sequence[str]) -> bytes:
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
        return b"".join(
            (
                self._prefix,
                avro_string(fact.entity),
                names.get(fact.type) or self._name(fact.type),
                varint(fact.at),
                varint(fact.known_at),
                names.get(source) or self._source(source),
                avro_long(origin.offset),
                avro_long(origin.index),
                avro_string(fact.event_id),
                names.get(fact.source) or self._name(fact.source),
                avro_optional(fact.rep_id),
                avro_optional(fact.lead),
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


def read_usual(payload: bytes, begin: int) -> Fact | None:
    """Return the fact whose record begins at `begin` and ends with the payload; None for an unusual or broken one.

    Usual is one whose texts before `data` have less than 64 bytes and whose times lie between 1987 and 2039.
    """
    reader = _Reader(payload, begin)
    string, long = reader.string, reader.long
    try:
        entity, kind = string(), string()
        at, known_at = reader.times()
        origin = Origin(string(), string(), long(), long(), long())
        event_id, source = string(), string()
        rep_id, lead = reader.optional(), reader.optional()
        via, verified, notes = reader.strings(), reader.strings(), reader.notes()
        size = long()
        if reader.at + size != len(payload):
            return None
        data = orjson.loads(payload[reader.at :])
    except (_Unusual, ValueError, IndexError):
        return None
    return Fact(
        entity=entity,
        type=kind,
        at=at,
        known_at=known_at,
        origin=origin,
        event_id=event_id,
        source=source,
        rep_id=rep_id,
        lead=lead,
        data=data,
        via=via,
        verified=verified,
        notes=notes,
    )


class _Unusual(Exception):
    """Leave the record to fastavro."""


class _Reader:
    """Reads values one after another; `at` is the place of the next."""

    __slots__ = ("at", "payload")

    def __init__(self, payload: bytes, at: int) -> None:
        self.payload = payload
        self.at = at

    def string(self) -> str:
        begin = self.at
        size = self.payload[begin]
        if size & MANY_BYTES:
            raise _Unusual
        self.at = end = begin + 1 + (size >> 1)
        return self.payload[begin + 1 : end].decode()

    def long(self) -> int:
        payload, at = self.payload, self.at
        byte = payload[at]
        number, shift = byte & 127, 7
        while byte > 127:
            at += 1
            byte = payload[at]
            number |= (byte & 127) << shift
            shift += 7
        if number & 1:
            raise _Unusual
        self.at = at + 1
        return number >> 1

    def times(self) -> tuple[int, int]:
        begin = self.at
        self.at = begin + 12
        return _time(self.payload[begin : begin + 6]), _time(self.payload[begin + 6 : begin + 12])

    def optional(self) -> str | None:
        branch = self.payload[self.at]
        self.at += 1
        if branch == 0:
            return None
        if branch != PRESENT[0]:
            raise _Unusual
        return self.string()

    def strings(self) -> tuple[str, ...]:
        if not (count := self._count()):
            return ()
        found = tuple([self.string() for _ in range(count)])
        self._end()
        return found

    def notes(self) -> tuple[Note, ...]:
        if not (count := self._count()):
            return ()
        string = self.string
        found = tuple([Note(string(), string(), string()) for _ in range(count)])
        self._end()
        return found

    def _count(self) -> int:
        size = self.payload[self.at]
        if size & MANY_BYTES:
            raise _Unusual
        self.at += 1
        return size >> 1

    def _end(self) -> None:
        if self.payload[self.at]:
            raise _Unusual  # a list in several blocks
        self.at += 1


def _time(raw: bytes) -> int:
    six = int.from_bytes(raw, "little")
    if six & SIX_BYTES != SIX_BYTES_SET:
        raise _Unusual
    return (
        (six & 0x7F)
        | (six & 0x7F00) >> 1
        | (six & 0x7F0000) >> 2
        | (six & 0x7F000000) >> 3
        | (six & 0x7F00000000) >> 4
        | (six & 0x7F0000000000) >> 5
    ) >> 1
