"""What a cell of a table says: a number, a moment, a word, or nothing."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

MISSING_WORDS = frozenset({"", "na", "n/a", "nan", "null", "none", "-", "?", "unknown"})
LONGEST = 200  # characters of a word that tell categories apart
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FORMATS = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%d.%m.%Y")


def is_missing(cell: Any) -> bool:
    """Say whether a cell holds nothing: None, NaN, or a text that means nothing."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return True
    return isinstance(cell, str) and cell.strip().lower() in MISSING_WORDS


def number(cell: Any) -> float | None:
    """Return a finite number of a number or text (`1,200.5` and `12 %` too); None of anything else."""
    if isinstance(cell, str):
        text = cell.strip().rstrip("%").rstrip()
        if "," in text:
            text = _without_thousands(text)
        try:
            value = float(text)
        except ValueError:
            return None
    elif isinstance(cell, bool | int | float):
        try:
            value = float(cell)
        except OverflowError:
            return None
    else:
        return None
    return value if math.isfinite(value) else None


def _without_thousands(text: str) -> str:
    first, *groups = text.partition(".")[0].split(",")
    proper = 1 <= len(first.lstrip("+-")) <= 3 and all(len(group) == 3 for group in groups)
    return text.replace(",", "") if proper else text


def moment(cell: Any) -> float | None:
    """Return seconds since 1970 of a date or time in text (ISO 8601 and common forms), None of anything else.

    A time without an offset is taken as it stands: what counts is the hour that the clock on the wall showed.
    """
    if not isinstance(cell, str):
        return None
    text = cell.strip()
    if not 8 <= len(text) <= 35 or not text[0].isdigit() or text.isdigit():
        return None
    found = _parsed(text)
    return None if found is None else (found - EPOCH) / timedelta(seconds=1)


def _parsed(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        pass  # not ISO 8601: one of the other forms, or no date at all
    for form in FORMATS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def word(cell: Any) -> str:
    """Return a cell as the name of a category."""
    return str(cell)[:LONGEST].strip().lower()
