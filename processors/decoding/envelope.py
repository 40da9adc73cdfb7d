"""The envelope of a touchpoint: checked by hand, because every event passes here and its errors must be exact."""

import re
from typing import Any

from processors.decoding.event_data import has_contact, validated
from processors.decoding.refusing import fail, without_nul
from schemas.catalogue import TYPES, EventType
from schemas.times import LATEST, TIME_HINT, parse_iso
from schemas.touchpoint import SubjectId, Touchpoint

FIELDS = frozenset(("event_id", "type", "source", "occurred_at", "subject", "rep_id", "data"))
LONGEST_NAME = 64
LONGEST_ID = 256
MOST_IDS = 32
ID_FIELDS = frozenset(("kind", "value", "verified"))
KINDS = frozenset(
    (
        "phone", "email", "wechat_unionid", "wechat_openid", "qq", "douyin", "kuaishou", "id_number", "device",
        "customer",
    )
)  # fmt: skip
CRM = re.compile(r"crm:[A-Za-z0-9][A-Za-z0-9_.-]{0,31}", re.ASCII)
KIND_HINT = "one of " + ", ".join(sorted(KINDS)) + ", or crm:<system>"
VALUE_HINT = f"a text of 1 to {LONGEST_ID} characters that is not blank"


def build(event: Any, received_at: int, extra: dict[str, Any] | None = None, *, nul: bool = False) -> Touchpoint:
    """Return the touchpoint of an event in its JSON form; raises Refused.

    `extra` are the unknown fields of an event that came as Avro, where `occurred_at` is in ms; None for JSON.
    `nul` says that some text holds a NUL character, which is taken out of data and unknown fields.
    """
    if type(event) is not dict:
        fail("bad_field", "", "a JSON object")
    event_id = _name(event, "event_id")
    kind = _type(event)
    source = _name(event, "source")
    occurred_at = _moment(event, avro=extra is not None)
    if extra is None:
        extra = {name: event[name] for name in event.keys() - FIELDS} if event.keys() - FIELDS else {}
    ids = _ids(event, extra)
    rep_id = None if event.get("rep_id") in (None, "") else _name(event, "rep_id")
    data = event.get("data")
    data = {} if data is None else data
    if nul:
        data, extra = without_nul(data), without_nul(extra)
    data = validated(kind, data)
    check_subject(kind, ids, rep_id, data)
    return Touchpoint(
        event_id=event_id, type=kind.name, source=source, occurred_at=occurred_at, received_at=received_at,
        ids=ids, rep_id=rep_id, data=data, extra=extra,
    )  # fmt: skip


def _name(event: dict[str, Any], field: str) -> str:
    name = event.get(field)
    if name is None:
        fail("missing_field", f"/{field}", f"required: a text of 1 to {LONGEST_NAME} characters")
    if type(name) is not str or not 0 < len(name) <= LONGEST_NAME or "\x00" in name:
        fail("bad_field", f"/{field}", f"a text of 1 to {LONGEST_NAME} characters without NUL")
    return name


def _type(event: dict[str, Any]) -> EventType:
    name = event.get("type")
    if name is None:
        fail("missing_field", "/type", "required: one of the types in docs/events.md")
    if type(name) is not str:
        fail("bad_field", "/type", "a text: one of the types in docs/events.md")
    kind = TYPES.get(name)
    if kind is None:
        fail("unknown_type", "/type", "one of the types in docs/events.md")
    return kind


def _moment(event: dict[str, Any], *, avro: bool) -> int:
    value = event.get("occurred_at")
    if value is None:
        fail("missing_field", "/occurred_at", f"required: {TIME_HINT}")
    if avro and type(value) is int and 0 <= value <= LATEST:
        return value
    moment = parse_iso(value) if type(value) is str else None
    if moment is None:
        fail("bad_time", "/occurred_at", TIME_HINT)
    return moment


def _ids(event: dict[str, Any], extra: dict[str, Any]) -> tuple[SubjectId, ...]:
    subject = event.get("subject")
    if subject is None:
        return ()
    if type(subject) is not dict:
        fail("bad_field", "/subject", 'an object such as {"ids": []}')
    ids = subject.get("ids")
    if ids is None:
        ids = []
    if type(ids) is not list or len(ids) > MOST_IDS:
        fail("bad_field", "/subject/ids", f"an array of at most {MOST_IDS} identifiers")
    found = tuple([_id(index, one) for index, one in enumerate(ids)])
    if subject.keys() - {"ids"} or any(one.keys() - ID_FIELDS for one in ids):
        extra["subject"] = _unknown(subject, ids)
    return found


def _id(index: int, one: Any) -> SubjectId:
    if type(one) is not dict:
        fail("bad_identifier", f"/subject/ids/{index}", "an object with kind and value")
    kind, value, verified = one.get("kind"), one.get("value"), one.get("verified")
    if type(kind) is not str or (kind not in KINDS and not is_crm(kind)):
        fail("bad_identifier", f"/subject/ids/{index}/kind", KIND_HINT)
    if type(value) is not str or len(value) > LONGEST_ID or "\x00" in value or not value.strip():
        fail("bad_identifier", f"/subject/ids/{index}/value", VALUE_HINT)
    if verified is not None and type(verified) is not bool:
        fail("bad_identifier", f"/subject/ids/{index}/verified", "true or false")
    return SubjectId(kind, value, verified or False)


def _unknown(subject: dict[str, Any], ids: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the unknown fields of the subject and of its identifiers, in the shape in which they came."""
    unknown = {name: value for name, value in subject.items() if name != "ids"}
    fields = [{name: value for name, value in one.items() if name not in ID_FIELDS} for one in ids]
    return {**unknown, "ids": fields} if any(fields) else unknown


def is_crm(kind: str) -> bool:
    """Tell whether a kind of identifier is that of a customer system, `crm:<system>`."""
    return CRM.fullmatch(kind) is not None


def check_subject(kind: EventType, ids: tuple[SubjectId, ...], rep_id: str | None, data: dict[str, Any]) -> None:
    """Refuse an event that does not say whom it is about; raises Refused."""
    carried = kind.carried_by
    if "deal_id" in carried or "company" in carried or ("ids" in carried and ids):
        return
    if ("rep_id" in carried and rep_id) or ("contact" in carried and has_contact(kind, data)):
        return
    if "ids" not in carried:
        fail("no_subject", "/rep_id", "the id of the salesperson whom the event is about")
    also = ", or rep_id" if "rep_id" in carried else ""
    also += f", or one of these in data: {', '.join(kind.contact)}" if kind.contact else ""
    fail("no_subject", "/subject", f"at least one identifier of whom the event is about{also}")
