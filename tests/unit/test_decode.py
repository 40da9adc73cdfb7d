"""Decoding: what is accepted and in which form, what is refused and with which reason and pointer."""

import math

import orjson
import pytest

from processors.decode import TimeLimits, check_time, decode, decode_object, is_json, nesting
from schemas.catalogue import TYPES
from schemas.outcome import Refusal
from schemas.touchpoint import SubjectId, Touchpoint
from tests.events import CODEC, FULL, OCCURRED_AT, RECEIVED_AT, event, sent

SECRET = "13812345678"


def from_json(value: object) -> Touchpoint | Refusal:
    return decode(orjson.dumps(value), "application/json", RECEIVED_AT, CODEC)


def accepted(value: object) -> Touchpoint:
    found = from_json(value)
    assert isinstance(found, Touchpoint), found
    assert decode_object(value, RECEIVED_AT) == found
    return found


def refused(value: object) -> Refusal:
    found = from_json(value)
    assert isinstance(found, Refusal), found
    assert decode_object(value, RECEIVED_AT) == found
    assert found.message
    assert SECRET not in found.message
    return found


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


ENVELOPE_CASES = [
    ({"event_id": None}, "missing_field", "/event_id"),
    ({"event_id": ""}, "bad_field", "/event_id"),
    ({"event_id": "x" * 65}, "bad_field", "/event_id"),
    ({"event_id": 17}, "bad_field", "/event_id"),
    ({"event_id": "a\0"}, "bad_field", "/event_id"),
    ({"type": None}, "missing_field", "/type"),
    ({"type": ["login"]}, "bad_field", "/type"),
    ({"type": "lead_assigned"}, "unknown_type", "/type"),
    ({"type": SECRET}, "unknown_type", "/type"),
    ({"source": None}, "missing_field", "/source"),
    ({"source": {}}, "bad_field", "/source"),
    ({"occurred_at": None}, "missing_field", "/occurred_at"),
    ({"occurred_at": 1_795_226_400_123}, "bad_time", "/occurred_at"),
    ({"occurred_at": "yesterday"}, "bad_time", "/occurred_at"),
    ({"occurred_at": "2026-11-21"}, "bad_time", "/occurred_at"),
    ({"occurred_at": True}, "bad_time", "/occurred_at"),
    ({"subject": []}, "bad_field", "/subject"),
    ({"subject": {"ids": {}}}, "bad_field", "/subject/ids"),
    ({"subject": {"ids": [{"kind": "qq", "value": "1"}] * 33}}, "bad_field", "/subject/ids"),
    ({"subject": {"ids": ["13812345678"]}}, "bad_identifier", "/subject/ids/0"),
    ({"subject": {"ids": [{"kind": "qq", "value": "1"}, {"value": SECRET}]}}, "bad_identifier", "/subject/ids/1/kind"),
    ({"subject": {"ids": [{"kind": "fax", "value": SECRET}]}}, "bad_identifier", "/subject/ids/0/kind"),
    ({"subject": {"ids": [{"kind": "crm:", "value": "1"}]}}, "bad_identifier", "/subject/ids/0/kind"),
    ({"subject": {"ids": [{"kind": "crm:a b", "value": "1"}]}}, "bad_identifier", "/subject/ids/0/kind"),
    ({"subject": {"ids": [{"kind": "phone", "value": 13812345678}]}}, "bad_identifier", "/subject/ids/0/value"),
    ({"subject": {"ids": [{"kind": "phone", "value": " "}]}}, "bad_identifier", "/subject/ids/0/value"),
    ({"subject": {"ids": [{"kind": "phone", "value": "1" * 257}]}}, "bad_identifier", "/subject/ids/0/value"),
    ({"subject": {"ids": [{"kind": "qq", "value": "1", "verified": 1}]}}, "bad_identifier", "/subject/ids/0/verified"),
    ({"subject": None}, "no_subject", "/subject"),
    ({"subject": {}}, "no_subject", "/subject"),
    ({"subject": {"ids": []}}, "no_subject", "/subject"),
    ({"rep_id": 17}, "bad_field", "/rep_id"),
    ({"rep_id": "r" * 65}, "bad_field", "/rep_id"),
    ({"data": []}, "bad_field", "/data"),
    ({"data": "x"}, "bad_field", "/data"),
]


@pytest.mark.parametrize(("fields", "reason", "pointer"), ENVELOPE_CASES)
def test_envelope(fields, reason, pointer):
    whole = event("page_viewed", **{"data": {"url": "u"}, **fields})
    refusal = refused(whole)
    assert (refusal.reason, refusal.pointer) == (reason, pointer)
    event_id = whole.get("event_id")
    assert refusal.event_id == (event_id if isinstance(event_id, str) and 0 < len(event_id) <= 64 else None)


