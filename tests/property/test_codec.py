"""Properties of the codec and of decoding: exact round trips, totality, agreement of JSON and Avro."""

from contextlib import suppress

import orjson
from hypothesis import given
from hypothesis import strategies as st

from processors.decode import decode, decode_object
from schemas.avro_schema import strip_logical
from schemas.catalogue import FACT_TYPES
from schemas.catalogue.base import flat
from schemas.compatibility import incompatibilities
from schemas.effects import Change, Example
from schemas.fact import Fact, ModelChange, Note, Origin, RuleBookChange, Tick
from schemas.framing import CodecError
from schemas.masking import mask_record, mask_text
from schemas.outcome import REASONS, Refusal, Rejected
from schemas.shipped import shipped, shipped_ids
from schemas.signal import Signal
from schemas.touchpoint import Touchpoint
from tests.events import CODEC, RECEIVED_AT, event
from tests.strategies import JSON, TEXTS, TIMES, broken_events, typed

ORIGINS = st.builds(
    Origin, TEXTS, TEXTS, st.integers(0, 2**31 - 1), st.integers(0, 2**63 - 1), st.integers(0, 2**31 - 1)
)
OBJECTS = st.dictionaries(TEXTS, JSON, max_size=4)
HASHES = st.binary(min_size=16, max_size=16)


def outcome(found: Touchpoint | Refusal) -> Touchpoint | Refusal:
    if isinstance(found, Refusal):
        assert found.reason in REASONS
        assert found.reason != "internal"
        assert found.message
    else:
        assert isinstance(found, Touchpoint)
    return found


@given(typed(), st.booleans())
def test_valid_events_are_accepted_and_agree_in_json_and_avro(pair, verified):
    name, data = pair
    subject = {"ids": [{"kind": "qq", "value": "10001", "verified": verified}]}
    sent = event(name, flat(data, FACT_TYPES[name].model.NESTED), subject=subject)
    found = outcome(decode(orjson.dumps(sent), "application/json", RECEIVED_AT, CODEC))
    assert isinstance(found, Touchpoint), found
    assert found.data == data
    assert decode_object(sent, RECEIVED_AT) == found
    assert decode(CODEC.encode_touchpoint(found), None, RECEIVED_AT, CODEC) == found


@given(typed(FACT_TYPES), OBJECTS, ORIGINS, TIMES, st.none() | TEXTS, st.lists(TEXTS, max_size=3))
def test_facts_come_back_exactly(pair, undeclared, origin, at, rep_id, via):
    name, data = pair
    fact = Fact(
        entity="lead:a", type=name, at=at, known_at=at, origin=origin, event_id="e", source="s", rep_id=rep_id,
        data={**undeclared, **data}, via=tuple(via), notes=tuple(Note(one, "rule", one) for one in via),
    )  # fmt: skip
    assert CODEC.decode_fact(CODEC.encode_fact(fact)) == fact


CONTROLS = (
    st.builds(Tick, sources=st.dictionaries(TEXTS, TIMES), of=st.integers(1, 1024))
    | st.builds(RuleBookChange, version=TEXTS, document=TEXTS, applied_by=TEXTS, applied_at=TIMES)
    | st.builds(ModelChange, name=TEXTS, version=TEXTS, snapshot=st.binary())
)
SIGNALS = st.builds(
    Signal, signal_id=TEXTS, kind=TEXTS, entity=TEXTS, at=TIMES, severity=st.sampled_from(["info", "critical"]),
    to=st.lists(TEXTS).map(tuple), title=st.dictionaries(TEXTS, TEXTS), rule=TEXTS, rule_book=TEXTS, origin=ORIGINS,
    evidence=OBJECTS, model=st.none() | TEXTS, region=st.none() | TEXTS,
)  # fmt: skip
EXAMPLES = st.builds(Example, entity=TEXTS, at=TIMES, origin=ORIGINS, data=OBJECTS)
CHANGES = st.builds(
    Change, lead=TEXTS, seq=st.integers(1), field=TEXTS, old=st.none() | TEXTS, new=st.none() | TEXTS, rule=TEXTS,
    rule_book=TEXTS, event_id=TEXTS, actor=TEXTS, at=TIMES, origin=ORIGINS, previous=HASHES, hash=HASHES,
)  # fmt: skip
REFUSALS = st.builds(Refusal, st.sampled_from(REASONS), TEXTS, TEXTS, st.none() | TEXTS)
REJECTED = st.builds(
    Rejected, refusal=REFUSALS, payload=st.binary(), content_type=TEXTS, component=TEXTS, version=TEXTS, topic=TEXTS,
    incarnation=TEXTS, partition=st.integers(0, 1000), offset=st.integers(0, 2**63 - 1), rejected_at=TIMES,
)  # fmt: skip


@given(CONTROLS)
def test_control_records_come_back_exactly(record):
    assert CODEC.decode_fact(CODEC.encode_fact(record)) == record


@given(SIGNALS, EXAMPLES, CHANGES.filter(lambda change: change.seq < 2**63), REJECTED)
def test_other_records_come_back_exactly(signal, example, change, rejected):
    assert CODEC.decode_signal(CODEC.encode_signal(signal)) == signal
    assert CODEC.decode_example(CODEC.encode_example(example)) == example
    assert CODEC.decode_history(CODEC.encode_change(change)) == (change,)
    assert CODEC.decode_rejected(CODEC.encode_rejected(rejected)) == rejected


@given(st.binary(max_size=300), st.sampled_from([None, "application/json", "text/plain"]))
def test_any_bytes_have_an_outcome(payload, content_type):
    outcome(decode(payload, content_type, RECEIVED_AT, CODEC))


@given(st.sampled_from(sorted(shipped_ids().values())), st.binary(max_size=300))
def test_any_bytes_behind_any_schema_id_have_an_outcome(number, rest):
    payload = b"\0" + number.to_bytes(4, "big") + rest
    outcome(decode(payload, None, RECEIVED_AT, CODEC))
    for read in (CODEC.decode_fact, CODEC.decode_signal, CODEC.decode_example, CODEC.decode_history):
        with suppress(CodecError):
            read(payload)


@given(JSON | broken_events())
def test_any_json_has_the_same_outcome_parsed_or_not(value):
    found = outcome(decode(orjson.dumps(value), "application/json", RECEIVED_AT, CODEC))
    assert outcome(decode_object(value, RECEIVED_AT)) == found


@given(JSON)
def test_masking_is_total_and_lets_no_mobile_number_through(value):
    assert "13912345678" not in str(mask_record({"any": value, "text": "13912345678"}))


@given(TEXTS, TEXTS)
def test_masking_finds_a_number_in_any_text(before, after):
    assert "13912345678" not in mask_text(f"{before} 13912345678 {after}")


@given(st.sampled_from(shipped()), st.data())
def test_a_field_taken_away_or_added_without_default_is_always_found(one, data):
    schema = strip_logical(one.schema)
    index = data.draw(st.integers(0, len(schema["fields"]) - 1))
    field = {name: value for name, value in schema["fields"][index].items() if name != "default"}
    required = {**schema, "fields": [*schema["fields"][:index], field, *schema["fields"][index + 1 :]]}
    without = {**schema, "fields": [*schema["fields"][:index], *schema["fields"][index + 1 :]]}
    assert any(field["name"] in problem for problem in incompatibilities(required, without))
    assert any(field["name"] in problem for problem in incompatibilities(without, required))
