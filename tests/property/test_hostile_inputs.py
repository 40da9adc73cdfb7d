"""Every hostile input has exactly one outcome with a reason of the contract, and none is our fault."""

import json
from collections import Counter

import pytest

from processors.decode import decode, decode_object
from schemas.outcome import REASONS, Refusal
from schemas.registry import FileRegistry
from schemas.touchpoint import Touchpoint
from schemas.wire import Codec
from tests.events import RECEIVED_AT
from tests.hostile import JSON_TYPE, inputs


def parsed(payload: bytes) -> object:
    """Return what Python's own lenient parser makes of it: NaN, lone surrogates, huge integers; else the text."""
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return payload.decode("utf-8", "surrogateescape")


def outcomes(seed: int, count: int) -> Counter[str]:
    """Decode hostile inputs and return how often each outcome came; assert what must hold for every one."""
    codec = Codec(FileRegistry())
    counts: Counter[str] = Counter()
    for payload, kind in inputs(seed, count):
        found = [decode(payload, kind, RECEIVED_AT, codec)]
        if kind == JSON_TYPE:
            found.append(decode_object(parsed(payload), RECEIVED_AT))
        for one in found:
            assert isinstance(one, Touchpoint | Refusal)
            name = one.reason if isinstance(one, Refusal) else "accepted"
            assert name == "accepted" or (name in REASONS and name != "internal"), (payload, kind)
            counts[name] += 1
    return counts


EXPECTED = {
    "accepted", "not_json", "not_avro", "unknown_schema", "unknown_type", "missing_field", "bad_field", "bad_time",
    "too_large", "no_subject", "bad_identifier", "too_deep",
}  # fmt: skip


RARE = {"no_subject"}  # few inputs are whole and yet about nobody: a small draw may hold none


def test_hostile_inputs():
    assert EXPECTED - RARE <= set(outcomes(seed=1, count=4_000)) <= EXPECTED


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(2, 10))
def test_many_hostile_inputs(seed):
    assert set(outcomes(seed=seed, count=25_000)) == EXPECTED
