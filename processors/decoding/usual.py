"""The usual event: JSON of a known type without unknown fields, read and checked in one go.

It takes a third of the time of `envelope.build` and its models. Whatever is unusual or wrong is left to those, which
say what is wrong and where; `tests/property/test_usual_events.py` holds both against each other.
"""

from functools import reduce
from operator import or_
from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta

from processors.decoding.envelope import KINDS, LONGEST_ID, LONGEST_NAME, MOST_IDS, check_subject, is_crm
from processors.decoding.refusing import Refused
from schemas.catalogue import TYPES, EventType
from schemas.catalogue.structs import Read, read_of
from schemas.times import parse_iso
from schemas.touchpoint import SubjectId, Touchpoint

NAME = Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]


class Who(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The subject of an event."""

    ids: Annotated[tuple[SubjectId, ...], Meta(max_length=MOST_IDS)] = ()


class Event(msgspec.Struct, forbid_unknown_fields=True, tag_field="type", kw_only=True, gc=False):
    """The envelope; each type has its own, with its `data`."""

    kind: ClassVar[EventType]
    read: ClassVar[Read]
    data: Any
    event_id: NAME
    source: NAME
    occurred_at: str
    subject: Who | None = None
    rep_id: Annotated[str, Meta(max_length=LONGEST_NAME)] | None = None


def read_usual(payload: bytes, received_at: int) -> Touchpoint | None:
    """Return the touchpoint of an event in JSON without NUL characters; None where `build` must look."""
    try:
        event = DECODER.decode(payload)
        data = event.read.data(event.data)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    ids = event.subject.ids if event.subject is not None else ()
    for one in ids:
        if not _usable(one):
            return None
    occurred_at = parse_iso(event.occurred_at)
    if occurred_at is None:
        return None
    rep_id = event.rep_id or None
    try:
        check_subject(event.kind, ids, rep_id, data)
    except Refused:
        return None
    return Touchpoint(
        event_id=event.event_id, type=event.kind.name, source=event.source, occurred_at=occurred_at,
        received_at=received_at, ids=ids, rep_id=rep_id, data=data, extra={},
    )  # fmt: skip


def _usable(one: SubjectId) -> bool:
    kind, value = one.kind, one.value
    return (kind in KINDS or is_crm(kind)) and len(value) <= LONGEST_ID and not (not value or value.isspace())


def _event(kind: EventType, read: Read) -> type[msgspec.Struct]:
    return msgspec.defstruct(
        kind.name, [("data", read.struct)], bases=(Event,), namespace={"kind": kind, "read": read}, tag=kind.name,
        kw_only=True,
    )  # fmt: skip


def _decoder() -> msgspec.json.Decoder[Event]:
    readable = [(kind, read) for kind in TYPES.values() if (read := read_of(kind.model)) is not None]
    return msgspec.json.Decoder(reduce(or_, [_event(*one) for one in readable]))


DECODER = _decoder()
