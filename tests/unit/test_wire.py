"""The codec: exact round trips of every record, golden bytes, old versions, bytes that are none of ours."""

import inspect
import json
from io import BytesIO

import fastavro
import msgspec
import pytest

from schemas.avro_values import from_day, to_day
from schemas.catalogue import FACT_TYPES, TYPES, records
from schemas.effects import Change, Example
from schemas.fact import Fact, ModelChange, Note, Origin, RuleBookChange, Tick
from schemas.framing import CodecError, schema_id
from schemas.outcome import Rejected
from schemas.registry import FileRegistry
from schemas.shipped import Shipped, shipped, shipped_ids
from schemas.signal import Signal
from schemas.touchpoint import Touchpoint
from schemas.wire import Codec
from tests import golden
from tests.events import CODEC, FULL, ORIGIN


@pytest.mark.parametrize("name", FACT_TYPES)
def test_facts_come_back_exactly(name):
    fact = golden.fact(name)
    assert CODEC.decode_fact(CODEC.encode_fact(fact)) == fact


@pytest.mark.parametrize("name", FACT_TYPES)
def test_facts_with_little_in_them_come_back_exactly(name):
    optional = {field for field, info in FACT_TYPES[name].model.model_fields.items() if not info.is_required()}
    data = {field: value for field, value in FULL[name].items() if field not in optional}
    fact = Fact(entity="lead:a", type=name, at=0, known_at=0, origin=ORIGIN, data=data)
    assert CODEC.decode_fact(CODEC.encode_fact(fact)) == fact


@pytest.mark.parametrize(
    "data",
    [
        {"channel": None},
        {"channel": "web", "extra": {}},
        {"extra": 5},
        {"extra": {"extra": {"extra": 1}}},
        {"province": "上海市", "codes": [1, 2.5, None, {"a": "b"}]},
    ],
)
def test_what_a_type_does_not_declare_comes_back_exactly(data):
    fact = Fact(entity="lead:a", type="login", at=0, known_at=0, origin=ORIGIN, data=data)
    found = CODEC.decode_fact(CODEC.encode_fact(fact))
    assert isinstance(found, Fact)
    assert found.data == data


def test_items_with_undeclared_fields_come_back_exactly():
    data = {"order_id": "o", "amount": "1", "items": [{"sku": "a", "category": "light"}]}
    fact = Fact(entity="lead:a", type="order_placed", at=0, known_at=0, origin=ORIGIN, data=data)
    assert CODEC.decode_fact(CODEC.encode_fact(fact)) == fact


@pytest.mark.parametrize("name", golden.CONTROLS)
def test_control_records_come_back_exactly(name):
    control = golden.CONTROLS[name]
    assert CODEC.decode_fact(CODEC.encode_fact(control)) == control


def test_other_records_come_back_exactly():
    assert CODEC.decode_signal(CODEC.encode_signal(golden.SIGNAL)) == golden.SIGNAL
    assert CODEC.decode_example(CODEC.encode_example(golden.EXAMPLE)) == golden.EXAMPLE
    assert CODEC.decode_history(CODEC.encode_change(golden.CHANGE)) == (golden.CHANGE,)
    assert CODEC.decode_rejected(CODEC.encode_rejected(golden.REJECTED)) == golden.REJECTED


@pytest.mark.parametrize("name", TYPES)
def test_a_plain_avro_library_reads_times_and_dates_as_such(name):
    payload = CODEC.encode_touchpoint(golden.touchpoint(name))
    number = schema_id(payload)
    assert number is not None
    schema = fastavro.parse_schema(json.loads(FileRegistry().schema_of(number) or ""))
    read = fastavro.schemaless_reader(BytesIO(payload[5:]), schema, None)
    assert read["occurred_at"].isoformat() == "2026-11-21T02:00:00.123000+00:00"
    if name == "deal_updated":
        assert read["data"]["close_on"].isoformat() == "2026-12-31"


def test_every_version_has_golden_bytes_that_still_decode():
    recorded = golden.recorded()
    assert set(recorded) == {one.path for one in shipped()}
    for one in shipped():
        assert golden.read(one.topic, bytes.fromhex(recorded[one.path])) is not None


def test_golden_bytes_of_current_versions_are_what_is_written_now():
    recorded = golden.recorded()
    newest = {(one.topic, one.record): one.path for one in shipped()}
    for (topic, record), path in newest.items():
        assert recorded[path] == golden.written(topic, record).hex(), path


def older(record: Shipped) -> Shipped:
    """Return version 0 of a record: with an `old` field instead of `verified`, both with defaults."""
    schema = record.schema
    schema["fields"] = [field for field in schema["fields"] if field["name"] != "verified"]
    schema["fields"].append({"name": "old", "type": ["null", "string"], "default": None})
    return Shipped(record.topic, record.record, 0, json.dumps(schema))


