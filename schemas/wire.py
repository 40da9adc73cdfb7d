"""The codec: our objects to and from Avro in Confluent's wire format. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import orjson

from schemas.avro_schema import pascal
from schemas.avro_values import Shape, from_texts, pack, shape_of, to_text, to_texts, unpack
from schemas.catalogue import FACT_TYPES, TYPES
from schemas.catalogue.base import flat
from schemas.change_bytes import ChangesWriter, ChangeWriter, rows_of
from schemas.effects import Change, Example
from schemas.evidence import EvidenceLog
from schemas.fact import Fact, FactRecord, ModelChange, Note, Origin, RuleBookChange, Tick
from schemas.fact_bytes import FactWriter
from schemas.fact_reader import read_usual
from schemas.framing import PREFIX, CodecError, Framing, Kind
from schemas.identity import IdKey, IdLog
from schemas.outcome import Refusal, Rejected
from schemas.registry import Registry
from schemas.signal import Signal
from schemas.signal_bytes import SignalWriter
from schemas.touchpoint import Touchpoint

CONTROLS: dict[str, type[Tick | RuleBookChange | ModelChange]] = {
    "whetstone.facts.Tick": Tick,
    "whetstone.facts.RuleBook": RuleBookChange,
    "whetstone.facts.Model": ModelChange,
}
FACT = "whetstone.facts.Fact"
IDENTIFIERS = "whetstone.lead_history.Identifiers"
EVIDENCE = "whetstone.lead_history.Evidence"
DATA_HINT = "data that JSON can hold"
TYPE_HINT = "one of the types in docs/events.md"
CONTROL_NAMES = {kind: name for name, kind in CONTROLS.items()}
CHANGE = "whetstone.lead_history.Change"
CHANGES = "whetstone.lead_history.Changes"
SIGNAL = "whetstone.signals.Signal"
REFUSAL_FIELDS = ("reason", "pointer", "message", "event_id")
REJECTED_FIELDS = (
    "payload", "content_type", "component", "version", "topic", "incarnation", "partition", "offset", "rejected_at",
)  # fmt: skip


class Codec:
    """Writes the current version of every record, reads every earlier one. Errors are `CodecError`."""

    def __init__(self, registry: Registry) -> None:
        """Take the ids from a registry that knows every shipped record."""
        self._framing = framing = Framing(registry)
        self._touchpoints = _by_type(framing, "touchpoints", TYPES)
        self._fact = framing.kinds[FACT]
        self._write_fact = FactWriter(self._fact.prefix).write
        self._write_change = ChangeWriter(framing.kinds[CHANGE].prefix).write
        self._write_changes = ChangesWriter(framing.kinds[CHANGES].prefix).write
        self._write_signal = SignalWriter(framing.kinds[SIGNAL].prefix).write
        self._types = {kind.name: (name, shape) for name, (kind, shape) in self._touchpoints.items()}

    def encode_touchpoint(self, touchpoint: Touchpoint) -> bytes:
        """Return a touchpoint as a front end that speaks Avro would send it (`received_at` is not part of it)."""
        kind, shape = _known(self._touchpoints, touchpoint.type)
        data, more = pack(touchpoint.data, shape)
        ids = [{"kind": one.kind, "value": one.value, "verified": one.verified} for one in touchpoint.ids]
        datum = {
            "event_id": touchpoint.event_id,
            "type": touchpoint.type,
            "source": touchpoint.source,
            "occurred_at": touchpoint.occurred_at,
            "subject": {"ids": ids} if ids else None,
            "rep_id": touchpoint.rep_id,
            "data": {**data, "extra": {**data.get("extra", {}), **more}} if more else data,
            "extra": to_texts(touchpoint.extra),
        }
        return self._framing.write(kind, datum)

    def decode_touchpoint(self, payload: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the event in its JSON form, `occurred_at` in ms, and its unknown fields; nothing is validated yet."""
        kind, event = self._framing.read(payload, "touchpoints")
        name, shape = self._types[kind.name]
        if event["type"] != name:
            raise CodecError("unknown_type", f"the type of the schema that it was written with, {name}")
        try:
            event["data"] = flat(unpack(event["data"], shape), shape.nested)
            return event, from_texts(event.pop("extra"))
        except ValueError as error:
            raise CodecError("bad_field", "days of the years 1 to 9999, and JSON texts in `extra`") from error

    def encode_fact(self, record: FactRecord) -> bytes:
        """Return a fact or control record; a fact's data travels as JSON (decision 0007)."""
        if not isinstance(record, Fact):
            return self._encode_control(record)
        if record.type not in FACT_TYPES:
            raise CodecError("unknown_type", TYPE_HINT)
        try:
            data = orjson.dumps(record.data)
        except TypeError as error:
            raise CodecError("bad_field", DATA_HINT) from error
        try:
            return self._write_fact(record, data)
        except (TypeError, ValueError, OverflowError, AttributeError) as error:
            raise CodecError("bad_field", f"does not fit {FACT}: {type(error).__name__}") from error

    def _encode_control(self, record: Tick | RuleBookChange | ModelChange) -> bytes:
        kind = self._framing.kinds[CONTROL_NAMES[type(record)]]
        return self._framing.write(kind, {field: getattr(record, field) for field in record.__slots__})

    def decode_fact(self, payload: bytes) -> FactRecord:
        """Return the fact or control record that was written."""
        if payload.startswith(self._fact.prefix) and (fact := read_usual(payload, PREFIX)) is not None:
            return fact
        kind, datum = self._framing.read(payload, "facts")
        control = CONTROLS.get(kind.name)
        if control:
            return control(**datum)
        return Fact(
            entity=datum["entity"],
            type=datum["type"],
            at=datum["at"],
            known_at=datum["known_at"],
            origin=Origin(**datum["origin"]),
            event_id=datum["event_id"],
            source=datum["source"],
            rep_id=datum["rep_id"],
            lead=datum["lead"],
            data=_json(datum["data"]),
            via=tuple(datum["via"]),
            verified=tuple(datum["verified"]),
            notes=tuple([Note(**note) for note in datum["notes"]]),
        )

    def encode_signal(self, signal: Signal) -> bytes:
        """Return a signal; its evidence travels as JSON."""
        try:
            evidence = orjson.dumps(signal.evidence)
        except TypeError as error:
            raise CodecError("bad_field", DATA_HINT) from error
        try:
            return self._write_signal(signal, evidence)
        except (TypeError, ValueError, OverflowError, AttributeError) as error:
            raise CodecError("bad_field", f"does not fit {SIGNAL}: {type(error).__name__}") from error

    def decode_signal(self, payload: bytes) -> Signal:
        """Return the signal that was written."""
        datum = self._decode_struct(payload, "signals")
        return Signal(**{**datum, "to": tuple(datum["to"]), "evidence": _json(datum["evidence"])})

    def encode_example(self, example: Example) -> bytes:
        """Return a training example; its data travels as JSON."""
        datum = {**msgspec.structs.asdict(example), "origin": _origin(example.origin), "data": _text(example.data)}
        return self._framing.write(self._framing.kinds["whetstone.examples.Example"], datum)

    def decode_example(self, payload: bytes) -> Example:
        """Return the training example that was written."""
        datum = self._decode_struct(payload, "examples")
        return Example(**{**datum, "data": _json(datum["data"])})

    def encode_change(self, change: Change) -> bytes:
        """Return a row of a lead's history."""
        try:
            return self._write_change(change)
        except (TypeError, ValueError, OverflowError, AttributeError) as error:
            raise CodecError("bad_field", f"does not fit {CHANGE}: {type(error).__name__}") from error

    def encode_changes(self, rows: Sequence[Change]) -> bytes:
        """Return rows of a lead's history that have one cause (`schemas.change_bytes.by_cause`), as one record."""
        if len(rows) == 1:
            return self.encode_change(rows[0])
        try:
            return self._write_changes(rows)
        except (TypeError, ValueError, OverflowError, AttributeError) as error:
            raise CodecError("bad_field", f"does not fit {CHANGES}: {type(error).__name__}") from error

    def encode_identifiers(self, log: IdLog) -> bytes:
        """Return what an event changed about the identifiers of a lead."""
        datum = {
            "lead": log.lead,
            "event_id": log.event_id,
            "at": log.at,
            "ended": [key._asdict() for key in log.ended],
            "claimed": [{**key._asdict(), "verified": verified} for key, verified in log.claimed],
        }
        return self._framing.write(self._framing.kinds[IDENTIFIERS], datum)

    def encode_evidence(self, log: EvidenceLog) -> bytes:
        """Return what a slice added to the evidence."""
        datum = {"lead": log.lead, "content": msgspec.msgpack.encode(log)}
        return self._framing.write(self._framing.kinds[EVIDENCE], datum)

    def decode_history(self, payload: bytes) -> tuple[Change, ...] | IdLog | EvidenceLog:
        """Return what a record of `lead-history` holds: rows of one lead, or what was added to the rest."""
        kind, datum = self._framing.read(payload, "lead-history")
        if kind.name == EVIDENCE:
            return _evidence(datum["content"])
        if kind.name == CHANGES:
            return rows_of(datum)
        if kind.name != IDENTIFIERS:
            return (Change(**{**datum, "origin": Origin(**datum["origin"])}),)
        claimed = tuple((IdKey(one["kind"], one["value"]), one["verified"]) for one in datum["claimed"])
        ended = tuple(IdKey(**one) for one in datum["ended"])
        return IdLog(datum["lead"], datum["event_id"], datum["at"], ended, claimed)

    def encode_rejected(self, rejected: Rejected) -> bytes:
        """Return a rejected record with its original bytes."""
        datum = {field: getattr(rejected.refusal, field) for field in REFUSAL_FIELDS}
        datum.update({field: getattr(rejected, field) for field in REJECTED_FIELDS})
        return self._framing.write(self._framing.kinds["whetstone.rejected.Rejected"], datum)

    def decode_rejected(self, payload: bytes) -> Rejected:
        """Return the rejected record that was written."""
        _, datum = self._framing.read(payload, "rejected")
        refusal = Refusal(**{field: datum.pop(field) for field in REFUSAL_FIELDS})
        return Rejected(refusal=refusal, **datum)

    def _decode_struct(self, payload: bytes, topic: str) -> dict[str, Any]:
        _, datum = self._framing.read(payload, topic)
        return {**datum, "origin": Origin(**datum["origin"])}


