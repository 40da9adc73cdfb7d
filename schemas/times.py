"""Times are whole milliseconds since 1970-01-01 UTC everywhere inside; text form only at the edges."""

from datetime import UTC, datetime
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
    if not 16 <= len(text) <= 40 or text[4] != "-" or text[10] not in "Tt ":
        return None
    try:
        ms = to_ms(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None
    return ms if 0 <= ms <= LATEST else None
