"""Decoding: what is accepted and in which form, what is refused and with which reason and pointer."""

import math
import re
from typing import Any

import orjson
import pytest

from processors.decode import TimeLimits, check_time, decode, decode_object, is_json, nesting
from schemas.catalogue import TYPES
from schemas.outcome import Refusal
from schemas.registry import FileRegistry
from schemas.touchpoint import SubjectId, Touchpoint
from schemas.wire import Codec
from tests.decoding import accepted, from_json, refused
from tests.events import CODEC, FULL, OCCURRED_AT, RECEIVED_AT, event, sent


def test_an_event_becomes_a_touchpoint():
    assert accepted(event("page_viewed")) == Touchpoint(
        event_id="e-1",
        type="page_viewed",
        source="website",
        occurred_at=OCCURRED_AT,
        received_at=RECEIVED_AT,
        ids=(SubjectId("phone", "138-0013-8000", True),),
        rep_id="r17",
        data=FULL["page_viewed"],
    )


@pytest.mark.parametrize("name", TYPES)
def test_json_and_avro_give_the_same_touchpoint(name):
    touchpoint = accepted(event(name))
    assert touchpoint.data == FULL[name]
    assert decode(CODEC.encode_touchpoint(touchpoint), None, RECEIVED_AT, CODEC) == touchpoint


def test_unknown_fields_are_kept_in_both_forms():
    subject = {"ids": [{"kind": "device", "value": "d", "seen": 2}, {"kind": "qq", "value": "1"}], "segment": "a"}
    touchpoint = accepted(event("login", {"channel": "web", "os": {"name": "x"}}, subject=subject, app="2.1"))
    assert touchpoint.data == {"channel": "web", "extra": {"os": {"name": "x"}}}
    assert touchpoint.extra == {"app": "2.1", "subject": {"segment": "a", "ids": [{"seen": 2}, {}]}}
    assert decode(CODEC.encode_touchpoint(touchpoint), None, RECEIVED_AT, CODEC) == touchpoint


def test_a_field_that_an_older_producer_does_not_know_is_recognised_in_its_unknown_ones():
    old = Touchpoint(
        event_id="e", type="login", source="s", occurred_at=0, received_at=RECEIVED_AT,
        ids=(SubjectId("qq", "1"),), data={"extra": {"channel": "web"}},
    )  # fmt: skip
    found = decode(CODEC.encode_touchpoint(old), None, RECEIVED_AT, CODEC)
    assert isinstance(found, Touchpoint)
    assert found.data == {"channel": "web"}


@pytest.mark.parametrize("field", ["subject", "rep_id", "data"])
def test_null_is_the_same_as_left_out(field):
    whole = event("form_submitted", {"form": "f", "phone": "1"}, rep_id=None)
    whole.pop(field, None)
    expected = from_json(whole)
    assert from_json({**whole, field: None}) == expected


def test_nul_characters_leave_data_and_unknown_fields():
    touchpoint = accepted(event("login", {"channel": "w\0eb", "a\0": ["\0b"]}, note="\0"))
    assert touchpoint.data == {"channel": "web", "extra": {"a": ["b"]}}
    assert touchpoint.extra == {"note": ""}
    raw = CODEC.encode_touchpoint(
        Touchpoint(
            event_id="e",
            type="login",
            source="s",
            occurred_at=0,
            received_at=RECEIVED_AT,
            ids=(SubjectId("qq", "1"),),
            data={"channel": "w\0"},
        )
    )
    found = decode(raw, None, RECEIVED_AT, CODEC)
    assert isinstance(found, Touchpoint)
    assert found.data == {"channel": "w"}


