"""What follows the divisions of an address: them once more, the street, a development zone, the detail."""

import re
from functools import lru_cache

from processors.cleansing.divisions import divisions, street_at, streets_of
from processors.cleansing.gazetteer import stem_of

_LEADING = " ,，、;；/|_>-—:：.。·\"'()（）[]【】"
_BRACKETS = {"(": ")", "（": "）", "[": "]", "【": "】"}
_STREET = re.compile(
    r"[\u3400-\u9fff](?:(?![区县市路](?!街道|[镇乡]))[\u3400-\u9fff]){1,7}?(?:街道|[镇乡](?![\u4e00-\u9fff]?[路街])|苏木)(?:办事处)?"
)
_ZONE = re.compile(
    r"[\u3400-\u9fff]{0,8}?(?:高新(?:技术)?(?:产业)?(?:开发)?区|经济(?:技术)?开发区|经开区|高新区|保税港?区|工业园区|开发区|产业园区|自贸区)"
)
_OFFICE = re.compile(r"(?:街道)?办(?:事处)?(?![公学])")
_SHORT_OFFICE = re.compile(r"([\u3400-\u9fff]{2,4}?)街?办(?:事处)?(?![公学])")
_AS_DISTRICT = re.compile(r"([\u3400-\u9fff]{1,3})区")
# Bodies that are named after the division before them: that is a part of their name.
_BODIES = re.compile(
    "人民|政[府务]|公安|检察|法院|教育|卫生|税务|财政|第[一二三四五六七八九十]|中医|中心|实验|妇幼|委|医院|[中小大]学"
)
_BETWEEN = tuple(" ,，")


def remaining(text: str, end: int) -> str:
    """Return what follows a place in a text without separators; a bracket that closes later stays open."""
    rest = text[end:]
    found = rest.lstrip(_LEADING)
    if len(found) == len(rest):
        return found
    before = rest[: len(rest) - len(found)]
    if (closing := _BRACKETS.get(before[-1])) and closing in found:
        return before[-1] + found
    return found


@lru_cache(8_192)
def _chain(code: str) -> tuple[tuple[str, bool], ...]:
    """Return the names of a division and of what it lies in, the longest first, and whether each has its rank."""
    known = divisions()
    division = known[code]
    full = {known[each].name for each in (division.province, division.city, code) if each}
    bare = {stem_of(name) for name in full} - full
    return tuple(
        sorted([*((name, True) for name in full), *((name, False) for name in bare)], key=lambda each: -len(each[0]))
    )


@lru_cache(8_192)
def _heads(code: str) -> frozenset[str]:
    """Return how those names begin, with rank or without: most texts go on otherwise."""
    known = divisions()
    division = known[code]
    return frozenset(known[each].name[:2] for each in (division.province, division.city, code) if each)


def unrepeated(rest: str, code: str) -> str:
    """Return what follows a division without its names said again: 内蒙古赤峰市松山区 behind 赤峰市松山区.

    The last of them must have its rank, and give its name to no body (西湖区人民法院).
    """
    if not code or rest[:2] not in _heads(code):
        return rest
    end, reached = 0, 0
    while named := next((each for each in _chain(code) if rest.startswith(each[0], reached)), None):
        reached += len(named[0])
        if named[1] and not _BODIES.match(rest, reached):
            end = reached
        while rest[reached : reached + 1] in _BETWEEN:
            reached += 1
    return remaining(rest, end) if end else rest


def tail(rest: str, code: str) -> tuple[str, str, str]:
    """Return street, development zone and detail of what follows the divisions (`code`: the smallest, or empty)."""
    street, width = _street(rest, code)
    zone = ""
    zoned = "区" in rest  # few are: nothing else can be a zone
    if zoned and _ZONE.fullmatch(street):  # some zones are counted among the streets
        zone, street, rest = street, "", remaining(rest, width)
        width = 0
    elif zoned and not street and (match := _ZONE.match(rest)):
        zone, rest = match[0], remaining(rest, match.end())
        street, width = _street(rest, code)
    if not street and (match := _STREET.match(rest)):
        street, width = match[0], match.end()
    if street and (match := _OFFICE.match(rest, width)):
        width = match.end()
    rest = remaining(rest, width)
    if street and (again := unrepeated(rest, code)) is not rest:
        width = len(street) if again.startswith(street) else 0
        office = _OFFICE.match(again, width) if width else None
        rest = remaining(again, office.end() if office else width)
    if zoned and not zone and (match := _ZONE.match(rest)):
        zone, rest = match[0], remaining(rest, match.end())
    return street, zone, rest


def _street(rest: str, code: str) -> tuple[str, int]:
    """Return the street, town or township that a text begins with, by its name of today, and how wide it is written.

    退沙办 is 退沙街道; what a city without counties calls its districts are streets (东莞市南城区).
    """
    if street := street_at(code, rest):
        written = street + "道" if street[-1] == "街" and rest.startswith("道", len(street)) else street
        return written, len(written)
    pattern = _AS_DISTRICT if code.endswith("00") else _SHORT_OFFICE if "办" in rest[:7] else None
    if pattern is None or not (match := pattern.match(rest)):
        return "", 0
    known = streets_of(code)
    street = next((name for name in (f"{match[1]}街道", f"{match[0]}街道") if name in known), "")
    return street, match.end() if street else 0
