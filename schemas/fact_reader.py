"""Reads `Fact`, the one record that is read for every touchpoint, without a general Avro library and in one function.

fastavro takes three times as long, and so many calls of a reader of single values once and a half. What is unusual
is left to fastavro; `tests/unit/test_fact_bytes.py` holds both against each other.
"""

import orjson

from schemas.fact import Fact, Note, Origin

MANY_BYTES = 129  # bits of a size: one that goes on in the next byte (64 or more), a negative one
SIX_BYTES, SIX_BYTES_SET = 0x808080808081, 0x008080808080  # the bits that say "goes on", and the sign
PRESENT = 2  # the branch of an optional text that is there


def read_usual(payload: bytes, begin: int) -> Fact | None:
    """Return the fact whose record begins at `begin` and ends with the payload; None for an unusual or broken one.

    Usual is one whose texts before `data` have less than 64 bytes and whose times lie between 1987 and 2039.
    """
    try:
        return _read(payload, begin)
    except (_Unusual, ValueError, IndexError):
        return None


class _Unusual(Exception):
    """Leave the record to fastavro."""


def _read(payload: bytes, begin: int) -> Fact:
    """Read field after field: of each text `at` is its begin and `end` its end, where the next field's size stands.

    Sizes are looked at once for all (`sizes`): what was read by a wrong one is thrown away.
    """
    at = begin + 1
    sizes = payload[begin]
    end = at + (sizes >> 1)
    entity = payload[at:end].decode()
    sizes |= (size := payload[end])
    at, end = end + 1, end + 1 + (size >> 1)
    kind = payload[at:end].decode()
    moment, known_at = _time(payload[end : end + 6]), _time(payload[end + 6 : end + 12])
    end += 12
    sizes |= (size := payload[end])
    at, end = end + 1, end + 1 + (size >> 1)
    topic = payload[at:end].decode()
    sizes |= (size := payload[end])
    at, end = end + 1, end + 1 + (size >> 1)
    incarnation = payload[at:end].decode()
    partition, end = _long(payload, end) if payload[end] & MANY_BYTES else (payload[end] >> 1, end + 1)
    offset, end = _long(payload, end)
    index, end = _long(payload, end) if payload[end] & MANY_BYTES else (payload[end] >> 1, end + 1)
    sizes |= (size := payload[end])
    at, end = end + 1, end + 1 + (size >> 1)
    event_id = payload[at:end].decode()
    sizes |= (size := payload[end])
    at, end = end + 1, end + 1 + (size >> 1)
    source = payload[at:end].decode()
    rep_id = lead = None
    if branch := payload[end]:
        rep_id, end = _text(payload, end + 1, branch)
    else:
        end += 1
    if branch := payload[end]:
        lead, end = _text(payload, end + 1, branch)
    else:
        end += 1
    if sizes & MANY_BYTES:
        raise _Unusual
    via: tuple[str, ...] = ()
    verified: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    if payload[end]:
        found, end = _texts(payload, end, 1)
        via = tuple(found)
    else:
        end += 1
    if payload[end]:
        found, end = _texts(payload, end, 1)
        verified = tuple(found)
    else:
        end += 1
    if payload[end]:
        found, end = _texts(payload, end, 3)
        notes = tuple(map(Note, found[::3], found[1::3], found[2::3]))
    else:
        end += 1
    size, end = _long(payload, end)
    if end + size != len(payload):
        raise _Unusual
    return Fact(
        entity=entity,
        type=kind,
        at=moment,
        known_at=known_at,
        origin=Origin(topic, incarnation, partition, offset, index),
        event_id=event_id,
        source=source,
        rep_id=rep_id,
        lead=lead,
        data=orjson.loads(payload[end:]),
        via=via,
        verified=verified,
        notes=notes,
    )


def _time(raw: bytes) -> int:
    """Return a time of six bytes, seven bits each: those of two bytes, then of all six are moved together at once."""
    six = int.from_bytes(raw, "little")
    if six & SIX_BYTES != SIX_BYTES_SET:
        raise _Unusual
    two = six & 0x007F_007F_007F | (six & 0x7F00_7F00_7F00) >> 1
    return (two & 0x3FFF | two >> 2 & 0x3FFF << 14 | two >> 4 & 0x3FFF << 28) >> 1


def _long(payload: bytes, at: int) -> tuple[int, int]:
    """Return a number that is not negative, and where the next field begins."""
    byte = payload[at]
    number, shift = byte & 127, 7
    while byte > 127:
        at += 1
        byte = payload[at]
        number |= (byte & 127) << shift
        shift += 7
    if number & 1:
        raise _Unusual
    return number >> 1, at + 1


def _text(payload: bytes, at: int, branch: int) -> tuple[str, int]:
    """Return the text of an optional field whose branch is not null, and where the next field begins."""
    size = payload[at]
    if branch != PRESENT or size & MANY_BYTES:
        raise _Unusual
    end = at + 1 + (size >> 1)
    return payload[at + 1 : end].decode(), end


def _texts(payload: bytes, at: int, each: int) -> tuple[list[str], int]:
    """Return the texts of a list that is not empty, `each` of them an item, and where the next field begins."""
    count = payload[at]
    if count & MANY_BYTES:
        raise _Unusual
    texts: list[str] = []
    at += 1
    for _ in range((count >> 1) * each):
        size = payload[at]
        if size & MANY_BYTES:
            raise _Unusual
        end = at + 1 + (size >> 1)
        texts.append(payload[at + 1 : end].decode())
        at = end
    if payload[at]:
        raise _Unusual  # a list in several blocks
    return texts, at + 1
