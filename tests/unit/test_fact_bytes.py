"""Our own writing and reading of facts against fastavro's: the same bytes, the same facts, the same refusals."""

from io import BytesIO

import fastavro
import msgspec
import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.fact import Fact, Note, Origin
from schemas.fact_bytes import FactWriter, avro_time, varint
from schemas.fact_reader import read_usual
from schemas.framing import PREFIX, CodecError, Framing
from schemas.registry import FileRegistry
from tests.events import CODEC
from tests.unit.avro_values import INTS, LONGS, TEXTS

FRAMING = Framing(FileRegistry())
KIND = FRAMING.kinds["whetstone.facts.Fact"]
WRITER = FactWriter(KIND.prefix)

FACTS = st.builds(
    Fact,
    entity=TEXTS,
    type=TEXTS,
    at=LONGS,
    known_at=LONGS,
    origin=st.builds(Origin, TEXTS, TEXTS, INTS, LONGS, INTS),
    event_id=TEXTS,
    source=TEXTS,
    rep_id=st.none() | TEXTS,
    lead=st.none() | TEXTS,
    data=st.dictionaries(TEXTS, TEXTS | st.integers(-1000, 1000) | st.none(), max_size=3),
    via=st.lists(TEXTS, max_size=3).map(tuple),
    verified=st.lists(TEXTS, max_size=3).map(tuple),
    notes=st.lists(st.builds(Note, TEXTS, TEXTS, TEXTS), max_size=3).map(tuple),
)
USUAL = Fact(
    entity="lead:0", type="login", at=1_763_700_000_123, known_at=1_763_700_000_124,
    origin=Origin("touchpoints", "9f86d081", 3, 1042, 0), event_id="e-1", source="网站", data={"channel": "app"},
    via=("phone:+8613800138000",), verified=("phone:+8613800138000",), notes=(Note("phone", "plain", "138 0013"),),
)  # fmt: skip


def by_fastavro(fact: Fact) -> bytes:
    datum = msgspec.structs.asdict(fact)
    datum["origin"] = msgspec.structs.asdict(fact.origin)
    datum["notes"] = [note._asdict() for note in fact.notes]
    datum["data"] = orjson.dumps(fact.data).decode()
    return FRAMING.write(KIND, datum)


def read_by_fastavro(payload: bytes) -> Fact:
    datum = fastavro.schemaless_reader(BytesIO(payload[PREFIX:]), KIND.parsed, None)
    lists = {name: tuple(datum[name]) for name in ("via", "verified")}
    notes = tuple(Note(**note) for note in datum["notes"])
    origin, data = Origin(**datum["origin"]), orjson.loads(datum["data"])
    return Fact(**{**datum, **lists, "notes": notes, "origin": origin, "data": data})


@given(FACTS)
@example(USUAL)
def test_the_bytes_are_those_that_fastavro_writes(fact):
    assert WRITER.write(fact, orjson.dumps(fact.data)) == by_fastavro(fact)


@given(FACTS)
@example(USUAL)
def test_whatever_is_written_is_read_again(fact):
    written = by_fastavro(fact)
    assert read_usual(written, PREFIX) in (fact, None)
    assert CODEC.decode_fact(written) == fact


def test_a_usual_fact_needs_no_fastavro():
    assert read_usual(by_fastavro(USUAL), PREFIX) == USUAL


@given(FACTS, st.data())
@example(USUAL, None)
def test_broken_bytes_are_read_as_fastavro_reads_them_or_not_at_all(fact, data):
    written = bytearray(by_fastavro(fact))
    if data is not None:
        place = data.draw(st.integers(PREFIX, len(written) - 1))
        if data.draw(st.booleans()):
            written[place] = data.draw(st.integers(0, 255))
        else:
            del written[place:]
    found = read_usual(bytes(written), PREFIX)
    if found is not None:
        assert found == read_by_fastavro(bytes(written))


@pytest.mark.parametrize(
    "broken",
    [{"at": "now"}, {"at": 1 << 63}, {"entity": 5}, {"via": (5,)}, {"data": {"a": object()}}, {"rep_id": 7}],
    ids=lambda broken: next(iter(broken)),
)
def test_what_the_record_cannot_hold_is_refused(broken):
    with pytest.raises(CodecError) as refused:
        CODEC.encode_fact(msgspec.structs.replace(USUAL, **broken))
    assert refused.value.reason == "bad_field"


@given(LONGS | st.integers((1 << 27) - 2, (1 << 27) + 2) | st.integers((1 << 41) - 2, (1 << 41) + 2))
def test_a_time_is_written_as_any_long(ms):
    assert avro_time(ms) == varint(ms)


@given(st.integers(1 << 39, (1 << 41) - 1), st.integers(1 << 39, (1 << 41) - 1))
def test_times_of_our_days_are_usual(at, known_at):
    fact = msgspec.structs.replace(USUAL, at=at, known_at=known_at)
    assert read_usual(by_fastavro(fact), PREFIX) == fact
