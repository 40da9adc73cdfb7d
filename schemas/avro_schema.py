"""Avro schemas from pydantic models: pure, one dict per record, in the form of the Avro specification."""

import types
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from schemas.catalogue.base import EventType, Record
from schemas.catalogue.records import Envelope
from schemas.catalogue.types import Wire

PRIMITIVES = {str: "string", bool: "boolean", int: "long", float: "double", bytes: "bytes"}
EXTRA_FIELD = {
    "name": "extra",
    "type": {"type": "map", "values": "string"},
    "doc": "Fields that the catalogue does not know: name to JSON text",
    "default": {},
}
Schema = dict[str, Any]


def pascal(name: str) -> str:
    """Return `PageViewed` for `page_viewed`."""
    return "".join(part.capitalize() for part in name.split("_"))


def namespace(topic: str) -> str:
    """Return the Avro namespace of a topic's records."""
    return "whetstone." + topic.replace("-", "_")


class _Writer:
    """Writes one self-contained schema: a named type is written out where it comes first, named afterwards."""

    def __init__(self, space: str) -> None:
        self.space = space
        self.known: set[str] = set()

    def record(self, model: type[BaseModel], name: str, space: str, fields: list[Schema] | None = None) -> Any:
        full_name = f"{space}.{name}"
        if full_name in self.known:
            return full_name
        self.known.add(full_name)
        written = fields if fields is not None else self.fields(model)
        return {"type": "record", "name": name, "namespace": space, "doc": _doc(model), "fields": written}

    def fields(self, model: type[BaseModel]) -> list[Schema]:
        hints = get_type_hints(model, include_extras=True)
        written = [self.field(name, hints[name], info) for name, info in model.model_fields.items()]
        return [*written, EXTRA_FIELD] if issubclass(model, Record) else written

    def field(self, name: str, hint: Any, info: FieldInfo) -> Schema:
        doc = info.description or ""
        choices = _choices(hint)
        field: Schema = {"name": name, "type": self.type(hint), "doc": f"{doc}: {choices}" if choices else doc}
        if info.default is not PydanticUndefined:
            field["default"] = info.default
        return field

    def type(self, hint: Any) -> Any:
        origin, args = get_origin(hint), get_args(hint)
        if origin is Annotated:
            wire = next((mark for mark in args[1:] if isinstance(mark, Wire)), None)
            return self.wire(wire) if wire else self.type(args[0])
        if origin in (Union, types.UnionType):
            return ["null", self.type(next(arg for arg in args if arg is not type(None)))]
        if origin is Literal:
            return "string"
        if origin is list:
            return {"type": "array", "items": self.type(args[0])}
        if origin is dict:
            return {"type": "map", "values": self.type(args[1])}
        if isinstance(hint, type) and issubclass(hint, BaseModel):
            return self.record(hint, hint.__name__.removesuffix("Record"), self.space)
        return PRIMITIVES[hint]

    def wire(self, wire: Wire) -> Any:
        if wire.primitive != "fixed16":
            return {"type": wire.primitive, "logicalType": wire.logical} if wire.logical else wire.primitive
        name = f"{self.space}.Hash"
        if name in self.known:
            return name
        self.known.add(name)
        return {"type": "fixed", "name": "Hash", "namespace": self.space, "size": 16}


def _doc(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().partition("\n")[0]


def _choices(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return ", ".join(get_args(hint))
    return next((found for arg in get_args(hint) if (found := _choices(arg))), "")


def record_schema(topic: str, name: str, model: type[BaseModel]) -> Schema:
    """Return the schema of a record that stands alone."""
    schema: Schema = _Writer(namespace(topic)).record(model, name, namespace(topic))
    return schema


def touchpoint_schema(event: EventType) -> Schema:
    """Return the schema of one type in `touchpoints`: the envelope and its typed data."""
    space = namespace("touchpoints")
    writer, name = _Writer(space), pascal(event.name)
    fields = writer.fields(Envelope)
    data = writer.record(event.model, name + "Data", space, writer.fields(event.model))
    at = next(i for i, field in enumerate(fields) if field["name"] == "extra")
    fields.insert(at, {"name": "data", "type": data, "doc": "What is special to this type"})
    schema: Schema = writer.record(event.model, name, space, fields)
    return schema


def strip_logical(schema: Any) -> Any:
    """Return a schema without logical types, so that times stay whole milliseconds and dates whole days."""
    if isinstance(schema, Mapping):
        return {key: strip_logical(value) for key, value in schema.items() if key != "logicalType"}
    return [strip_logical(branch) for branch in schema] if isinstance(schema, list) else schema