def test_bytes_of_another_version_are_read_with_the_current_schema():
    current = next(one for one in shipped() if one.path == "facts/fact.v1.avsc")
    former = older(current)
    registry = FileRegistry([*shipped(), former], {**shipped_ids(), former.path: 9_000})
    fact = Fact(entity="lead:a", type="followed_up", at=1, known_at=2, origin=ORIGIN, data={"channel": "call"})
    datum = {**msgspec.to_builtins(fact), "data": '{"channel": "call"}', "old": "x"}
    out = BytesIO(b"\0" + (9_000).to_bytes(4, "big"))
    out.seek(5)
    fastavro.schemaless_writer(out, fastavro.parse_schema(former.schema), datum)
    assert Codec(registry).decode_fact(out.getvalue()) == fact


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"type": "record", "name": "Other", "namespace": "elsewhere", "fields": []}, "unknown_schema"),
        ("string", "unknown_schema"),
        ({"type": "record", "name": "whetstone.facts.Tick", "fields": [{"name": "a", "type": "b"}]}, "unknown_schema"),
        ({"type": "record", "name": "Tick", "namespace": "whetstone.facts", "fields": []}, "not_avro"),
    ],
)
def test_schemas_that_are_not_ours(schema, reason):
    class Registry(FileRegistry):
        def schema_of(self, schema_id: int) -> str | None:
            return json.dumps(schema)

    with pytest.raises(CodecError) as error:
        Codec(Registry()).decode_fact(b"\0\0\0\x23\x28" + b"\0" * 50)
    assert error.value.reason == reason


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("page_viewed", {"url": 5, "title": ["a"], "dwell_ms": "long"}),
        ("phone_changed", {"new": "+8613800138000", "old_code_verified": "yes"}),
        ("lead_imported", {"row": {"phone": "+86138", "phone_others": ["+86139"]}, "line": 1.5}),
        ("deal_updated", {"deal_id": "d", "close_on": "soon"}),
        ("deal_updated", {"close_on": 17, "amount": {"CNY": 5}}),
        ("order_placed", {"items": [{"sku": "a"}, "b"], "amount": 5}),
        ("order_placed", {"items": [{"sku": 5}]}),
        ("evidence_attached", {"signed_at": "2026-11-21"}),
    ],
)
def test_cleansed_data_that_its_type_does_not_foresee_come_back_exactly(name, data):
    fact = Fact(entity="lead:a", type=name, at=0, known_at=0, origin=ORIGIN, data=data)
    assert CODEC.decode_fact(CODEC.encode_fact(fact)) == fact


def test_what_cannot_be_written_is_an_error_of_ours_with_a_name():
    fact = Fact(entity="lead:a", type="login", at=0, known_at=0, origin=ORIGIN, data={})
    with pytest.raises(CodecError, match=r"does not fit whetstone\.facts\.Fact"):
        CODEC.encode_fact(msgspec.structs.replace(fact, event_id=5))
    with pytest.raises(CodecError, match="one of the types"):
        CODEC.encode_fact(msgspec.structs.replace(fact, type="nothing"))
    with pytest.raises(CodecError, match="JSON"):
        CODEC.encode_fact(msgspec.structs.replace(fact, data={"count": 2**70}))
    with pytest.raises(CodecError, match="JSON"):
        CODEC.encode_signal(msgspec.structs.replace(golden.SIGNAL, evidence={"a": object()}))
    with pytest.raises(CodecError, match="JSON"):
        CODEC.encode_example(msgspec.structs.replace(golden.EXAMPLE, data={1: 2}))


@pytest.mark.parametrize(
    ("declaration", "kind", "apart"),
    [
        (records.Envelope, Touchpoint, {"subject", "ids", "data", "received_at"}),
        (records.FactRecord, Fact, set()),
        (records.OriginRecord, Origin, set()),
        (records.NoteRecord, Note, set()),
        (records.TickRecord, Tick, set()),
        (records.RuleBookRecord, RuleBookChange, set()),
        (records.ModelRecord, ModelChange, set()),
        (records.SignalRecord, Signal, set()),
        (records.ExampleRecord, Example, set()),
        (records.ChangeRecord, Change, set()),
        (records.RejectedRecord, Rejected, {"refusal", "reason", "pointer", "message", "event_id"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_declared_for_avro_is_what_the_code_works_with(declaration, kind, apart):
    assert set(declaration.model_fields) - apart == set(inspect.get_annotations(kind)) - apart


def test_facts_and_signals_with_texts_that_are_not_json():
    datum = {**msgspec.to_builtins(golden.fact("login")), "notes": [], "data": "{"}
    payload = CODEC._framing.write(CODEC._framing.kinds["whetstone.facts.Fact"], datum)
    with pytest.raises(CodecError, match="a JSON object"):
        CODEC.decode_fact(payload)
    signal = {**msgspec.to_builtins(golden.SIGNAL), "evidence": "{"}
    payload = CODEC._framing.write(CODEC._framing.kinds["whetstone.signals.Signal"], signal)
    with pytest.raises(CodecError, match="a JSON object"):
        CODEC.decode_signal(payload)


@pytest.mark.parametrize("text", ["1970-01-01", "0001-01-02", "9999-12-31", "2026-11-21"])
def test_days(text):
    assert from_day(to_day(text)) == text


@pytest.mark.parametrize("days", [-719_163, 2_932_897, 2**31])
def test_days_outside_the_calendar(days):
    with pytest.raises(ValueError, match="years 1 to 9999"):
        from_day(days)
