"""Public holidays and make-up working days of mainland China, from the file that ships."""

from datetime import date
from functools import cache
from importlib.resources import files
from typing import NamedTuple

EPOCH = date(1970, 1, 1).toordinal()


class PublicDays(NamedTuple):
    """Days since 1970-01-01 that are off although they may be weekdays, and that are worked although weekends."""

    off: frozenset[int]
    work: frozenset[int]


def day_number(text: str) -> int:
    """Return days since 1970-01-01 of `YYYY-MM-DD`; ValueError when it is no date."""
    return date.fromisoformat(text).toordinal() - EPOCH


@cache
def public_days() -> PublicDays:
    """Return the days in `data/cn.txt`."""
    found: dict[str, set[int]] = {"off": set(), "work": set()}
    for line in (files("processors.calendars") / "data" / "cn.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            first, last, kind, _ = line.split(maxsplit=3)
            begin = day_number(first)
            found[kind].update(range(begin, (begin if last == "-" else day_number(last)) + 1))
    return PublicDays(frozenset(found["off"]), frozenset(found["work"]))