DATA_CASES = [
    ("page_viewed", {}, "missing_field", "/data/url"),
    ("page_viewed", {"url": None}, "missing_field", "/data/url"),
    ("page_viewed", {"url": 5}, "bad_field", "/data/url"),
    ("page_viewed", {"url": "u", "dwell_ms": -1}, "bad_field", "/data/dwell_ms"),
    ("page_viewed", {"url": "u", "dwell_ms": "12"}, "bad_field", "/data/dwell_ms"),
    ("form_submitted", {"form": "f", "phone": [SECRET]}, "bad_field", "/data/phone"),
    ("form_submitted", {"form": "f", "message": SECRET * 400}, "bad_field", "/data/message"),
    ("phone_changed", {"old": "1", "new": "2", "old_code_verified": 1}, "bad_field", "/data/old_code_verified"),
    ("lead_imported", {"row": {"phone": {"a": SECRET}}}, "bad_field", "/data/row/phone"),
    ("lead_imported", {"row": {"a/b~c": []}}, "bad_field", "/data/row/a~1b~0c"),
    ("lead_imported", {"row": {"": "x"}}, "bad_field", "/data/row/"),
    ("order_placed", {"order_id": "o"}, "missing_field", "/data/amount"),
    ("order_placed", {"order_id": "o", "amount": SECRET + "x"}, "bad_field", "/data/amount"),
    ("order_placed", {"order_id": "o", "amount": 1, "items": {}}, "bad_field", "/data/items"),
    ("order_placed", {"order_id": "o", "amount": 1, "items": [{}, {"quantity": ""}]}, "bad_field",
     "/data/items/1/quantity"),
    ("order_placed", {"order_id": "o", "amount": 1, "items": [SECRET]}, "bad_field", "/data/items/0"),
    ("position_reported", {"lat": 91, "lon": 0}, "bad_field", "/data/lat"),
    ("contact_noted", {"channel": "call", "topic": "t", "mood": SECRET}, "bad_field", "/data/mood"),
    ("deal_updated", {"deal_id": "d", "close_on": SECRET}, "bad_time", "/data/close_on"),
    ("evidence_attached", {"deal_id": "d", "kind": "case_study", "signed_at": SECRET}, "bad_time", "/data/signed_at"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "reason", "pointer"), DATA_CASES)
def test_data(name, data, reason, pointer):
    refusal = refused(event(name, data))
    assert (refusal.reason, refusal.pointer, refusal.event_id) == (reason, pointer, "e-1")


WITHOUT_IDS = [
    ("form_submitted", {"form": "f", "phone": "1"}, None, None),
    ("form_submitted", {"form": "f", "email": "a@b"}, None, None),
    ("form_submitted", {"form": "f", "wechat": "w"}, None, None),
    ("form_submitted", {"form": "f", "phone": " ", "name": "张三"}, None, "/subject"),
    ("form_submitted", {"form": "f"}, "r1", "/subject"),
    ("phone_changed", {"old": "1", "new": "2", "old_code_verified": True, "new_code_verified": True}, None, None),
    ("lead_updated", {"qq": "10001"}, None, None),
    ("lead_updated", {"name": "张三"}, None, "/subject"),
    ("lead_imported", {"row": {"name": "张三"}}, None, None),
    ("lead_imported", {"row": {"name": " "}}, None, "/subject"),
    ("page_viewed", {"url": "u"}, "r1", "/subject"),
    ("followed_up", {}, "r1", "/subject"),
    ("position_reported", {"lat": 1, "lon": 2}, "r1", None),
    ("position_reported", {"lat": 1, "lon": 2}, None, "/rep_id"),
    ("position_reported", {"lat": 1, "lon": 2}, "", "/rep_id"),
    ("visit_checked_in", {"lat": 1, "lon": 2}, "r1", None),
    ("visit_checked_in", {"lat": 1, "lon": 2}, None, "/subject"),
    ("deal_updated", {"deal_id": "d"}, None, None),
    ("tender_published", {"tender_id": "t", "buyer": "b", "title": "t"}, None, None),
    ("company_changed", {"company": "c", "what": "funding"}, None, None),
]


@pytest.mark.parametrize(("name", "data", "rep_id", "pointer"), WITHOUT_IDS)
def test_what_can_say_whom_an_event_is_about(name, data, rep_id, pointer):
    whole = event(name, data, subject=None, rep_id=rep_id)
    if pointer is None:
        assert accepted(whole).ids == ()
    else:
        refusal = refused(whole)
        assert (refusal.reason, refusal.pointer) == ("no_subject", pointer)


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
        (CODEC._facts["login"][0].prefix + AVRO[5:], "unknown_schema"),
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