def _text(value: Any) -> str:
    try:
        return to_text(value)
    except TypeError as error:
        raise CodecError("bad_field", DATA_HINT) from error


def _origin(origin: Origin) -> dict[str, Any]:
    return {
        "topic": origin.topic,
        "incarnation": origin.incarnation,
        "partition": origin.partition,
        "offset": origin.offset,
        "index": origin.index,
    }


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except ValueError as error:
        raise CodecError("not_avro", "a JSON object") from error


def _evidence(content: bytes) -> EvidenceLog:
    try:
        return msgspec.msgpack.decode(content, type=EvidenceLog)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CodecError("not_avro", "evidence as it was written") from error


def _known(kinds: Mapping[str, tuple[Kind, Shape]], name: str) -> tuple[Kind, Shape]:
    found = kinds.get(name)
    if found is None:
        raise CodecError("unknown_type", TYPE_HINT)
    return found


def _by_type(framing: Framing, topic: str, types: Mapping[str, Any]) -> dict[str, tuple[Kind, Shape]]:
    kinds = {name: framing.kinds[f"whetstone.{topic}.{pascal(name)}"] for name in types}
    return {name: (kind, shape_of(_data_schema(kind))) for name, kind in kinds.items()}


def _data_schema(kind: Kind) -> dict[str, Any]:
    schema: dict[str, Any] = next(field["type"] for field in kind.schema["fields"] if field["name"] == "data")
    return schema
