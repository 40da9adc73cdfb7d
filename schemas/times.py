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


def to_ms(moment: datetime) -> int:
    """Return milliseconds since 1970 UTC; a time without an offset is read as Asia/Shanghai."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
    return round(aware.timestamp() * 1000)
