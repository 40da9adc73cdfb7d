"""Coordinates as people and systems write them, to a geo URI (RFC 5870): WGS-84, latitude first."""

import re
import unicodedata
from functools import lru_cache

from processors.cleansing.base import ALL_ON, CACHED, Cleaned
from processors.cleansing.text import bounded, unseen_removed
from processors.geo.datum import in_china, to_wgs84
from schemas.datum import Datum

NORMAL, DATUM, INVALID = "location.normal", "location.datum", "location.invalid"

_DATUMS: tuple[tuple[re.Pattern[str], Datum], ...] = (
    (re.compile(r"gcj[-_ ]?0?2|高德|腾讯|火星", re.IGNORECASE), "GCJ02"),
    (re.compile(r"bd[-_ ]?0?9(?:ll)?|百度", re.IGNORECASE), "BD09"),
    (re.compile(r"wgs[-_ ]?(?:19)?84|gps|^geo:", re.IGNORECASE), "WGS84"),
)
_URI = re.compile("geo:", re.IGNORECASE)
_BEFORE = r"(?:(?:(东经|西经|北纬|南纬|[nsew])|(经度|纬度|longitude|latitude|lng|lon|lat))\s*[:=]?\s*)?"
_MINUTES = r"\s*(\d{1,2}(?:\.\d{1,12})?)\s*['分](?!')(?:\s*(\d{1,2}(?:\.\d{1,12})?)\s*(?:[\"秒]|''))?"
_DEGREES = rf"([+-]?\d{{1,3}}(?:\.\d{{1,15}})?)\s*(?:[°度](?:{_MINUTES})?)?"
_AFTER = r"(?(1)|(?:\s*([nsew])(?![a-z]))?)"  # where a direction stood before, the next letter is the next number's
_NUMBER = re.compile(_BEFORE + _DEGREES + _AFTER, re.IGNORECASE)
_MARKS = str.maketrans({**dict.fromkeys("º˚", "°"), **dict.fromkeys("′´`‘’", "'"), **dict.fromkeys("″“”", '"')})
_EXACT = r"[+-]?\d{1,3}\.\d{3,15}\s*[°度]?\s*[NSEWnsew]?"
_SEXAGESIMAL = r"[+-]?\d{1,3}\s*[°度]\s*\d[\d.\s'\"分秒]{1,40}[NSEWnsew]?"
_PAIR = re.compile(
    r"[\s,;]*[(\[【]?\s*(?:(?:(?:gcj|bd|wgs)[-_]?\d{2}|高德|腾讯|百度|gps)?(?:坐标|定位|经纬度|位置)?\s*[:=]?\s*)?"
    rf"{_BEFORE}(?<![\d.])(?:{_EXACT}\s*[,/; ]\s*{_BEFORE}{_EXACT}|{_SEXAGESIMAL}\s*[,/;]?\s*{_BEFORE}{_SEXAGESIMAL})"
    r"(?![\d.])\s*[)\]】]?[\s,;]*",
    re.IGNORECASE,
)
_HINT = re.compile(r"[.．°º˚度]")  # no coordinates without one of these: most addresses are not searched
_EAST_WEST = frozenset(("经度", "东经", "西经", "longitude", "lng", "lon", "e", "w"))
_NORTH_SOUTH = frozenset(("纬度", "北纬", "南纬", "latitude", "lat", "n", "s"))
_NEGATIVE = frozenset(("西经", "南纬", "w", "s"))
_DIGITS = 6  # a tenth of a metre


@lru_cache(CACHED)
def clean_location(raw: str, datum: Datum = "WGS84", off: frozenset[str] = ALL_ON) -> Cleaned:
    """Cleanse coordinates (degrees, with minutes and seconds or without); value `geo:latitude,longitude` or None.

    The value is WGS-84; `datum` is that of coordinates that name none. Where neither number is named, the one that can
    only be a longitude of China is the longitude, else the latitude comes first; a geo URI has it first unless it can
    be none. Nobody lives at 0, 0: what writes that knows no place.
    """
    text = _plain(raw)
    if not text:
        return Cleaned(raw, None)
    ordered = _URI.match(text) is not None
    said = next((each for pattern, each in _DATUMS if pattern.search(text)), None)
    for pattern, _ in _DATUMS:
        text = pattern.sub(" ", text)
    place = _place(text, ordered)
    if place is None:
        return Cleaned(raw, None, (INVALID,))
    of = said or datum
    lat, lon = (round(degrees, _DIGITS) + 0.0 for degrees in to_wgs84(*place, of))  # + 0.0: never -0
    value = "geo:" + ",".join(f"{degrees:.{_DIGITS}f}".rstrip("0").rstrip(".") for degrees in (lat, lon))
    notes = [] if value == raw else [NORMAL]
    if of != "WGS84" and in_china(*place):
        notes.append(DATUM)
    return Cleaned(raw, value, tuple(notes), {"lat": lat, "lon": lon})


def split_location(address: str) -> tuple[str, str]:
    """Return an address without coordinates in it, and the first of them as they were written; "" if there are none."""
    if not _HINT.search(address):
        return address, ""
    text, first = _plain(address), ""
    while (match := _PAIR.search(text)) and clean_location(match[0]).value is not None:
        text, first = f"{text[: match.start()]} {text[match.end() :]}".strip(), first or match[0].strip()
    return (text, first) if first else (address, "")


def _plain(raw: str) -> str:
    return unicodedata.normalize("NFKC", unseen_removed(bounded(raw)).translate(_MARKS)).strip()


def _place(text: str, ordered: bool) -> tuple[float, float] | None:
    """Return latitude and longitude (degrees); `ordered`: the latitude comes first, if it can be one."""
    found = [match.groups() for match in _NUMBER.finditer(text)]
    if len(found) != 2:
        return None
    (first, one), (second, other) = _named(found[0]), _named(found[1])
    if one is None or other is None:
        return None
    named = first in _EAST_WEST or second in _NORTH_SOUTH
    chinese = not first and not second and in_china(other, one) and not in_china(one, other)
    swapped = named or (chinese and not (ordered and abs(one) <= 90))
    lat, lon = (other, one) if swapped else (one, other)
    somewhere = round(lat, _DIGITS) or round(lon, _DIGITS)
    return (lat, lon) if somewhere and abs(lat) <= 90 and abs(lon) <= 180 else None


def _named(found: tuple[str | None, ...]) -> tuple[str, float | None]:
    """Return what a number is called ("" if nothing) and its degrees, None where minutes or seconds are none."""
    before, axis, whole, minutes, seconds, after = found
    direction = (before or after or "").lower()
    degrees = abs(float(whole or 0)) + float(minutes or 0) / 60 + float(seconds or 0) / 3600
    if float(minutes or 0) >= 60 or float(seconds or 0) >= 60 or (minutes and "." in (whole or "")):
        return "", None
    negative = direction in _NEGATIVE if direction else (whole or "").startswith("-")
    return direction or (axis or "").lower(), -degrees if negative else degrees
