"""What all models of the catalogue share: the base record, how it becomes plain data, what a type is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

Carrier = Literal["ids", "contact", "rep_id", "deal_id", "company"]


class Record(BaseModel):
    """Typed data, strict (a boolean or a text is not a number); unknown fields are kept, not rejected."""

    model_config = ConfigDict(
        strict=True, extra="allow", allow_inf_nan=False, hide_input_in_errors=True,
        defer_build=True,  # most events never meet their model: it is made for the first that does
    )  # fmt: skip

    NESTED: ClassVar[tuple[str, ...]] = ()
    """Names of the fields that hold lists of records."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """One type of event. `addresses` are the entity kinds that its facts go to, the most important first.

    `carried_by`: what can say whom it is about, any one is enough: `ids` of the subject, `contact` (one of the
    data fields in `contact` is filled), `rep_id`, `deal_id` or `company` of the data.
    """

    name: str
    model: type[Record]
    addresses: tuple[str, ...]
    carried_by: tuple[Carrier, ...] = ("ids",)
    contact: tuple[str, ...] = ()


def plain(record: Record) -> dict[str, Any]:
    """Return the set fields of a validated record; unknown ones under `extra`; nested records as dicts."""
    data = {name: value for name, value in record.__dict__.items() if value is not None}
    if record.__pydantic_extra__:
        data["extra"] = record.__pydantic_extra__
    for name in record.NESTED:
        if name in data:
            data[name] = [plain(item) for item in data[name]]
    return data


def flat(data: Mapping[str, Any], nested: Iterable[str] = ()) -> dict[str, Any]:
    """Return plain data in the form that a front end sends: what stands under `extra` beside the known fields.

    `nested` names the fields that hold lists of records.
    """
    known = {name: value for name, value in data.items() if name != "extra"}
    for name in nested:
        if name in known:
            known[name] = [flat(item) for item in known[name]]
    return {**data.get("extra", {}), **known}
