"""When simulated things happen: whole days back from the end, at local hours of Asia/Shanghai."""

from random import Random

from schemas.times import DAY, HOUR

OFFSET = 8 * HOUR  # Asia/Shanghai has no daylight saving time
LAST_DAY = 3  # whole days between the last form and the end, so that nearly every duty has run out by then


def midnight(end: int, days_back: int) -> int:
    """Return the local midnight (ms) that began the day `days_back` days before the day of `end`."""
    return (end + OFFSET) // DAY * DAY - OFFSET - days_back * DAY


def some_time(random: Random, end: int, days: int) -> int:
    """Return a time (ms) between 8:00 and 21:00 of one of the last `days` days, the last few left out."""
    day = random.randint(LAST_DAY, max(LAST_DAY, days - 2))
    return midnight(end, day) + 8 * HOUR + random.randrange(13 * HOUR)
