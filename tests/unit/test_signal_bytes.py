"""Our own writing of signals against fastavro's: the same bytes, the same refusals."""

from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.fact import Origin
from schemas.framing import CodecError, Framing
from schemas.registry import FileRegistry
from schemas.signal import Signal
from tests.events import CODEC
from tests.unit.avro_values import INTS, LONGS, TEXTS

FRAMING = Framing(FileRegistry())
KIND = FRAMING.kinds["whetstone.signals.Signal"]
SIGNALS = st.builds(
    Signal,
    signal_id=TEXTS,
    kind=TEXTS,
    entity=TEXTS,
    at=LONGS,
    severity=st.sampled_from(["info", "warning", "critical"]),
    to=st.lists(TEXTS, max_size=3).map(tuple),
    title=st.dictionaries(TEXTS, TEXTS, max_size=3),
    rule=TEXTS,
    rule_book=TEXTS,
    origin=st.builds(Origin, TEXTS, TEXTS, INTS, LONGS, INTS),
    evidence=st.dictionaries(TEXTS, TEXTS | LONGS | st.none(), max_size=3),
    model=st.none() | TEXTS,
    region=st.none() | TEXTS,
)
USUAL = Signal(
    signal_id="a" * 20, kind="lead_created", entity="lead:a", at=1_763_700_000_123, severity="info", to=(),
    title={"zh": "新线索：王强", "en": "New lead: 王强"}, rule="lead.created", rule_book="b", region="华东",
    origin=Origin("facts", "9f86d081", 3, 1042, 7), evidence={"file": "展会.xlsx", "line": 7},
)  # fmt: skip


@given(SIGNALS)
def test_the_bytes_are_those_of_fastavro(signal: Signal) -> None:
    evidence = orjson.dumps(signal.evidence).decode()
    datum = {**msgspec.structs.asdict(signal), "origin": msgspec.structs.asdict(signal.origin), "evidence": evidence}
    written = FRAMING.write(KIND, datum)
    assert CODEC.encode_signal(signal) == written
    assert CODEC.encode_signal(signal) == written  # what was kept from the first time is the same
    assert CODEC.decode_signal(written) == signal


@pytest.mark.parametrize(
    "wrong",
    [
        {"evidence": {"what": object()}},
        {"title": None},
        {"title": {"zh": 1}},
        {"to": None},
        {"to": (1, 2)},
        {"at": None},
        {"at": 1 << 63},
        {"entity": None},
        {"rule": "\ud800"},
        {"region": 3},
    ],
)
def test_what_does_not_fit_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(CodecError):
        CODEC.encode_signal(msgspec.structs.replace(USUAL, **wrong))
