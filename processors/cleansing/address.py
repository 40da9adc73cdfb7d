"""Addresses: province, city, district, street and detail, as far as the text says them for certain."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import msgspec

from processors.cleansing.address_contact import Contact, split_contact
from processors.cleansing.address_latin import Latin, latin_address
from processors.cleansing.address_match import State, contradicted, readings, shared_names
from processors.cleansing.address_remark import without_remark
from processors.cleansing.address_sars import district_of_hong_kong, with_city, with_region
from processors.cleansing.address_tail import remaining, tail, unrepeated
from processors.cleansing.base import ALL_ON, CACHED, Cleaned, settled
from processors.cleansing.divisions import CITY, DISTRICT, ONE_CITY, PROVINCE, Division, divisions, street_at
from processors.cleansing.gazetteer import is_zone, stem_of
from processors.cleansing.hanzi import is_han, simplified
from processors.cleansing.text import clean_text

AMBIGUOUS, RENAMED, SUCCEEDED, MOVED, COMPLETED, CONTACT, UNKNOWN, STREET, ZONE, LATIN, CONTRADICTED, REMARK = (
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
    "address.contradicted",
    "address.remark",
)

_TRAILING = " ,，、;；。:："
HONG_KONG = "810000"
_CITY_COUNTY = "市辖区"
_PREAMBLE = re.compile(
    r"(?:中华人民共和国|中国|china|cn|prc|(?:(?:我|本人|现|目前|家)?(?:住在?|居住[在于]?|位于|地处|家?在)|[寄发送][到往]?))[\s,，:：]*(?=[\u3400-\u9fff]{2})",
    re.IGNORECASE,
)
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
    if rest.startswith("新区") and _COUNTY_ZONE.fullmatch(named := f"{stem_of(place.city)}新区"):
        return _Place(place.province, place.city, named, place.adcode), remaining(rest, 2)
    match = _COUNTY_ZONE.match(rest, len(prefix))
    if match is None:
        return place, rest
    zoned = _Place(place.province, place.city, prefix + match[0] if prefix else match[0], place.adcode)
    return zoned, remaining(rest, match.end())


def _city_itself(place: _Place, current: Division, rest: str) -> tuple[_Place, str]:
    """Return a place with the district 市辖区, which statistics use for a city's own area, if that follows."""
    if current.level != CITY or not rest.startswith(_CITY_COUNTY):
        return place, rest
    adcode = current.code[:4] + "01"
    return _Place(place.province, place.city, _CITY_COUNTY, adcode), remaining(rest, len(_CITY_COUNTY))


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
    text, notes, contact = cleaned.value, list(cleaned.notes), None
    while CONTACT not in off and (found := split_contact(text)).address != text:
        contact = contact or found
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
    states, by_street = _settled(found, rest)
    if len(states) > 1:
        place = _common([state.division for state in states])
        street, zone, detail = tail(rest, "")
        candidates = tuple(sorted({state.division.adcode for state in states}))
        return _parsed(place, (street, zone, detail), rest, kept, (*mixed, AMBIGUOUS), candidates=candidates)
    written = states[0].division
    current = _today(written)
    place, notes = _place_of(current), _change_notes(written, current, states[0])
    if region_added and COMPLETED not in notes:
        notes.append(COMPLETED)
    if by_street:
        notes.append(STREET)
    place, rest, further = _completed(place, current, unrepeated(rest, current.code), body[: states[0].end])
    return _parsed(
        place,
        tail(rest, current.code),
        rest,
        kept,
        (*mixed, *notes, *(note for note in further if note not in notes)) if further or mixed else tuple(notes),
        successors=() if written.renamed else written.now,
        changed_on=written.changed_on,
    )


@cache
def _of_hong_kong() -> dict[str, str]:
    """Return the adcodes of the districts of Hong Kong by their names."""
    return {each.name: each.adcode for each in divisions().values() if each.city == HONG_KONG}


def _completed(place: _Place, current: Division, rest: str, read: str) -> tuple[_Place, str, list[str]]:
    """Return a place with what only the rest of its address says of it, what follows that, and the rules for it."""
    notes = []
    if current.code == HONG_KONG:
        quarter = f"香港{rest}" if read.endswith("香港") and rest.startswith("仔") else rest
        if district := district_of_hong_kong(simplified(quarter)):
            return _Place(place.province, place.city, district, _of_hong_kong()[district]), quarter, [COMPLETED]
    place, rest = _city_itself(place, current, rest)
    place, zoned = _zone_as_district(place, rest)
    if zoned is not rest:
        notes.append(ZONE)
    if contradicted(zoned, current):
        notes.append(CONTRADICTED)
    return place, zoned, notes


def _parsed(
    place: _Place, parts: tuple[str, str, str], rest: str, kept: Contact | None, notes: tuple[str, ...], **more: Any
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
        return _parsed(_place_of(latin.found[0]), parts, latin.detail, kept, notes)
    candidates = tuple(sorted({each.adcode for each in latin.found}))
    return _parsed(_common(latin.found), parts, latin.detail, kept, (*notes, AMBIGUOUS), candidates=candidates)
