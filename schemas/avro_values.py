"""Between plain data and what Avro records hold: dates as days, unknown fields as JSON texts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson

from schemas.avro_schema import Schema

EPOCH_DAY = 719_163  # date(1970, 1, 1).toordinal()
LAST_DAY = date.max.toordinal() - EPOCH_DAY


@dataclass(frozen=True, slots=True)
class Shape:
    """What a data record declares: `easy` fields are written as they are, `days` as days, `nested` as records."""

    easy: frozenset[str]
    days: frozenset[str] = frozenset()
    nested: Mapping[str, "Shape"] = field(default_factory=dict)


def shape_of(schema: Schema) -> Shape:
    """Return the shape of a data record's schema (logical types included)."""
    easy, days, nested = set(), set(), {}
    for one in schema["fields"]:
        kind = next(b for b in one["type"] if b != "null") if isinstance(one["type"], list) else one["type"]
        if isinstance(kind, dict) and kind.get("logicalType") == "date":
            days.add(one["name"])
        elif isinstance(kind, dict) and kind["type"] == "array" and isinstance(kind["items"], dict):
            nested[one["name"]] = shape_of(kind["items"])
        elif one["name"] != "extra":
            easy.add(one["name"])
    return Shape(frozenset(easy), frozenset(days), nested)


def to_text(value: Any) -> str:
    """Return a value as JSON text; raises TypeError for what JSON cannot hold."""
    return orjson.dumps(value).decode()


def to_texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Return each value as JSON text; raises TypeError for what JSON cannot hold."""
    return {name: to_text(value) for name, value in values.items()}


def from_texts(texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of JSON texts; raises ValueError for a text that is none."""
    return {name: orjson.loads(text) for name, text in texts.items()}


def to_day(text: str) -> int:
    """Return days since 1970-01-01 of `YYYY-MM-DD`; raises ValueError for anything else."""
    return date.fromisoformat(text).toordinal() - EPOCH_DAY


def from_day(days: int) -> str:
    """Return `YYYY-MM-DD` of days since 1970-01-01; raises ValueError outside the years 1 to 9999."""
    if not -EPOCH_DAY < days <= LAST_DAY:
        raise ValueError("a day of the years 1 to 9999")
    return date.fromordinal(days + EPOCH_DAY).isoformat()


def pack(data: Mapping[str, Any], shape: Shape) -> tuple[Mapping[str, Any], dict[str, str]]:
    """Return a record's datum and, as JSON texts, the fields that it does not declare.

    A value that does not fit its field is an error here (ValueError) or where it is written.
    """
    if data.keys() <= shape.easy and None not in data.values():
        return data, {}
    more = {name: value for name, value in data.items() if not _fits(name, value, shape)}
    datum = {name: value for name, value in data.items() if name not in more}
    for name in shape.days & datum.keys():
        datum[name] = to_day(datum[name])
    for name in shape.nested.keys() & datum.keys():
        datum[name] = [pack(item, shape.nested[name])[0] for item in datum[name]]
    if "extra" in datum:
        datum["extra"] = to_texts(datum["extra"])
    return datum, to_texts(more)


def _fits(name: str, value: Any, shape: Shape) -> bool:
    if name == "extra":
        return isinstance(value, Mapping)
    if name in shape.nested:
        inner = shape.nested[name]
        return isinstance(value, list) and all(_item_fits(item, inner) for item in value)
    return name in shape.days or (value is not None and name in shape.easy)


def _item_fits(item: Any, shape: Shape) -> bool:
    return isinstance(item, Mapping) and all(_fits(name, value, shape) for name, value in item.items())


def unpack(datum: dict[str, Any], shape: Shape) -> dict[str, Any]:
    """Return plain data of a record's datum; raises ValueError for a day or JSON text that is none."""
    data = {name: value for name, value in datum.items() if value is not None}
    extra = data.pop("extra", None)
    for name in _present(shape.days, data):
        data[name] = from_day(data[name])
    for name in _present(shape.nested, data):
        data[name] = [unpack(item, shape.nested[name]) for item in data[name]]
    if extra:
        data["extra"] = from_texts(extra)
    return data


def _present(names: Iterable[str], data: Mapping[str, Any]) -> list[str]:
    return [name for name in names if name in data]
