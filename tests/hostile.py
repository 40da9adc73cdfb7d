"""Hostile inputs, endless and seeded: what broken, malicious and merely old front ends send."""

import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import orjson

from schemas.catalogue import TYPES
from schemas.shipped import shipped_ids
from tests import golden
from tests.events import CODEC, event

JSON_TYPE = "application/json"
Input = tuple[bytes, str | None]
NUMBERS = [
    b"1e999",
    b"-1e999",
    b"1e308",
    b"9" * 400,
    b"-0",
    b"0.1e-400",
    b"NaN",
    b"Infinity",
    b"-Infinity",
    b"0x1F",
    b"1_0",
]
TEXTS = [
    b'"\\ud800"', b'"\\udfff\\ud800"', b'"\\u0000"', b'"\xff\xfe"', b'"\xed\xa0\x80"', b'"\xc0\x80"', b'"\x00"',
    b'"\\x41"', '"\u202e\u2066"'.encode(), '"\ufeff"'.encode(), b'"' + b"a" * 70_000 + b'"', "\"Ａ１\u0301\"".encode(),
    b'""', b'" "', b'"__class__"', b'"${jndi:ldap://x}"', b'"1\' OR 1=1"', b'"<script>"', b'"../../etc/passwd"',
    b'"%s%n"',
]  # fmt: skip
ODD: list[Any] = [
    None, True, False, 0, -1, 1.5, 2**63, 2**64 - 1, -(2**63), 1e300, "", " ", "\0", "\x7f", "x" * 9_000, "NaN", [], {},
    [[]], [None], {"": ""}, {"a": {"b": []}}, "2026-13-45", "9999999999", "2026-11-21T10:00:00+99:99", "0000-00-00",
    {"ids": None}, {"ids": [None]}, {"ids": [{}] * 40}, {"__proto__": 1}, "١٢٣", "𝟙𝟚", "\u2028",
]  # fmt: skip
EVENTS = [orjson.dumps(event(name)) for name in TYPES]
RECORDS = [bytes.fromhex(payload) for payload in golden.recorded().values()]
TOUCHPOINTS = [CODEC.encode_touchpoint(golden.touchpoint(name)) for name in TYPES]
IDS = sorted(shipped_ids().values())


def noise(rng: random.Random) -> Input:
    """Return random bytes."""
    return rng.randbytes(rng.randrange(200)), rng.choice([None, JSON_TYPE, "text/plain", "application/json;x", ""])


def truncated(rng: random.Random) -> Input:
    """Return the beginning of a valid event."""
    whole, kind = rng.choice([(rng.choice(EVENTS), JSON_TYPE), (rng.choice(TOUCHPOINTS), None)])
    return whole[: rng.randrange(len(whole))], kind


def deep(rng: random.Random) -> Input:
    """Return nesting of many kinds, closed or not."""
    levels = rng.choice([10, 15, 17, 100, 1_023, 1_025, 5_000])
    begin, end = rng.choice([(b"[", b"]"), (b'{"a":', b"}"), (b'[{"b":', b"}]")])
    inner = begin * levels + b"1" + end * rng.choice([levels, 0, levels - 1])
    return rng.choice([inner, EVENTS[0].replace(b'"source"', b'"x":' + inner + b',"source"')]), JSON_TYPE


def odd_literal(rng: random.Random) -> Input:
    """Return a valid event in which one value became a literal that JSON or people do not take."""
    whole = rng.choice(EVENTS)
    spots = [i for i, byte in enumerate(whole) if byte == ord(":")]
    spot = rng.choice(spots) + 1
    ends = [i for i in (whole.find(b",", spot), whole.find(b"}", spot)) if i >= 0]
    return whole[:spot] + rng.choice(NUMBERS + TEXTS) + whole[min(ends) :], JSON_TYPE


def wrong_type(rng: random.Random) -> Input:
    """Return a valid event in which some values became something of another type, anywhere in it."""
    whole = orjson.loads(rng.choice(EVENTS))
    for _ in range(rng.randrange(1, 4)):
        place = whole
        while True:
            key = rng.choice(list(place) if isinstance(place, dict) else range(len(place)))
            if not isinstance(place[key], dict | list) or not place[key] or rng.random() < 0.3:
                break
            place = place[key]
        place[key] = deepcopy(rng.choice(ODD))
    return orjson.dumps(whole), JSON_TYPE


def flipped(rng: random.Random) -> Input:
    """Return a valid event or record with some bytes changed, removed or inserted."""
    whole, kind = rng.choice(
        [(rng.choice(EVENTS), JSON_TYPE), (rng.choice(TOUCHPOINTS), None), (rng.choice(RECORDS), None)]
    )
    changed = bytearray(whole)
    for _ in range(rng.randrange(1, 5)):
        spot = rng.randrange(len(changed))
        choice = rng.randrange(3)
        if choice == 0:
            changed[spot] = rng.randrange(256)
        elif choice == 1:
            del changed[spot : spot + rng.randrange(1, 9)]
            changed = changed or bytearray(b"\0")
        else:
            changed[spot:spot] = rng.randbytes(rng.randrange(1, 9))
    return bytes(changed), kind


def other_schema(rng: random.Random) -> Input:
    """Return a record under the id of another schema, or of none."""
    number = rng.choice([*IDS, 0, 2**31, 2**32 - 1])
    body = rng.choice([rng.choice(RECORDS)[5:], rng.randbytes(rng.randrange(80))])
    return b"\0" + number.to_bytes(4, "big") + body, None


def long_counts(rng: random.Random) -> Input:
    """Return an Avro record whose lengths and counts promise what does not follow."""
    varints = [b"\xfe" * 9 + b"\x01", b"\xff" * 10, b"\xff" * 20, b"\x01", b"\x80" * 12, b"\xfe\xff\xff\xff\x0f"]
    whole = rng.choice(TOUCHPOINTS)
    spot = rng.randrange(5, len(whole))
    return whole[:spot] + rng.choice(varints) + whole[spot + rng.randrange(3) :], None


def large(rng: random.Random) -> Input:
    """Return an event near or over the limit of size."""
    filler = b"x" * rng.choice([65_000, 65_300, 65_536, 66_000])
    return EVENTS[0].replace(b"website", filler), rng.choice([JSON_TYPE, None])


KINDS: list[Callable[[random.Random], Input]] = [
    noise, truncated, deep, odd_literal, wrong_type, flipped, other_schema, long_counts, large,
]  # fmt: skip
WEIGHTS = [4, 4, 1, 6, 6, 6, 3, 4, 1]


def inputs(seed: int, count: int) -> Iterator[Input]:
    """Yield hostile inputs: payload and content type. The same seed gives the same ones."""
    rng = random.Random(seed)
    for kind in rng.choices(KINDS, WEIGHTS, k=count):
        yield kind(rng)
