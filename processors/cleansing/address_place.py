"""Where an address lies: its province, city and district, by the division it names and what follows that."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache

import msgspec

from processors.cleansing.address_match import contradicted
from processors.cleansing.address_sars import district_of_hong_kong
from processors.cleansing.address_tail import remaining
from processors.cleansing.divisions import CITY, DISTRICT, ONE_CITY, Division, divisions
from processors.cleansing.gazetteer import is_zone, stem_of
from processors.cleansing.hanzi import simplified

COMPLETED, ZONE, CONTRADICTED = ("address.completed", "address.zone", "address.contradicted")

_HONG_KONG = "810000"
_CITY_COUNTY = "市辖区"
# Zones that run themselves like a county where an address names none: national kinds, and the new areas by name.
_COUNTY_ZONE = re.compile(
    r"(?:国家级?)?(?:高新(?:技术)?(?:产业)?(?:开发)?区|高新区|经济(?:技术)?开发区|经开区|综合保税区|保税港?区|自贸区)"
    r"|(?:江北|天府|西咸|贵安|湘江|两江|赣江|金普|雄安|群岛|福州|滇中|哈尔滨|长春|南沙|杭州湾|前湾|东部|曲江|郑东)新区"
    r"|东湖(?:新技术|高新(?:技术)?)(?:产业)?(?:开发)?区|航空港(?:经济综合实验)?区"
)


class Place(msgspec.Struct, frozen=True):
    """The divisions of an address."""

    province: str = ""
    city: str = ""
    district: str = ""
    adcode: str = ""


@lru_cache(8_192)
def place_of(division: Division) -> Place:
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
    return Place(province, city, district, division.adcode or known[division.now[0]].adcode)


def common(found: Sequence[Division]) -> Place:
    """Return what equally good readings have in common."""
    places = [place_of(division) for division in found]
    first = places[0]

    def shared(level: str) -> str:
        value: str = getattr(first, level)
        return value if all(getattr(place, level) == value for place in places) else ""

    return Place(shared("province"), shared("city"), shared("district"))


def _zone_as_district(place: Place, rest: str) -> tuple[Place, str]:
    """Return a place with the development zone that follows its city as its district, and what follows that."""
    if place.district or not place.city:
        return place, rest
    prefix = next((name for name in (place.city, stem_of(place.city)) if rest.startswith(name)), "")
    if rest.startswith("新区") and _COUNTY_ZONE.fullmatch(named := f"{stem_of(place.city)}新区"):
        return Place(place.province, place.city, named, place.adcode), remaining(rest, 2)
    match = _COUNTY_ZONE.match(rest, len(prefix))
    if match is None:
        return place, rest
    zoned = Place(place.province, place.city, prefix + match[0] if prefix else match[0], place.adcode)
    return zoned, remaining(rest, match.end())


def _city_itself(place: Place, current: Division, rest: str) -> tuple[Place, str]:
    """Return a place with the district 市辖区, which statistics use for a city's own area, if that follows."""
    if current.level != CITY or not rest.startswith(_CITY_COUNTY):
        return place, rest
    adcode = current.code[:4] + "01"
    return Place(place.province, place.city, _CITY_COUNTY, adcode), remaining(rest, len(_CITY_COUNTY))


@cache
def _of_hong_kong() -> dict[str, str]:
    """Return the adcodes of the districts of Hong Kong by their names."""
    return {each.name: each.adcode for each in divisions().values() if each.city == _HONG_KONG}


def completed(place: Place, current: Division, rest: str, read: str) -> tuple[Place, str, list[str]]:
    """Return a place with what only the rest of its address says of it, what follows that, and the rules for it."""
    notes = []
    if current.code == _HONG_KONG:
        quarter = f"香港{rest}" if read.endswith("香港") and rest.startswith("仔") else rest
        if district := district_of_hong_kong(simplified(quarter)):
            return Place(place.province, place.city, district, _of_hong_kong()[district]), quarter, [COMPLETED]
    place, rest = _city_itself(place, current, rest)
    place, zoned = _zone_as_district(place, rest)
    if zoned is not rest:
        notes.append(ZONE)
    if contradicted(zoned, current):
        notes.append(CONTRADICTED)
    return place, zoned, notes
