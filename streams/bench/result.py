"""One line of a benchmark's results, in the shape of the contract."""

from typing import Any


def line(system: str, events: int, seconds: float, cpu: float, rss_mb: float) -> dict[str, Any]:
    """Return what a system took for so many events: wall and CPU time in seconds, memory in MB."""
    return {
        "system": system,
        "events": events,
        "seconds": round(seconds, 3),
        "events_per_second": round(events / seconds),
        "cpu_us_per_event": round(cpu / max(events, 1) * 1e6, 2),
        "rss_mb": round(rss_mb),
    }
