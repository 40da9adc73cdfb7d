"""From a touchpoint to facts: cleanse what it carries, say whom it is about, address it to its entities."""

from collections.abc import Mapping
from typing import Any

import msgspec

from processors.cleansing.email import standing
from processors.cleansing.phone_plan import is_line
from processors.cleansing.record import CleansingOptions, cleanse_identifier, cleanse_record
from processors.companies import company_entity
from processors.identity import Known, Subject
from schemas.catalogue import TYPES
from schemas.fact import Fact, Note, Origin
from schemas.identity import IdKey
from schemas.ids import entity_key
from schemas.outcome import Refusal
from schemas.touchpoint import Touchpoint

# Fields of a touchpoint's data that identify a person; each is also the kind of identifier that it is.
CONTACT_FIELDS = ("phone", "email", "wechat", "qq", "douyin", "kuaishou", "id_number")
CONTACT_KINDS = frozenset(CONTACT_FIELDS) - {"id_number"}
NAMING_TYPES = frozenset({"form_submitted", "lead_updated", "lead_imported"})
# Types in which people speak for themselves, or a table for them: by what they are known they can be reached. Who
# updates a lead says by the subject which one is meant, perhaps by a number that it had.
SPEAKING_TYPES = frozenset({"form_submitted", "lead_imported"})
_EXTENSION = ";ext="


class Cleansed(msgspec.Struct, frozen=True, kw_only=True):
    """A touchpoint after cleansing, before identity: its data in normal form, and whom it says it is about.

    `company` is the company's entity, for types that are addressed to one.
    """

    touchpoint: Touchpoint
    data: Mapping[str, Any]
    notes: tuple[Note, ...]
    subject: Subject
    company: str | None = None


def cleanse(touchpoint: Touchpoint, options: CleansingOptions) -> Cleansed | Refusal:
    """Return the cleansed touchpoint, or why it cannot be used. Never raises; twice gives the same as once."""
    data, notes = cleanse_record(touchpoint.type, touchpoint.data, options, touchpoint.occurred_at)
    known: dict[IdKey, bool] = {}
    unusable: list[int] = []
    for position, given in enumerate(touchpoint.ids):
        key = cleanse_identifier(given.kind, given.value, options)
        if key is None:
            unusable.append(position)
        else:
            known[key] = known.get(key, False) or given.verified
    fresh: frozenset[IdKey] = frozenset()
    if touchpoint.type in NAMING_TYPES:
        contacts = _contacts(data.get("row", data), options)
        if touchpoint.type == "lead_updated":  # the subject says whom it is about, the data what is new of them
            fresh = frozenset(contacts).difference(known)
        for key in contacts:
            known.setdefault(key, False)
    if touchpoint.type in SPEAKING_TYPES and touchpoint.ids:
        data = _reachable(touchpoint.type, data, known)
    if unusable and not known:
        return Refusal(
            "bad_identifier",
            f"/subject/ids/{unusable[0]}/value",
            f"not a usable {touchpoint.ids[unusable[0]].kind}; check that value and kind belong together",
            touchpoint.event_id,
        )
    company = None
    if "company" in TYPES[touchpoint.type].addresses:
        company = company_entity(data.get("company") or data.get("buyer"), options.rules.company_short_names)
        if company is None:
            return _nameless(touchpoint)
    ids = tuple([Known(key, verified, key in fresh) for key, verified in known.items()])
    subject = _subject(touchpoint, data, ids, options)
    if touchpoint.type in NAMING_TYPES and data.get("row", data).get("name"):
        subject = _without_shared(subject)
    return Cleansed(touchpoint=touchpoint, data=data, notes=notes, subject=subject, company=company)


def _reachable(kind_of_event: str, data: dict[str, Any], known: Mapping[IdKey, bool]) -> dict[str, Any]:
    """Return data with the contacts that only the subject has; a number beside the phone is a further one."""
    in_row = kind_of_event == "lead_imported"
    fields: Mapping[str, Any] = data.get("row", {}) if in_row else data
    added: dict[str, Any] = {}
    for (kind, value), _ in sorted(known.items(), key=lambda each: not each[1]):  # verified ones first
        if kind not in CONTACT_KINDS:
            continue
        value, _, extension = value.partition(_EXTENSION)
        if kind not in fields and kind not in added:
            added |= {kind: value, "phone_extension": extension} if extension else {kind: value}
        elif kind == "phone" and value not in (fields.get(kind), added.get(kind)):
            others = added.get("phone_others", fields.get("phone_others")) or ()
            if value not in others:
                added["phone_others"] = [*others, value]
    if not added:
        return data
    return {**data, "row": {**fields, **added}} if in_row else {**data, **added}


