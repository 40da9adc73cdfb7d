"""The wall clock, and the one that nobody sets: the one place that reads them for the processes."""

from datetime import UTC, datetime
from time import monotonic_ns


def wall_ms() -> int:
    """Return the wall clock, milliseconds since 1970 UTC."""
    return int(datetime.now(UTC).timestamp() * 1000)  # noqa: TID251 - this is that place


def steady_ms() -> int:
    """Return a clock that only goes on, ms from anywhere: for waits, which a wall clock that is set would stretch."""
    return monotonic_ns() // 1_000_000
