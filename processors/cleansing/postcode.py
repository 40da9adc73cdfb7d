"""Postcodes of mainland China: six digits."""

import re
import unicodedata
from functools import lru_cache

from processors.cleansing.base import ALL_ON, CACHED, Cleaned
from processors.cleansing.text import bounded, unseen_removed

NORMAL, INVALID = "postcode.normal", "postcode.invalid"

_POSTCODE = re.compile(r"(?<!\d)(?!000000)\d{6}(?!\d)")
_FOREIGN = re.compile(r"[A-Z0-9][A-Z0-9 -]{1,9}")


@lru_cache(CACHED)
def clean_postcode(raw: str, off: frozenset[str] = ALL_ON) -> Cleaned:
    """Cleanse a postcode; the value is six digits, or a foreign code in capitals, or None."""
    text = " ".join(unicodedata.normalize("NFKC", unseen_removed(bounded(raw))).upper().split())
    if not text:
        return Cleaned(raw, None)
    match = _POSTCODE.search(text)
    value = match[0] if match else text if _is_foreign(text) else None
    if value is None:
        return Cleaned(raw, None, (INVALID,))
    return Cleaned(raw, value, () if value == raw else (NORMAL,))


def _is_foreign(text: str) -> bool:
    """Tell whether a text looks like a code of another country: letters and digits, or digits but not six."""
    return (
        _FOREIGN.fullmatch(text) is not None
        and any(char.isdigit() for char in text)
        and set(text) - set("0 -") != set()
    )