def nested(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = {"a": value}
    return value


def test_depth_counts_the_event_as_the_first_level():
    assert accepted(event("login", {"x": nested(14)}))
    refusal = refused(event("login", {"x": nested(15)}))
    assert refusal.reason == "too_deep"
    assert refusal.pointer.startswith("/data/x/a/a")


@pytest.mark.parametrize("text", [b"[" * 60_000, b'{"a":' * 10_000 + b"1" + b"}" * 10_000, b'["]",' * 2_000])
def test_depth_that_no_parser_takes(text):
    found = decode(text, "application/json", RECEIVED_AT, CODEC)
    assert isinstance(found, Refusal)
    assert found.reason == "too_deep"


@pytest.mark.parametrize(
    ("text", "depth"), [(b"", 0), (b'{"[[[": [1]}', 2), (b'["\\"[[[', 1), (b"]]][", 0), (b'"[', 0)]
)
def test_nesting_does_not_count_brackets_in_texts(text, depth):
    assert nesting(text) == depth


def test_size_is_limited_in_both_forms():
    whole = event("login", {"channel": "web", "x": "y" * 65_536})
    for found in (from_json(whole), decode_object(whole, RECEIVED_AT)):
        assert isinstance(found, Refusal)
        assert found.reason == "too_large"
    assert decode(b"\0" * 65_537, None, RECEIVED_AT, CODEC) == Refusal("too_large", "", "at most 65536 bytes per event")


@pytest.mark.parametrize(
    "text", [b"", b"{", b"nul", b'{"a":NaN}', b'{"a":"\xff"}', b'{"a":"\\ud800"}', b"\x00", b"{} {}"]
)
def test_what_is_not_json(text):
    found = decode(text, "application/json", RECEIVED_AT, CODEC)
    assert isinstance(found, Refusal)
    assert (found.reason, found.pointer) == ("not_json", "")


@pytest.mark.parametrize("value", [[], "x", 1, None, [event("login")]])
def test_json_that_is_no_object(value):
    refusal = refused(value)
    assert (refusal.reason, refusal.pointer) == ("bad_field", "")


AVRO = CODEC.encode_touchpoint(accepted(event("login")))


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "not_avro"),
        (b"\0\0\0", "not_avro"),
        (orjson.dumps(event("login")), "not_avro"),
        (b"\0\xff\xff\xff\xff" + AVRO[5:], "unknown_schema"),
        (CODEC._fact.prefix + AVRO[5:], "unknown_schema"),
        (AVRO[:-1], "not_avro"),
        (AVRO + b"\0", "not_avro"),
        (AVRO[:5], "not_avro"),
        (AVRO[:5] + b"\x09", "not_avro"),
        (AVRO[:5] + b"\xfe\xff\xff\xff\xff\xff\xff\xff\x7f", "not_avro"),
        (AVRO.replace(b"login", b"logIn"), "unknown_type"),
    ],
)
def test_what_is_not_avro(payload, reason):
    found = decode(payload, "avro/binary", RECEIVED_AT, CODEC)
    assert isinstance(found, Refusal)
    assert found.reason == reason
    assert found.message


def test_unknown_fields_in_avro_must_be_json_texts():
    framing, kind = CODEC._framing, CODEC._touchpoints["login"][0]
    datum = {"event_id": "e", "type": "login", "source": "s", "occurred_at": 0, "data": {}, "extra": {"a": "{"}}
    found = decode(framing.write(kind, datum), None, RECEIVED_AT, CODEC)
    assert isinstance(found, Refusal)
    assert found.reason == "bad_field"


def test_what_nobody_foresaw_is_a_refusal_too():
    class Broken(Codec):
        def decode_touchpoint(self, payload: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
            raise RuntimeError("13800138000")

    found = decode(b"\0", None, RECEIVED_AT, Broken(FileRegistry()))
    assert isinstance(found, Refusal)
    assert (found.reason, found.pointer) == ("internal", "")
    assert re.search(r"RuntimeError in \S+Broken\.decode_touchpoint, test_decode\.py line \d+", found.message)
    assert "13800138000" not in found.message


def test_numbers_that_json_does_not_know_are_refused_in_avro_too():
    raw = CODEC.encode_touchpoint(
        Touchpoint(
            event_id="e", type="position_reported", source="s", occurred_at=0, received_at=0, rep_id="r",
            data={"lat": math.nan, "lon": 0.0},
        )
    )  # fmt: skip
    found = decode(raw, None, RECEIVED_AT, CODEC)
    assert isinstance(found, Refusal)
    assert (found.reason, found.pointer, found.event_id) == ("bad_field", "/data/lat", "e")


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [("application/json", True), ("Application/JSON; charset=utf-8", True), ("text/plain", False), ("", False)],
)
def test_content_types(content_type, expected):
    assert is_json(content_type) is expected


@pytest.mark.parametrize("value", [math.nan, math.inf, "\ud800", 2**70, {1: 2}, b"x", object(), {"\ud800": 1}, (1,)])
def test_an_object_that_holds_what_json_cannot(value):
    found = decode_object(event("login", {"channel": "web", "x": value}), RECEIVED_AT)
    assert isinstance(found, Refusal)
    assert found.reason == "bad_field"


def test_an_object_that_contains_itself_is_too_deep():
    data: dict[str, object] = {}
    data["x"] = data
    found = decode_object(event("login", data), RECEIVED_AT)
    assert isinstance(found, Refusal)
    assert found.reason == "too_deep"


@pytest.mark.parametrize(
    ("ahead", "limits", "expected"),
    [
        (-1, TimeLimits(), -1),
        (0, TimeLimits(), 0),
        (1, TimeLimits(), 0),
        (300_000, TimeLimits(), 0),
        (300_001, TimeLimits(), "future_time"),
        (-86_400_000, TimeLimits(max_age_ms=86_400_000), -86_400_000),
        (-86_400_001, TimeLimits(max_age_ms=86_400_000), "too_old"),
        (1, TimeLimits(tolerance_ms=0), "future_time"),
    ],
)
def test_times_far_from_arrival(ahead, limits, expected):
    touchpoint = Touchpoint(
        event_id="e", type="login", source="s", occurred_at=RECEIVED_AT + ahead, received_at=RECEIVED_AT
    )
    found = check_time(touchpoint, limits)
    if isinstance(found, Refusal):
        assert (found.reason, found.pointer, found.event_id) == (expected, "/occurred_at", "e")
    else:
        assert found.occurred_at - RECEIVED_AT == expected


def test_the_data_that_decoding_gives_is_in_normal_form():
    for name in TYPES:
        assert accepted(event(name, sent(name))).data == accepted(event(name)).data == FULL[name]
