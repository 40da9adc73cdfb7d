"""Golden bytes: one record per version of every Avro file. `python -m tests.golden` adds those that are missing.

What was written once is never written again: bytes that stop to decode are a break for everybody's topics.
"""

import json
from pathlib import Path
from typing import Any

import msgspec

from schemas.effects import Change, Example
from schemas.evidence import (
    Decision,
    EvidenceEdge,
    EvidenceLog,
    EvidenceRecord,
    Membership,
    Question,
)
from schemas.fact import Fact, ModelChange, Note, RuleBookChange, Tick
from schemas.identity import IdKey, IdLog
from schemas.outcome import Refusal, Rejected
from schemas.shipped import shipped
from schemas.signal import Signal
from schemas.touchpoint import SubjectId, Touchpoint
from tests.events import CODEC, FULL, OCCURRED_AT, ORIGIN, RECEIVED_AT

FILE = Path(__file__).parent / "unit" / "golden" / "records.json"


def touchpoint(name: str) -> Touchpoint:
    """Return a touchpoint of a type with every field set."""
    return Touchpoint(
        event_id="e-1",
        type=name,
        source="website",
        occurred_at=OCCURRED_AT,
        received_at=RECEIVED_AT,
        ids=(SubjectId("phone", "138-0013-8000", True), SubjectId("crm:sap", "77")),
        rep_id="r17",
        data={**FULL[name], "extra": {"unknown": [1, {"a": None}]}},
        extra={"app": "2.1"},
    )


def fact(name: str) -> Fact:
    """Return a fact of a type with every field set, and one that the type does not declare."""
    return Fact(
        entity="rep:r17",
        type=name,
        at=OCCURRED_AT,
        known_at=RECEIVED_AT,
        origin=ORIGIN,
        event_id="e-1",
        source="website",
        rep_id="r17",
        lead="lead:abc",
        data={**FULL[name], "extra": {"unknown": [1, {"a": None}]}, "phone_kind": "mobile"},
        via=("phone:+8613800138000", "device:d1"),
        verified=("phone:+8613800138000",),
        notes=(Note("phone", "phone.e164", "138-0013-8000"),),
    )


SIGNAL = Signal(
    signal_id="abcdefghij0123456789", kind="grade_changed", entity="lead:abc", at=OCCURRED_AT, severity="warning",
    to=("rep:r17", "role:manager"), title={"zh": "等级变化", "en": "Grade changed"}, rule="grade.high_potential",
    rule_book="7", origin=ORIGIN, evidence={"before": {"sum": 0.5}, "after": None}, model="m1", region="华东",
)  # fmt: skip
EXAMPLE = Example(entity="lead:abc", at=OCCURRED_AT, origin=ORIGIN, data={"features": {"views": 3, "fit": 0.25}})
CHANGE = Change(
    lead="lead:abc", seq=2, field="phone", old=None, new="+8613800138000", rule="phone.e164", rule_book="7",
    event_id="e-1", actor="rep:r17", at=OCCURRED_AT, origin=ORIGIN, previous=b"\0" * 16, hash=b"\xff" * 16,
)  # fmt: skip
CHANGES = (
    CHANGE,
    msgspec.structs.replace(CHANGE, seq=3, field="company", old="x", new=None, previous=CHANGE.hash, hash=b"\1" * 16),
)
IDENTIFIERS = IdLog(
    "lead:abc", "e-1", OCCURRED_AT, (IdKey("phone", "+8613800138000"),), ((IdKey("phone", "+8613912345678"), True),)
)
EVIDENCE = EvidenceLog(
    records=(EvidenceRecord(node="n1", lead="lead:abc", profile=b"\x80", at=OCCURRED_AT, event_id="e-1"),),
    edges=(EvidenceEdge(left="n1", right="n2", left_lead="lead:abc", right_lead="lead:abd", findings=b"\x80",
                        verdict="same", score=12.5),),
    people=(Membership(lead="lead:abd", person="lead:abc", address="lead:abd", version=1),),
    decisions=(Decision(left="lead:abc", right="lead:abd", answer="same", by="wang", at=OCCURRED_AT, event_id="e-2"),),
    questions=(Question(left="lead:abc", right="lead:abe", score=3.5, reason="phone", evidence={"for": {"phone": 3.5}},
                        source="website", file="", event_id="e-3", at=OCCURRED_AT),),
)  # fmt: skip
REJECTED = Rejected(
    refusal=Refusal("bad_field", "/data/lat", "at most 90", "e-1"), payload=b"\0\xff{", content_type="",
    component="cleanse", version="0.1.0", topic="touchpoints", incarnation="9f86d081", partition=3, offset=1042,
    rejected_at=RECEIVED_AT,
)  # fmt: skip
CONTROLS = {
    "tick": Tick(sources={"touchpoints.3.9f86d081": OCCURRED_AT}, of=8),
    "rule_book": RuleBookChange(version="7", document='{"a":1}', applied_by="ops", applied_at=RECEIVED_AT),
    "model": ModelChange(name="purchase", version="3", snapshot=b"\x81\xa1a\x01"),
}


def written(topic: str, record: str) -> bytes:
    """Return the bytes of the example of a record in its current version."""
    if topic == "touchpoints":
        return CODEC.encode_touchpoint(touchpoint(record))
    if topic == "facts":
        return CODEC.encode_fact(CONTROLS.get(record) or fact("order_placed"))
    if record == "identifiers":
        return CODEC.encode_identifiers(IDENTIFIERS)
    if record == "changes":
        return CODEC.encode_changes(CHANGES)
    if record == "evidence":
        return CODEC.encode_evidence(EVIDENCE)
    examples: dict[str, Any] = {
        "signals": (CODEC.encode_signal, SIGNAL),
        "examples": (CODEC.encode_example, EXAMPLE),
        "lead-history": (CODEC.encode_change, CHANGE),
        "rejected": (CODEC.encode_rejected, REJECTED),
    }
    encode, example = examples[topic]
    return bytes(encode(example))


def read(topic: str, payload: bytes) -> Any:
    """Return what some bytes of a topic hold."""
    decode = {
        "touchpoints": CODEC.decode_touchpoint,
        "facts": CODEC.decode_fact,
        "signals": CODEC.decode_signal,
        "examples": CODEC.decode_example,
        "lead-history": CODEC.decode_history,
        "rejected": CODEC.decode_rejected,
    }[topic]
    return decode(payload)


def recorded() -> dict[str, str]:
    """Return the golden bytes in hex, by path of the Avro file."""
    return json.loads(FILE.read_text()) if FILE.exists() else {}


def main() -> None:
    """Add the bytes of versions that have none yet."""
    golden = recorded()
    for one in shipped():
        if one.path not in golden:
            golden[one.path] = written(one.topic, one.record).hex()
    FILE.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
