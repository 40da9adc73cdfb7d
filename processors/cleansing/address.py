"""Addresses: province, city, district, street and detail, as far as the text says them for certain."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from processors.cleansing.address_contact import Contact, split_contact
from processors.cleansing.address_latin import latin_address
from processors.cleansing.address_match import State, readings, shared_names
from processors.cleansing.address_sars import with_region
from processors.cleansing.base import ALL_ON, CACHED, Cleaned, settled
from processors.cleansing.divisions import CITY, DISTRICT, ONE_CITY, PROVINCE, Division, divisions, street_at
from processors.cleansing.gazetteer import is_zone, stem_of
from processors.cleansing.hanzi import is_han, simplified
from processors.cleansing.text import clean_text

AMBIGUOUS, RENAMED, SUCCEEDED, MOVED, COMPLETED, CONTACT, UNKNOWN, STREET, ZONE, LATIN = (
    "address.ambiguous",
    "address.renamed",
    "address.succeeded",
    "address.moved",
    "address.completed",
    "address.contact",
    "address.unknown",
    "address.by_street",
    "address.zone",
    "address.latin",
)

_LEADING = " ,，、;；/|_>-—:：.。·\"'()（）[]【】"
_STREET = re.compile(r"[\u3400-\u9fff]{2,8}?(?:街道|[镇乡](?![\u4e00-\u9fff]?[路街])|苏木)(?:办事处)?")
_ZONE = re.compile(
    r"[\u3400-\u9fff]{0,8}?(?:高新(?:技术)?(?:产业)?(?:开发)?区|经济(?:技术)?开发区|经开区|高新区|保税港?区|工业园区|开发区|产业园区|自贸区)"
)
_CITY_COUNTY = "市辖区"
# Zones that run themselves like a county where an address names none: national kinds, and the new areas by name.
_COUNTY_ZONE = re.compile(
    r"(?:国家级?)?(?:高新(?:技术)?(?:产业)?(?:开发)?区|高新区|经济(?:技术)?开发区|经开区|综合保税区|保税港?区|自贸区)"
    r"|(?:江北|天府|西咸|贵安|湘江|两江|赣江|金普|雄安|群岛|福州|滇中|哈尔滨|长春|南沙|杭州湾|前湾|东部|曲江|郑东)新区"
    r"|东湖(?:新技术|高新(?:技术)?)(?:产业)?(?:开发)?区|航空港(?:经济综合实验)?区"
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


class _Place(msgspec.Struct, frozen=True):
    """The divisions of an address."""

    province: str = ""
    city: str = ""
    district: str = ""
    adcode: str = ""


@lru_cache(8_192)
def _place_of(division: Division) -> _Place:
    """Return the names of a division and of what it lies in."""
    known = divisions()
    province, city, district = known[division.province].name, "", ""
    if division.province in ONE_CITY:
        city = province
    elif division.level == CITY:
        city = division.name
    elif division.city:
        city = known[division.city].name
    if division.level == DISTRICT:
        district = division.name.removeprefix(city) if city and is_zone(division) else division.name
    return _Place(province, city, district, division.adcode or known[division.now[0]].adcode)


def _common(found: Sequence[Division]) -> _Place:
    """Return what equally good readings have in common."""
    places = [_place_of(division) for division in found]
    first = places[0]

    def shared(level: str) -> str:
        value: str = getattr(first, level)
        return value if all(getattr(place, level) == value for place in places) else ""

    return _Place(shared("province"), shared("city"), shared("district"))


def _zone_as_district(place: _Place, rest: str) -> tuple[_Place, str]:
    """Return a place with the development zone that follows its city as its district, and what follows that."""
    if place.district or not place.city:
        return place, rest
    prefix = next((name for name in (place.city, stem_of(place.city)) if rest.startswith(name)), "")
    match = _COUNTY_ZONE.match(rest, len(prefix))
    if match is None:
        return place, rest
    zoned = _Place(place.province, place.city, prefix + match[0] if prefix else match[0], place.adcode)
    return zoned, _remaining(rest, match.end())


def _city_itself(place: _Place, current: Division, rest: str) -> tuple[_Place, str]:
    """Return a place with the district 市辖区, which statistics use for a city's own area, if that follows."""
    if current.level != CITY or not rest.startswith(_CITY_COUNTY):
        return place, rest
    adcode = current.code[:4] + "01"
    return _Place(place.province, place.city, _CITY_COUNTY, adcode), _remaining(rest, len(_CITY_COUNTY))


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


