"""Addresses: province, city, district, street and detail, as far as the text says them for certain."""

import re
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from processors.cleansing.address_contact import Contact, split_contact
from processors.cleansing.address_match import State, readings
from processors.cleansing.base import ALL_ON, Cleaned
from processors.cleansing.divisions import CITY, DISTRICT, ONE_CITY, PROVINCE, Division, divisions, street_at
from processors.cleansing.gazetteer import is_zone
from processors.cleansing.text import clean_text

PARSED, AMBIGUOUS, RENAMED, SUCCEEDED, MOVED, COMPLETED, CONTACT, UNKNOWN, STREET = (
    "address.parsed",
    "address.ambiguous",
    "address.renamed",
    "address.succeeded",
    "address.moved",
    "address.completed",
    "address.contact",
    "address.unknown",
    "address.by_street",
)

_LEADING = " ,，、;；/|_>-—:：.。·\"'()（）[]【】"
_STREET = re.compile(r"[\u3400-\u9fff]{2,8}?(?:街道|[镇乡](?![\u4e00-\u9fff]?[路街])|苏木)(?:办事处)?")
_ZONE = re.compile(
    r"[\u3400-\u9fff]{0,8}?(?:高新(?:技术)?(?:产业)?(?:开发)?区|经济(?:技术)?开发区|经开区|高新区|保税港?区|工业园区|开发区|产业园区|自贸区)"
)
_CITY_COUNTY = "市辖区"


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


class _Place(msgspec.Struct):
    """The divisions of an address while they are worked out."""

    province: str = ""
    city: str = ""
    district: str = ""
    adcode: str = ""


def _place_of(division: Division) -> _Place:
    """Return the names of a division and of what it lies in."""
    known = divisions()
    place = _Place(known[division.province].name, adcode=division.adcode or known[division.now[0]].adcode)
    if division.province in ONE_CITY:
        place.city = place.province
    elif division.level == CITY:
        place.city = division.name
    elif division.city:
        place.city = known[division.city].name
    if division.level == DISTRICT:
        city = place.city if is_zone(division) else ""
        place.district = division.name.removeprefix(city) if city else division.name
    return place


def _common(found: Sequence[Division]) -> _Place:
    """Return what equally good readings have in common."""
    places = [_place_of(division) for division in found]
    first = places[0]
    common = _Place()
    for level in ("province", "city", "district"):
        values = {getattr(place, level) for place in places}
        if len(values) == 1:
            setattr(common, level, getattr(first, level))
    return common


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
        moved = current.city != written.city or written.name == current.name
        notes.append(MOVED if moved else RENAMED)
    elif written.now:
        notes.append(SUCCEEDED)
    elif state.contradicted:
        notes.append(MOVED)
    if current.level > PROVINCE and len(state.path) < current.level:
        notes.append(COMPLETED)
    return notes


def _remaining(text: str, end: int) -> str:
    return text[end:].lstrip(_LEADING)


def _tail(rest: str, code: str) -> tuple[str, str, str]:
    """Return street, development zone and detail of what follows the divisions."""
    street = street_at(code, rest)
    zone = ""
    if not street and (match := _ZONE.match(rest)):
        zone, rest = match[0], _remaining(rest, match.end())
        street = street_at(code, rest)
    if not street and (match := _STREET.match(rest)):
        street = match[0]
    rest = _remaining(rest, len(street))
    if not zone and (match := _ZONE.match(rest)):
        zone, rest = match[0], _remaining(rest, match.end())
    return street, zone, rest


@lru_cache(8_192)
def parse_address(text: str) -> Address:
    """Return the parts of an address in normal spelling (see `clean_text`)."""
    contact = split_contact(text)
    body = contact.address
    states = readings(body)
    mixed = [CONTACT] if body != text else []
    kept = contact if mixed else None
    if not states:
        street, zone, detail = _tail(body, "")
        return Address(street=street, zone=zone, detail=detail, remainder=body, contact=kept, notes=(*mixed, UNKNOWN))
    rest = _remaining(body, states[0].end)
    states, by_street = _settled(states, rest)
    written = states[0].division
    if len(states) > 1:
        place, current, notes = _common([state.division for state in states]), written, [AMBIGUOUS]
    else:
        current = _today(written)
        place, notes = _place_of(current), _change_notes(written, current, states[0])
    if by_street:
        notes.append(STREET)
    if rest.startswith(_CITY_COUNTY) and len(states) == 1 and current.level == CITY:
        rest, place.district = _remaining(rest, len(_CITY_COUNTY)), _CITY_COUNTY
        place.adcode = current.code[:4] + "01"
    street, zone, detail = _tail(rest, current.code if len(states) == 1 else "")
    return Address(
        province=place.province,
        city=place.city,
        district=place.district,
        street=street,
        zone=zone,
        detail=detail,
        adcode=place.adcode,
        remainder=rest,
        successors=written.now if not written.renamed and len(states) == 1 else (),
        changed_on=written.changed_on if len(states) == 1 else "",
        candidates=tuple(sorted(state.division.adcode for state in states)) if len(states) > 1 else (),
        contact=kept,
        notes=(*mixed, *notes),
    )
