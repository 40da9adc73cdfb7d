"""Addresses: province, city, district, street and detail, as far as the text says them for certain."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from processors.cleansing.address_contact import Contact, split_contact
from processors.cleansing.address_latin import Latin, latin_address
from processors.cleansing.address_match import State, readings
from processors.cleansing.address_place import COMPLETED, Place, common, completed, place_of
from processors.cleansing.address_remark import without_label, without_remark
from processors.cleansing.address_sars import with_city, with_region
from processors.cleansing.address_shared import not_only_a_city, shared_names
from processors.cleansing.address_tail import remaining, tail, unrepeated
from processors.cleansing.base import ALL_ON, CACHED, Cleaned, settled
from processors.cleansing.divisions import DISTRICT, PROVINCE, Division, divisions, street_at
from processors.cleansing.gazetteer import stem_of
from processors.cleansing.hanzi import is_han, simplified
from processors.cleansing.text import clean_text

NORMAL, AMBIGUOUS, RENAMED, SUCCEEDED, MOVED, CONTACT, UNKNOWN, STREET, LATIN, REMARK = (
    "address.normal",
    "address.ambiguous",
    "address.renamed",
    "address.succeeded",
    "address.moved",
    "address.contact",
    "address.unknown",
    "address.by_street",
    "address.latin",
    "address.remark",
)

_TRAILING = " ,，、;；。:："
_PREAMBLE = re.compile(
    r"(?:中华人民共和国|中国|china|cn|prc|(?:(?:我|本人|现|目前|家)?(?:住在?|居住[在于]?|位于|地处|家?在)|[寄发送][到往]?))[\s,，:：]*(?=[\u3400-\u9fff]{2})",
    re.IGNORECASE,
)


class Address(msgspec.Struct, frozen=True):
    """A parsed address; a part is empty where the text does not say it for certain.

    Province, city and district carry their official names. A city that is a province is its own city; a county
    that lies directly below its province has no city. A division that was only renamed, raised in rank or moved
    as a whole appears as it is today; one that was merged or split keeps its name, `successors` says what its
    territory is now and `changed_on` since when. `candidates` are the adcodes that an ambiguous name may mean.
    `remainder` is all that follows the divisions, `detail` the same without street and development zone.
    """

    province: str = ""
    city: str = ""
    district: str = ""
    street: str = ""
    zone: str = ""
    detail: str = ""
    adcode: str = ""
    remainder: str = ""
    successors: tuple[str, ...] = ()
    changed_on: str = ""
    candidates: tuple[str, ...] = ()
    contact: Contact | None = None
    notes: tuple[str, ...] = ()


def _settled(states: Sequence[State], rest: str) -> tuple[list[State], bool]:
    """Return the readings whose streets fit what follows, if that leaves one; and whether streets decided."""
    if len(states) == 1:
        return list(states), False
    fitting = [state for state in states if street_at(state.division.code, rest)]
    return (fitting, True) if len(fitting) == 1 else (list(states), False)


def _today(division: Division) -> Division:
    """Return the division under its present name where only name, rank or parent changed."""
    return divisions()[division.now[0]] if division.renamed else division


def _change_notes(written: Division, current: Division, state: State) -> list[str]:
    notes = []
    if written.renamed:
        same_stem = stem_of(written.name) == stem_of(current.name)
        moved = written.name == current.name or (same_stem and written.level != current.level)
        notes.append(MOVED if moved else RENAMED)
    elif written.now:
        notes.append(SUCCEEDED)
    elif state.contradicted:
        notes.append(MOVED)
    if current.level > PROVINCE and len(state.path) < current.level:
        notes.append(COMPLETED)
    return notes


@lru_cache(CACHED)
def clean_address(raw: str, limit: int = 400, off: frozenset[str] = ALL_ON) -> Cleaned:
    """Cleanse an address; the value is its text in one spelling, without a name or phone mixed into it.

    Details: `address` (an `Address`), `contact` (the `Contact` that stood in it).
    """
    return settled(lambda text: _address_once(text, limit, off), raw)


def _address_once(raw: str, limit: int, off: frozenset[str]) -> Cleaned:
    cleaned = clean_text(raw, limit, False, off)
    if cleaned.value is None:
        return cleaned
    notes, contact = list(cleaned.notes), None
    text = without_label(cleaned.value).rstrip(_TRAILING)
    if text != cleaned.value:
        notes.append(NORMAL)
    while CONTACT not in off and (found := split_contact(text)).address != text:
        contact = contact or (found if any(found[1:]) else None)
        text = found.address
        if CONTACT not in notes:
            notes.append(CONTACT)
    if REMARK not in off and (plain := without_remark(text)) != text:
        text = plain
        notes.append(REMARK)
    details: dict[str, Any] = {"contact": contact} if contact else {}
    if not text:
        return Cleaned(raw, None, tuple(notes), details)
    address = parse_address(text)
    details["address"] = address
    return Cleaned(raw, text, (*notes, *address.notes), details)


def _read(body: str) -> tuple[str, tuple[State, ...]]:
    """Return an address and its readings: in simplified characters where more is read then (臺北市大安區).

    Where nothing is read, an area of Hong Kong or Macau may stand there alone, or a name that several places share.
    """
    found = readings(body)
    if not (found and found[0].start == 0) and (said := _PREAMBLE.match(body)):
        behind = readings(body[said.end() :])
        if behind and behind[0].start == 0 and behind[0].path[0].level < DISTRICT:
            return body[said.end() :], behind
    plain = simplified(body)
    if plain != body:
        other = readings(plain)
        body, found = (plain, other) if _reach(other) > _reach(found) else (body, found)
    if found and found[0].division.level > PROVINCE:
        return body, found
    if full := with_city(body, found[0]) if found else with_region(remaining(plain, 0)):
        return full, readings(full)
    return body, found or shared_names(plain)


def _reach(found: Sequence[State]) -> int:
    return max((state.end for state in found), default=0)


@lru_cache(8_192)
def parse_address(text: str) -> Address:
    """Return the parts of an address in normal spelling (see `clean_text`)."""
    contact = split_contact(text)
    body, found = _read(contact.address.rstrip(_TRAILING))
    mixed = (CONTACT,) if contact.address != text else ()
    kept = contact if mixed else None
    if not found and not is_han(body) and (latin := latin_address(body)):
        return _of_latin(latin, kept, mixed)
    if not found:
        street, zone, detail = tail(body, "")
        return Address(street=street, zone=zone, detail=detail, remainder=body, contact=kept, notes=(*mixed, UNKNOWN))
    rest = remaining(body, found[0].end)
    region_added = len(body) > len(contact.address)  # simplified characters are as many
    states, by_street = _settled(not_only_a_city(body, found), rest)
    if len(states) > 1:
        place = common([state.division for state in states])
        street, zone, detail = tail(rest, "")
        candidates = tuple(sorted({state.division.adcode for state in states}))
        return _parsed(place, (street, zone, detail), rest, kept, (*mixed, AMBIGUOUS), candidates=candidates)
    written = states[0].division
    current = _today(written)
    place, notes = place_of(current), _change_notes(written, current, states[0])
    if region_added and COMPLETED not in notes:
        notes.append(COMPLETED)
    if by_street:
        notes.append(STREET)
    place, rest, further = completed(place, current, unrepeated(rest, current.code), body[: states[0].end])
    return _parsed(
        place,
        tail(rest, current.code),
        rest,
        kept,
        (*mixed, *notes, *(note for note in further if note not in notes)) if further or mixed else tuple(notes),
        successors=() if written.renamed else written.now,
        changed_on=written.changed_on,
    )


def _parsed(
    place: Place, parts: tuple[str, str, str], rest: str, kept: Contact | None, notes: tuple[str, ...], **more: Any
) -> Address:
    street, zone, detail = parts
    return Address(
        province=place.province,
        city=place.city,
        district=place.district,
        street=street,
        zone=zone,
        detail=detail,
        adcode=place.adcode,
        remainder=rest,
        contact=kept,
        notes=notes,
        **more,
    )


def _of_latin(latin: Latin, kept: Contact | None, mixed: tuple[str, ...]) -> Address:
    parts, notes = ("", "", latin.detail), (*mixed, LATIN)
    if len(latin.found) == 1:
        return _parsed(place_of(latin.found[0]), parts, latin.detail, kept, notes)
    candidates = tuple(sorted({each.adcode for each in latin.found}))
    return _parsed(common(latin.found), parts, latin.detail, kept, (*notes, AMBIGUOUS), candidates=candidates)