def _remaining(text: str, end: int) -> str:
    return text[end:].lstrip(_LEADING)


def _tail(rest: str, code: str) -> tuple[str, str, str]:
    """Return street, development zone and detail of what follows the divisions."""
    street = street_at(code, rest)
    zone = ""
    zoned = "区" in rest  # few are: nothing else can be a zone
    if zoned and _ZONE.fullmatch(street):  # some zones are counted among the streets
        zone, street, rest = street, "", _remaining(rest, len(street))
    elif zoned and not street and (match := _ZONE.match(rest)):
        zone, rest = match[0], _remaining(rest, match.end())
        street = street_at(code, rest)
    if not street and (match := _STREET.match(rest)):
        street = match[0]
    rest = _remaining(rest, len(street))
    if zoned and not zone and (match := _ZONE.match(rest)):
        zone, rest = match[0], _remaining(rest, match.end())
    return street, zone, rest


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
    text, notes, contact = cleaned.value, list(cleaned.notes), None
    while CONTACT not in off and (found := split_contact(text)).address != text:
        contact = contact or found
        text = found.address
        if CONTACT not in notes:
            notes.append(CONTACT)
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
    found, plain = readings(body), simplified(body)
    if plain != body:
        other = readings(plain)
        body, found = (plain, other) if _reach(other) > _reach(found) else (body, found)
    if found:
        return body, found
    if full := with_region(plain.lstrip(_LEADING)):
        return full, readings(full)
    return body, shared_names(plain)


def _reach(found: Sequence[State]) -> int:
    return max((state.end for state in found), default=0)


@lru_cache(8_192)
def parse_address(text: str) -> Address:
    """Return the parts of an address in normal spelling (see `clean_text`)."""
    contact = split_contact(text)
    body, found = _read(contact.address)
    states: Sequence[State] = found
    mixed = [CONTACT] if contact.address != text else []
    kept = contact if mixed else None
    if not states and not is_han(body) and (latin := latin_address(body)):
        place = _common(latin.found) if len(latin.found) > 1 else _place_of(latin.found[0])
        return Address(
            province=place.province,
            city=place.city,
            district=place.district,
            adcode=place.adcode,
            detail=latin.detail,
            remainder=latin.detail,
            candidates=tuple(sorted({each.adcode for each in latin.found})) if len(latin.found) > 1 else (),
            contact=kept,
            notes=(*mixed, LATIN, *([AMBIGUOUS] if len(latin.found) > 1 else [])),
        )
    if not states:
        street, zone, detail = _tail(body, "")
        return Address(street=street, zone=zone, detail=detail, remainder=body, contact=kept, notes=(*mixed, UNKNOWN))
    rest = _remaining(body, states[0].end)
    region_added = len(body) > len(contact.address)  # simplified characters are as many
    states, by_street = _settled(states, rest)
    written = states[0].division
    if len(states) > 1:
        place, current, notes = _common([state.division for state in states]), written, [AMBIGUOUS]
    else:
        current = _today(written)
        place, notes = _place_of(current), _change_notes(written, current, states[0])
    if region_added and COMPLETED not in notes:
        notes.append(COMPLETED)
    if by_street:
        notes.append(STREET)
    if len(states) == 1:
        place, rest = _city_itself(place, current, rest)
        place, zoned = _zone_as_district(place, rest)
        if zoned is not rest:
            rest = zoned
            notes.append(ZONE)
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
        candidates=tuple(sorted({state.division.adcode for state in states})) if len(states) > 1 else (),
        contact=kept,
        notes=(*mixed, *notes),
    )
