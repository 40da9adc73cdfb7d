"""The wall clock: the one place that reads it for the processes."""

from datetime import UTC, datetime


def wall_ms() -> int:
    """Return the wall clock, milliseconds since 1970 UTC."""
    return int(datetime.now(UTC).timestamp() * 1000)  # noqa: TID251 - this is that place
