"""Our own writing of history rows against fastavro's: the same bytes, the same refusals."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.change_bytes import ChangesWriter, ChangeWriter, by_cause
from schemas.effects import Change
from schemas.fact import Origin
from schemas.framing import CodecError, Framing
from schemas.registry import FileRegistry
from tests.events import CODEC
from tests.unit.avro_values import INTS, LONGS, TEXTS

FRAMING = Framing(FileRegistry())
KIND = FRAMING.kinds["whetstone.lead_history.Change"]
WRITER = ChangeWriter(KIND.prefix)

TOGETHER = FRAMING.kinds["whetstone.lead_history.Changes"]
TOGETHER_WRITER = ChangesWriter(TOGETHER.prefix)

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
    assert CODEC.decode_history(written) == (change,)


def chained(first: Change, others: list[Change]) -> list[Change]:
    """Return rows of one cause: what the others share is the first one's."""
    rows = [first]
    for number, other in enumerate(others, 1):
        rows.append(
            msgspec.structs.replace(
                other,
                lead=first.lead,
                seq=first.seq + number,
                rule_book=first.rule_book,
                event_id=first.event_id,
                actor=first.actor,
                at=first.at,
                previous=rows[-1].hash,
                origin=msgspec.structs.replace(first.origin, index=other.origin.index),
            )
        )
    return rows


@given(CHANGES.filter(lambda change: change.seq < 1 << 62), st.lists(CHANGES, min_size=1, max_size=4))
def test_rows_of_one_cause_are_one_record_and_the_bytes_are_those_of_fastavro(
    first: Change, others: list[Change]
) -> None:
    rows = chained(first, others)
    shared = {
        name: getattr(first, name) for name in ("lead", "seq", "rule_book", "event_id", "actor", "at", "previous")
    }
    own = [
        {**{name: getattr(row, name) for name in ("field", "old", "new", "rule", "hash")}, "index": row.origin.index}
        for row in rows
    ]
    written = FRAMING.write(TOGETHER, {**shared, "origin": msgspec.structs.asdict(first.origin), "rows": own})
    assert TOGETHER_WRITER.write(rows) == written == CODEC.encode_changes(rows)
    assert CODEC.decode_history(written) == tuple(rows)
    assert by_cause(rows) == [rows]


def test_a_row_alone_is_the_record_that_it_always_was() -> None:
    assert CODEC.encode_changes([USUAL]) == CODEC.encode_change(USUAL)
    assert CODEC.decode_history(CODEC.encode_change(USUAL)) == (USUAL,)


@pytest.mark.parametrize(
    "other",
    [
        {"lead": "lead:b"},
        {"seq": 3},
        {"rule_book": "c"},
        {"event_id": "f"},
        {"actor": "rep:r1"},
        {"at": 1},
        {"previous": bytes(16)},
        {"origin": Origin("facts", "9f86d081", 3, 1043, 0)},
    ],
)
def test_rows_that_differ_in_what_a_record_says_once_are_records_of_their_own(other: dict[str, Any]) -> None:
    second = msgspec.structs.replace(USUAL, seq=2, field="company", previous=USUAL.hash, hash=bytes(16))
    assert by_cause([USUAL, second]) == [[USUAL, second]]
    apart = msgspec.structs.replace(second, **other)
    assert by_cause([USUAL, apart]) == [[USUAL], [apart]]


@pytest.mark.parametrize("wrong", [{"hash": b"short"}, {"new": 1}, {"field": None}, {"rule": "\ud800"}])
def test_rows_that_do_not_fit_are_refused_together(wrong: dict[str, Any]) -> None:
    second = msgspec.structs.replace(USUAL, seq=2, **wrong)
    with pytest.raises(CodecError):
        CODEC.encode_changes([USUAL, second])


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
