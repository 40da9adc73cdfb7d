"""Where a mainland number was given out: province and city by mobile segment or area code.

The segments are those of 2020: later ones (190, 192, 193, 196, 197 and parts of others) are valid, their home is not
known. Since 2019 a number may have been carried to another operator, and people move: home is evidence, not a fact.
"""

import json
from functools import cache, lru_cache
from typing import NamedTuple

from processors.cleansing.phone_mask import PhoneMask
from processors.cleansing.phone_plan import mainland_mobile
from processors.cleansing.reference import packed

_SEGMENTS = 10_000  # four digits behind each prefix of three


class Home(NamedTuple):
    """Province and city in short form (广东, 深圳) and the area code; the city is empty where several share a code."""

    province: str
    city: str
    area_code: str


class _Table(NamedTuple):
    homes: tuple[Home, ...]
    prefixes: dict[str, int]
    places: bytes


@cache
def _table() -> _Table:
    head, _, places = packed("phone_segments.bin.xz").partition(b"\n")
    content = json.loads(head)
    homes = tuple(Home(*city) for city in content["cities"])
    prefixes = {prefix: number * _SEGMENTS for number, prefix in enumerate(content["prefixes"])}
    return _Table(homes, prefixes, places)


@cache
def _by_area_code() -> dict[str, Home]:
    """Return area code → home; where cities share a code, their common province only."""
    found: dict[str, Home] = {}
    for home in _table().homes[1:]:
        known = found.get(home.area_code)
        city = home.city if known is None else ""
        found[home.area_code] = Home(home.province, city, home.area_code)
    return found


def segment_home(segment: str) -> Home | None:
    """Return the home of a mobile segment of seven digits, None where it is not known."""
    table = _table()
    offset = table.prefixes.get(segment[:3])
    if offset is None:
        return None
    place = (offset + int(segment[3:7])) * 2
    number = int.from_bytes(table.places[place : place + 2], "little")
    return table.homes[number] if number else None


@lru_cache(4_096)
def landline_home(national: str) -> Home | None:
    """Return the home of a landline by its national number without the leading 0."""
    known = _by_area_code()
    return known.get("0" + national[:2]) or known.get("0" + national[:3])


def home_of(e164: str, kind: str) -> Home | None:
    """Return the home of a mainland number in E.164 form, None for others and where it is not known."""
    if not e164.startswith("+86"):
        return None
    if kind == "mobile":
        return segment_home(e164[3:10])
    return landline_home(e164[3:]) if kind == "landline" else None


@lru_cache(1_024)
def possible_numbers(mask: PhoneMask) -> int | None:
    """Return how many valid mainland mobile numbers a mask may stand for, None where it does not tell.

    Counts segments that were given out (for prefixes newer than the table: all of them).
    """
    pattern = mask.expanded
    if pattern is None or len(pattern) != 11 or pattern[0] != "1":
        return None
    segments, behind = pattern[:7], int(10 ** pattern[7:].count("*"))
    heads = [segments[:3]] if "*" not in segments[:3] else _fillings(segments[:3])
    return sum(_matching(head, segments[3:]) for head in heads) * behind


def _fillings(pattern: str) -> list[str]:
    """Return every number that a pattern of few digits may stand for."""
    found = [""]
    for char in pattern:
        found = [head + digit for head in found for digit in ("0123456789" if char == "*" else char)]
    return found


@lru_cache(1_024)
def _matching(prefix: str, pattern: str) -> int:
    """Return how many segments of a prefix were given out and match four characters."""
    if prefix in _table().prefixes:
        return sum(1 for digits in _fillings(pattern) if segment_home(prefix + digits))
    return sum(1 for digits in _fillings(pattern) if mainland_mobile().fullmatch(prefix + digits + "0000"))