def _nameless(touchpoint: Touchpoint) -> Refusal:
    field = "buyer" if "buyer" in touchpoint.data else "company"
    return Refusal(
        "no_subject", f"/data/{field}", "the name of a company, not only its legal form", touchpoint.event_id
    )


def _contacts(fields: Mapping[str, Any], options: CleansingOptions) -> list[IdKey]:
    given = {field: fields[field] for field in CONTACT_FIELDS if isinstance(fields.get(field), str)}
    if "phone" in given and (extension := fields.get("phone_extension")):
        given["phone"] += f"转{extension}"
    found = (cleanse_identifier(field, value, options) for field, value in given.items())
    return [key for key in found if key is not None]


def _subject(
    touchpoint: Touchpoint, data: Mapping[str, Any], ids: tuple[Known, ...], options: CleansingOptions
) -> Subject:
    event_id, at = touchpoint.event_id, touchpoint.occurred_at
    if touchpoint.type != "phone_changed":
        return Subject(event_id=event_id, at=at, ids=ids)
    old = cleanse_identifier("phone", data.get("old") or "", options)
    new = cleanse_identifier("phone", data.get("new") or "", options)
    confirmed = bool(data.get("old_code_verified") and data.get("new_code_verified"))
    if confirmed and old is not None and new is not None and old != new:
        return Subject(event_id=event_id, at=at, ids=ids, change=(old, new))
    if old is not None and all(known.key != old for known in ids):
        ids = (*ids, Known(old, False))  # nothing moves: it is about whoever holds the old number
    return Subject(event_id=event_id, at=at, ids=ids)


def _without_shared(subject: Subject) -> Subject:
    """Return the subject of an event that names somebody: whom others may share a contact with, that does not tell."""
    shared = tuple([known for known in subject.ids if not known.verified and _is_shared(known.key)])
    if not shared:
        return subject
    return msgspec.structs.replace(subject, ids=tuple(one for one in subject.ids if one not in shared), shared=shared)


def _is_shared(key: IdKey) -> bool:
    """Tell whether a contact is an office's or a household's rather than one person's."""
    if key.kind == "phone":
        return is_line(key.value)
    return key.kind == "email" and not standing(key.value)[1]


def facts_of(cleansed: Cleansed, lead: str | None, origin: Origin, known_at: int, own: str | None = None) -> list[Fact]:
    """Return one fact per entity that the touchpoint's type is addressed to and that it names.

    `origin` is the touchpoint's own (index 0); fact n carries index n. `known_at` (ms) is when we could know. `own`
    is the event's own lead where its facts are sent to another one of the same person: it stands last in `via`.
    """
    touchpoint, data, known = cleansed.touchpoint, cleansed.data, cleansed.subject.contacts
    via = tuple([f"{one.key.kind}:{one.key.value}" for one in known])
    verified = tuple([str(one.key) for one in known if one.verified])
    if own is not None and own != lead:
        via = (*via, own)
    facts: list[Fact] = []
    for kind in TYPES[touchpoint.type].addresses:
        entity = lead if kind == "lead" else _entity(kind, cleansed)
        if entity is None:
            continue
        fact = Fact(
            entity=entity,
            type=touchpoint.type,
            at=touchpoint.occurred_at,
            known_at=known_at,
            origin=msgspec.structs.replace(origin, index=len(facts)) if facts else origin,
            event_id=touchpoint.event_id,
            source=touchpoint.source,
            rep_id=touchpoint.rep_id,
            lead=lead,
            data=data,
            via=via,
            verified=verified,
            notes=cleansed.notes,
        )
        facts.append(fact)
    return facts


def _entity(kind: str, cleansed: Cleansed) -> str | None:
    touchpoint, data = cleansed.touchpoint, cleansed.data
    match kind:
        case "rep":
            return entity_key("rep", touchpoint.rep_id) if touchpoint.rep_id else None
        case "deal":
            return entity_key("deal", data["deal_id"]) if data.get("deal_id") else None
        case "region":
            return entity_key("region", data["region"]) if data.get("region") else None
        case "company":
            return cleansed.company
        case _:
            return None
