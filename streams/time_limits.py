"""How old an event may be when it arrives: the same for the gateway, workers and whoever mends what they rejected."""

from processors.decode import TimeLimits
from schemas.times import DAY
from streams.settings import Settings


def limits_of(settings: Settings) -> TimeLimits:
    """Return the limits of a process: `max_event_age_days`, 0 for any age."""
    days = settings.max_event_age_days
    return TimeLimits(max_age_ms=round(days * DAY) if days else None)
