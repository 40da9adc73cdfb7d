"""Chinese characters: simplified forms and readings, from a table that ships.

A table of 64 kB instead of pypinyin and opencc: pypinyin alone takes 0.3 s and 56 MB at import, in every worker, for
what matching needs of it: one reading without tone per character.
"""

import re
from functools import cache, lru_cache

from processors.cleansing.reference import packed

_HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")


@cache
def _tables() -> tuple[dict[int, str], dict[str, str]]:
    """Return the translation to simplified forms, and character → syllable."""
    readings: dict[str, str] = {}
    simplified: dict[int, str] = {}
    for line in packed("hanzi.txt.xz").decode().splitlines():
        syllable, chars = line.split("\t")
        if syllable == "=":
            simplified = {ord(old): new for old, new in zip(chars[::2], chars[1::2], strict=True)}
        else:
            readings |= dict.fromkeys(chars, syllable)
    return simplified, readings


def is_han(text: str) -> bool:
    """Tell whether any Chinese character stands in a text."""
    return _HAN.search(text) is not None


@lru_cache(16_384)
def simplified(text: str) -> str:
    """Return a text with traditional characters in their simplified form."""
    return text if text.isascii() or not _traditional().search(text) else text.translate(_tables()[0])


@cache
def _traditional() -> re.Pattern[str]:
    """Return what finds a character that `simplified` changes: few texts hold one, and looking costs a third."""
    return re.compile(f"[{''.join(map(chr, sorted(_tables()[0])))}]")


@lru_cache(16_384)
def syllables(text: str) -> tuple[str, ...]:
    """Return the reading of each character without tone; what has none stays as it is. 吕蒙 → ("lv", "meng")."""
    readings = _tables()[1]
    return tuple(readings.get(char, char) for char in text)


def reading(text: str) -> str:
    """Return the syllables of a text in one word: 吕蒙 → `lvmeng`. As `syllables`, but a third of its cost."""
    readings = _tables()[1]
    return "".join(map(readings.get, text, text))


@cache
def known_syllables() -> frozenset[str]:
    """Return every syllable that a character can have."""
    return frozenset(_tables()[1].values())
