"""Dates as people and spreadsheets write them, with or without a time. Nothing here knows what day it is today."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

from processors.cleansing.base import ALL_ON, CACHED, Cleaned
from processors.cleansing.text import bounded, folded, unseen_removed
from schemas.times import SHANGHAI

DATE, INVALID, AMBIGUOUS, PARTIAL, LUNAR, ERA = (
    "date.normal",
    "date.invalid",
    "date.ambiguous",
    "date.partial",
    "date.lunar",
    "date.era",
)
SERIAL = "date.serial"
IMPLAUSIBLE = "birth_date.implausible"

_CHINESE = str.maketrans("零〇○一二两三四五六七八九壹贰叁肆伍陆柒捌玖拾", "0001223456789123456789十")
_WEEKDAY = re.compile(r"^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+")
_AROUND = " '\"`"
_TENS = re.compile(r"([1-9])?十(\d)?")
_SIGN = r"(?:[-–—~·。/._,，、\\]{1,2}|\s)"
_YMD = re.compile(rf"(\d{{4}})\s*(?:{_SIGN}|年)\s*(\d{{1,2}})\s*(?:{_SIGN}|月)\s*(\d{{1,2}})\s*(?:日|号|號)?")
_SOLID = re.compile(r"(\d{4})(\d{2})(\d{2})")
_DMY = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_SHORT_YEAR = re.compile(r"(\d{2})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*(?:日|号)?")
_PARTIAL = re.compile(
    r"(\d{4})\s*[-/.年]\s*(?:(\d{1,2})\s*月?)?|(\d{4})|(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]?|\d{1,2}[-/.]\d{1,2}"
)
_ERA = re.compile(r"民[国國]\s*(\d{1,3})\s*[年/.-]")
_CLOCK = re.compile(
    r"(凌晨|早上|上午|中午|下午|傍晚|晚上|[ap]\.?m\.?)?\s*(\d{1,2})\s*[:点點时時]\s*(?:(\d{1,2})\s*[:分]?\s*)?(半)?"
    r"(?:(\d{1,2})(?:\.(\d{1,6})\d*)?\s*秒?)?\s*([ap]\.?m\.?)?\s*(z|utc|gmt|[+-]\d{2}:?\d{2})?"
)
_BEFORE_CLOCK = " t,，"
_LABEL = re.compile(r"^(?:出生于?|生于|生日|出生(?:日期|年月日?)|[阳公新][历曆]|公元|born)\s*[:：]?\s*(?=\d)")
_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: month for month, name in enumerate(_NAMES, 1)}
_MONTH = rf"({'|'.join(_MONTHS)})[a-z]*\.?"
_MDY_NAMED = re.compile(rf"{_MONTH}[\s-]*(\d{{1,2}})(?:st|nd|rd|th)?[\s,-]*(\d{{4}})(?!\d)")
_DMY_NAMED = re.compile(rf"(\d{{1,2}})(?:st|nd|rd|th)?[\s-]*{_MONTH}[\s,-]*(\d{{4}})(?!\d)")
_SERIAL = re.compile(r"(\d{5})(?:\.\d{1,15})?")
_SERIAL_BEGINS, _SERIAL_FIRST = date(1899, 12, 30), 61  # day 0 of spreadsheets, which count well from 1 March 1900 on
_YEAR = re.compile(r"\d{4}(?=\D|\d{4}(?!\d))")  # in front of a month, or of one and a day: 18991231
_LAST_DAY = 31
_FIRST, _LAST = date(1900, 1, 1), date(2199, 12, 31)


def _spelled(raw: str) -> str:
    """Return a date in ASCII digits, lower case: 二〇二六年十一月廿一日 is 2026年11月21日."""
    text = (
        folded(unseen_removed(bounded(raw)))
        .strip(_AROUND)
        .replace("廿", "二十")
        .replace("卅", "三十")
        .translate(_CHINESE)
    )
    text = _WEEKDAY.sub("", text.replace("元月", "1月"))
    return _TENS.sub(lambda match: str(int(match[1] or 1) * 10 + int(match[2] or 0)), text)


def _day(year: str | int, month: str | int, day: str | int) -> date | None:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return found if _FIRST <= found <= _LAST else None


def _named(text: str) -> tuple[tuple[str, int, str], str] | None:
    """Return year, month and day of a date that names its month in English, and what follows it."""
    if match := _MDY_NAMED.match(text):
        return (match[3], _MONTHS[match[1]], match[2]), text[match.end() :]
    if match := _DMY_NAMED.match(text):
        return (match[3], _MONTHS[match[2]], match[1]), text[match.end() :]
    return None


def _leading_date(text: str) -> tuple[date | None, str, str]:
    """Return the date at the beginning of `text`, what follows it, and the note that explains its absence."""
    if match := _YMD.match(text) or (_SOLID.match(text) if re.match(r"\d{8}(?!\d)", text) else None):
        found = _day(match[1], match[2], match[3])
        return found, text[match.end() :], "" if found else INVALID
    if match := _DMY.match(text):
        first, second, rest = int(match[1]), int(match[2]), text[match.end() :]
        if first == second or max(first, second) > 12:
            day, month = (first, second) if first >= second else (second, first)
            found = _day(match[3], month, day)
            return found, rest, "" if found else INVALID
        return None, rest, AMBIGUOUS
    if named := _named(text):
        found = _day(*named[0])
        return found, named[1], "" if found else INVALID
    if match := _SHORT_YEAR.match(text):
        return None, text[match.end() :], AMBIGUOUS
    return None, "", PARTIAL if _PARTIAL.fullmatch(text) else INVALID


@lru_cache(CACHED)
def clean_date(raw: str, off: frozenset[str] = ALL_ON) -> Cleaned:
    """Cleanse a date, such as a birth date; the value is `YYYY-MM-DD`, or None.

    What can be read in two ways (03/04/1990, 90-1-2) or lacks a part is noted and not guessed; a date of the lunar
    calendar is not converted. A moment with its offset (1990-01-04T16:00:00Z, as programs write midnight of the 5th)
    is the day that it is in Shanghai. Five digits are a spreadsheet's number of a day (32874 is 1990-01-01). Years run
    from 1900 to 2199.
    """
    text = _spelled(raw)
    if not text:
        return Cleaned(raw, None)
    notes: tuple[str, ...] = ()
    if "农历" in text or "阴历" in text or "農曆" in text:
        return Cleaned(raw, None, (LUNAR,))
    if (era := _ERA.match(text)) and ERA not in off:
        text, notes = f"{int(era[1]) + 1911}年{text[era.end() :]}", (ERA,)
    if SERIAL not in off and (serial := _SERIAL.fullmatch(text)):
        day = int(serial[1])
        if day < _SERIAL_FIRST:
            return Cleaned(raw, None, (INVALID,))
        return Cleaned(raw, (_SERIAL_BEGINS + timedelta(days=day)).isoformat(), (SERIAL,))
    found, rest, problem = _leading_date(_LABEL.sub("", text))
    if found is None:
        return Cleaned(raw, None, (*notes, problem))
    value = _in_shanghai(found, rest).isoformat()
    return Cleaned(raw, value, notes if value == raw else (*notes, DATE))


@lru_cache(CACHED)
def clean_birth_date(raw: str, off: frozenset[str] = ALL_ON) -> Cleaned:
    """Cleanse a birth date as `clean_date`, and say where it is before 1900; `is_born` tells if it lies ahead.

    A year of two digits above 31, which can be no day and for long no year to come, is one of the last century.
    """
    cleaned = clean_date(raw, off)
    if AMBIGUOUS in cleaned.notes:
        text = _LABEL.sub("", _spelled(raw))
        short = _SHORT_YEAR.match(text)
        if short is not None and int(short[1]) > _LAST_DAY:
            found = clean_date(f"19{text}", off)
            return Cleaned(raw, found.value, found.notes)
    year = _YEAR.match(_spelled(raw)) if cleaned.value is None and INVALID in cleaned.notes else None
    if year is None or _FIRST.year <= int(year[0]) <= _LAST.year:
        return cleaned
    return Cleaned(raw, None, (*cleaned.notes[:-1], IMPLAUSIBLE))


def is_born(day: str, at: int) -> bool:
    """Tell whether a day (`YYYY-MM-DD`) has begun in Shanghai at a time (ms since 1970)."""
    return day <= datetime.fromtimestamp(at / 1_000, SHANGHAI).date().isoformat()


def _hour(hour: int, part: str) -> int:
    """Return the hour of the day for an hour with its part of the day."""
    if part.startswith(("下", "傍", "晚", "p")) and hour < 12:
        return hour + 12
    if part.startswith("中") and hour < 3:
        return hour + 12
    return 0 if part.startswith(("凌", "a", "早", "上")) and hour == 12 else hour


def _zone(text: str) -> timezone | None:
    if not text:
        return None
    if text[0] not in "+-":
        return UTC
    sign = -1 if text[0] == "-" else 1
    minutes = sign * (int(text[1:3]) * 60 + int(text[-2:]))
    return timezone(timedelta(minutes=minutes)) if abs(minutes) < 1_440 else None


def _in_shanghai(day: date, rest: str) -> date:
    """Return the day in Shanghai of a moment that names its offset; of others the day as it was written."""
    clock = _CLOCK.fullmatch(rest.lstrip(_BEFORE_CLOCK)) if rest else None
    zone = _zone(clock[8] or "") if clock else None
    if clock is None or zone is None:
        return day
    hour, minute = _hour(int(clock[2]), clock[1] or clock[7] or ""), 30 if clock[4] else int(clock[3] or 0)
    try:
        moment = datetime(day.year, day.month, day.day, hour, minute, int(clock[5] or 0), tzinfo=zone)
        found = moment.astimezone(SHANGHAI).date()
    except (ValueError, OverflowError):
        return day
    return found if _FIRST <= found <= _LAST else day
