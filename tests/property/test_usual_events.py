"""What is read in one go is what the models make of it, to the order of fields; or it is left to them."""

import re
from itertools import product

import msgspec
import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from processors.decoding.envelope import build
from processors.decoding.usual import read_usual
from schemas.catalogue import TYPES
from schemas.times import _parsed, parse_iso
from schemas.touchpoint import Touchpoint
from tests.events import FULL, RECEIVED_AT, event
from tests.hostile import JSON_TYPE, NUMBERS, ODD, TEXTS, inputs

MARK = "~mark~"
VALUES = [
    *NUMBERS, *TEXTS, *map(orjson.dumps, ODD), b"1", b"1.0", b"-1", b"-0.0", b"1e15", b"1.5e15", b"1000000000000001",
    b"9007199254740991", b"9007199254740992", b"90", b"90.1", b"-180", b"0.1", b"1e2",
    b"123456789012345678901234567", b'"0000000000000000"', b'"\\u001c"', b'"\\u0085"',
    b'"CNY"', b'"CNY\\n"', b'"cny"', b'"1.50"', b'"-1"', b'" 7 "', b'"1e3"', b'"2026-12-31"', b'"2026-12-31\\n"',
    b'"2026-11-21T10:00:00.123+08:00"', b'"2026-11-21T02:00:00.123Z"',
    b'"' + b"a" * 64 + b'"', b'"' + b"a" * 65 + b'"', b'"' + b"a" * 128 + b'"', b'"' + b"a" * 129 + b'"',
    b'"' + b"a" * 256 + b'"', b'"' + b"a" * 257 + b'"', "\"灯\"".encode(), b'"' + b"f" * 64 + b'\\n"', b'"crm:a"',
    b'[{"unit_price":1,"sku":null}]', b'[{"unit_price":"1.10","quantity":3}]', b'[{"unit_price":-1}]', b'{"a":1}',
    b'{"a":"1","b":"2","a":"3"}', b'{"":"1"}', b'[]', b'"same"', b'"phone"', b"true", b"null",
]  # fmt: skip


def whole(touchpoint: Touchpoint) -> bytes:
    return orjson.dumps(msgspec.to_builtins(touchpoint))


def same(payload: bytes) -> bool:
    """Return whether an event was read in one go; then it is what the models make of it."""
    if b"\\u0000" in payload:
        return False
    found = read_usual(payload, RECEIVED_AT)
    if found is None:
        return False
    assert whole(found) == whole(build(orjson.loads(payload), RECEIVED_AT))
    return True


@pytest.mark.parametrize("name", TYPES)
def test_whole_events_of_every_type_are_usual(name):
    plain = orjson.dumps(event(name, _known(FULL[name])))
    assert same(plain)


@pytest.mark.parametrize("name", TYPES)
def test_every_field_with_every_value(name):
    data = _known(FULL[name])
    base = event(name, data)
    places = [(base, field) for field in base] + [(data, field) for field in data]
    places += [(base["subject"]["ids"][0], field) for field in ("kind", "value", "verified")]
    places += [(item, field) for item in data.get("items", ()) for field in list(item)]
    read = 0
    for (place, field), value in product(places, VALUES):
        kept = place[field]
        place[field] = MARK
        payload = orjson.dumps(base).replace(orjson.dumps(MARK), value)
        place[field] = kept
        read += same(payload)
    assert 0 < read < len(places) * len(VALUES)


def test_hostile_inputs_are_read_as_the_models_read_them_or_not_at_all():
    usual = [same(payload) for payload, kind in inputs(seed=11, count=6_000) if kind == JSON_TYPE]
    assert any(usual)
    assert not all(usual)


@pytest.mark.parametrize(
    "field",
    [b'"type":"login","type":"page_viewed"', b'"data":{"channel":1},"data":{}', b'"source":"","source":"s"', b'"x":1'],
)
def test_fields_that_come_twice_or_are_unknown_are_left_to_the_models(field):
    payload = orjson.dumps(event("login", {"channel": "web"}))[:-1] + b"," + field + b"}"
    assert not same(payload)


def _known(data: dict) -> dict:
    """Return data without unknown fields."""
    items = [{name: value for name, value in item.items() if name != "extra"} for item in data.get("items", ())]
    return {**data, **({"items": items} if items else {})}


DIGITS = st.text("0123456789٣：:.TZ-+ ", min_size=24, max_size=24)
MOMENTS = st.datetimes().map(lambda moment: moment.isoformat(timespec="milliseconds") + "Z")


@given(DIGITS | MOMENTS | MOMENTS.map(lambda text: re.sub("[0-9]{2}", "60", text, count=1)))
@example("2026-11-21T02:00:60.000Z")
@example("2026-11-21T24:00:00.000Z")
@example("2026-W47-6T02:00:00.000Z")
@example("2026-11-21T0200::00.000Z")
@example("1969-12-31T23:59:59.999Z")
@example("9999-12-31T23:59:59.999Z")
@example("2026-11-21T02:00:00.123z")
def test_times_with_a_minute_that_is_known_are_those_that_are_parsed(text):
    assert parse_iso(text) == _parsed(text)
    assert parse_iso(text[:20] + "000Z") == _parsed(text[:20] + "000Z")
