"""Confluent's wire format around one Avro record: a zero byte, the schema id in four bytes, the record."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal

import fastavro
import orjson

from schemas.avro_schema import Schema, strip_logical
from schemas.registry import Registry
from schemas.shipped import full_name, latest, shipped, subject_of

MAGIC = b"\x00"
PREFIX = 5  # bytes before the record


class CodecError(ValueError):
    """Bytes that cannot be read, or an object that cannot be written. `reason` is one of the contract's."""

    def __init__(self, reason: Literal["not_avro", "unknown_schema", "unknown_type", "bad_field"], why: str) -> None:
        super().__init__(why)
        self.reason: Literal["not_avro", "unknown_schema", "unknown_type", "bad_field"] = reason


@dataclass(frozen=True, slots=True)
class Kind:
    """One record of one topic as this version of the code writes and reads it."""

    topic: str
    name: str
    prefix: bytes
    schema: Schema
    parsed: Any


@dataclass(frozen=True, slots=True)
class Reader:
    """How bytes with one schema id are read: the writer's schema, and ours where it differs."""

    kind: Kind
    writer: Any
    ours: Any | None


def parsed(schema: Schema) -> Any:
    """Return a schema as fastavro works with it, without logical types."""
    return fastavro.parse_schema(strip_logical(schema), named_schemas={})


def schema_id(payload: bytes) -> int | None:
    """Return the schema id of a record in wire format, None when it is not in that format."""
    if len(payload) < PREFIX or payload[:1] != MAGIC:
        return None
    return int.from_bytes(payload[1:PREFIX], "big")


class Framing:
    """Writes the current version of every shipped record, reads every version that the registry knows."""

    def __init__(self, registry: Registry) -> None:
        """Look up the ids of all shipped records; raises LookupError when the registry lacks one."""
        self._registry = registry
        self._readers: dict[int, Reader] = {}
        self.kinds = {kind.name: kind for kind in map(self._kind, (s.schema for s in _newest()))}

    def _kind(self, schema: Schema) -> Kind:
        topic = schema["namespace"].removeprefix("whetstone.").replace("_", "-")
        number = self._registry.id_of(subject_of(topic, schema))
        prefix = MAGIC + number.to_bytes(4, "big")
        return Kind(topic, full_name(schema), prefix, schema, parsed(schema))

    def write(self, kind: Kind, datum: Any) -> bytes:
        """Return the bytes of a record; raises CodecError when the datum does not fit its schema."""
        out = BytesIO()
        out.write(kind.prefix)
        try:
            fastavro.schemaless_writer(out, kind.parsed, datum)
        except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
            raise CodecError("bad_field", f"does not fit {kind.name}: {type(error).__name__}") from error
        return out.getvalue()

    def read(self, payload: bytes, topic: str) -> tuple[Kind, Any]:
        """Return what record of a topic some bytes hold, and its datum in our version of the schema.

        Raises CodecError: not_avro when the bytes are not a whole record, unknown_schema when the registry does
        not know the id, or when it is no record of this topic.
        """
        reader = self._readers.get(int.from_bytes(payload[1:PREFIX], "big")) if payload[:1] == MAGIC else None
        reader = reader or self._reader(payload)
        if reader.kind.topic != topic:
            raise CodecError("unknown_schema", f"a schema of the topic {topic}")
        source = BytesIO(payload)
        source.seek(PREFIX)
        try:
            datum = fastavro.schemaless_reader(source, reader.writer, reader.ours)
        except Exception as error:  # fastavro names no closed set of errors for bytes that are not Avro
            raise CodecError("not_avro", f"a whole Avro record {reader.kind.name}") from error
        if source.tell() != len(payload):
            raise CodecError("not_avro", f"one Avro record {reader.kind.name} and nothing behind it")
        return reader.kind, datum

    def _reader(self, payload: bytes) -> Reader:
        number = schema_id(payload)
        if number is None:
            raise CodecError("not_avro", "Confluent wire format: byte 0, four bytes of schema id, Avro record")
        text = self._registry.schema_of(number)
        if text is None:
            raise CodecError("unknown_schema", "a schema id that the registry knows")
        reader = self._understood(text)
        self._readers[number] = reader
        return reader

    def _understood(self, text: str) -> Reader:
        try:
            schema = orjson.loads(text)
            kind = self.kinds[full_name(schema)]
            if strip_logical(schema) == strip_logical(kind.schema):
                return Reader(kind, kind.parsed, None)
            return Reader(kind, parsed(schema), kind.parsed)
        except (ValueError, TypeError, KeyError, AttributeError, fastavro.schema.SchemaParseException) as error:
            raise CodecError("unknown_schema", "a schema of one of our records") from error


def _newest() -> list[Any]:
    return list(latest(shipped()).values())
