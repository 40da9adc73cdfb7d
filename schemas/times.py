"""Times are whole milliseconds since 1970-01-01 UTC everywhere inside; text form only at the edges."""

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def to_iso(ms: int) -> str:
    """Return `2026-11-21T02:00:00.123Z` for milliseconds since 1970 UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_local(ms: int) -> str:
    """Return `2026-11-21 10:00` in Asia/Shanghai, for people."""
    return datetime.fromtimestamp(ms / 1000, SHANGHAI).strftime("%Y-%m-%d %H:%M")


def to_ms(moment: datetime) -> int:
    """Return milliseconds since 1970 UTC; a time without an offset is read as Asia/Shanghai."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
    return round(aware.timestamp() * 1000)


LATEST = 253_402_300_799_999  # the last millisecond of the year 9999
TIME_HINT = "an ISO 8601 time with an offset, between 1970 and 9999, such as 2026-11-21T10:00:00.123+08:00"


def parse_iso(text: str) -> int | None:
    """Return ms since 1970 UTC of an ISO 8601 date and time, None when it is none or lies before 1970.

    A time without an offset is read as Asia/Shanghai; a date alone is not a time.
    """
    second, rest = _SECONDS.get(text[17:20]), _MILLISECONDS.get(text[20:])
    if second is not None and rest is not None and (minute := _minute(text[:17])) is not None:
        return minute + second + rest
    return _parsed(text)


# Most times are written as `2026-11-21T02:00:59.123Z`, and many share their minute.
_SECONDS = {f"{second:02}.": second * SECOND for second in range(60)}
_MILLISECONDS = {f"{rest:03}Z": rest for rest in range(SECOND)}


@lru_cache(maxsize=4_096)
def _minute(text: str) -> int | None:
    """Return ms of the beginning of a minute of UTC, `2026-11-21T02:00:`; None when it is none."""
    return _parsed(text + "00.000Z") if text[13::3] == "::" else None


def _parsed(text: str) -> int | None:
    if not 16 <= len(text) <= 40 or text[4] != "-" or text[10] not in "Tt ":
        return None
    try:
        ms = to_ms(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None
    return ms if 0 <= ms <= LATEST else None
