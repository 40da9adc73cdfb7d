"""The data of an event against the model of its type: plain data, or a refusal with the first error."""

from collections.abc import Mapping
from typing import Any, NoReturn

from pydantic import ValidationError

from processors.decoding.refusing import fail, step_into
from schemas.catalogue import EventType
from schemas.catalogue.base import plain


def validated(event: EventType, data: Any) -> dict[str, Any]:
    """Return the set fields of the data in normal form, unknown ones under `extra`; raises Refused."""
    if type(data) is not dict:
        fail("bad_field", "/data", "an object with the fields of the type")
    try:
        return plain(event.model.__pydantic_validator__.validate_python(data))
    except ValidationError as error:
        _refuse(event, error)


def _refuse(event: EventType, errors: ValidationError) -> NoReturn:
    first = errors.errors(include_url=False)[0]
    place = [part for part in first["loc"] if part != "[key]"]
    pointer = "/data"
    for part in place:
        pointer = step_into(pointer, part)
    known = event.model.model_fields.get(str(place[0])) if place else None
    meaning = known.description if known else None
    if first["type"] == "missing" or first["input"] is None:
        fail("missing_field", pointer, f"required: {meaning}")
    hint = first["msg"].replace("Input should be ", "").replace("String should ", "a text that should ")
    fail("bad_time" if first["type"] == "bad_time" else "bad_field", pointer, f"{meaning}: {hint}")


def has_contact(event: EventType, data: Mapping[str, Any]) -> bool:
    """Return whether one of the fields that count as an identifier is filled."""
    return any(_filled(data.get(name)) for name in event.contact)


def _filled(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_filled(cell) for cell in value.values())
    return isinstance(value, str) and bool(value.strip())
