"""Our own writing of history rows against fastavro's: the same bytes, the same refusals."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.change_bytes import ChangeWriter
from schemas.effects import Change
from schemas.fact import Origin
from schemas.framing import CodecError, Framing
from schemas.registry import FileRegistry
from tests.events import CODEC
from tests.unit.avro_values import INTS, LONGS, TEXTS

FRAMING = Framing(FileRegistry())
KIND = FRAMING.kinds["whetstone.lead_history.Change"]
WRITER = ChangeWriter(KIND.prefix)

HASHES = st.binary(min_size=16, max_size=16)
CHANGES = st.builds(
    Change,
    lead=TEXTS,
    seq=st.integers(1, 9) | LONGS,
    field=TEXTS,
    old=st.none() | TEXTS,
    new=st.none() | TEXTS,
    rule=TEXTS,
    rule_book=TEXTS,
    event_id=TEXTS,
    actor=TEXTS,
    at=LONGS,
    origin=st.builds(Origin, TEXTS, TEXTS, INTS, LONGS, INTS),
    previous=HASHES,
    hash=HASHES,
)
USUAL = Change(
    lead="lead:a", seq=1, field="phone", old=None, new="+8613800138000", rule="lead_imported.newer", rule_book="b",
    event_id="e", actor="import", at=1_763_700_000_123, origin=Origin("facts", "9f86d081", 3, 1042, 0),
    previous=bytes(16), hash=bytes(range(16)),
)  # fmt: skip


@given(CHANGES)
def test_the_bytes_are_those_of_fastavro(change: Change) -> None:
    datum = {**msgspec.structs.asdict(change), "origin": msgspec.structs.asdict(change.origin)}
    written = FRAMING.write(KIND, datum)
    assert WRITER.write(change) == written
    assert WRITER.write(change) == written  # what was kept from the first time is the same
    assert CODEC.decode_change(written) == change


@pytest.mark.parametrize(
    "wrong",
    [
        {"hash": b"short"},
        {"previous": bytes(17)},
        {"new": 13800138000},
        {"seq": 1 << 63},
        {"at": None},
        {"lead": None},
        {"rule": "\ud800"},
    ],
)
def test_what_does_not_fit_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(CodecError):
        CODEC.encode_change(msgspec.structs.replace(USUAL, **wrong))


def test_kept_names_do_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schemas.fact_bytes.MOST_NAMES", 4)
    writer = ChangeWriter(KIND.prefix)
    for number in range(50):
        changed = msgspec.structs.replace(USUAL, actor=f"rep:{number}", field=f"f{number}")
        assert writer.write(changed) == CODEC.encode_change(changed)
    assert len(writer._names) <= 4
