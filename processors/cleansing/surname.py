"""Surnames, and the reading of a name with its surname first."""

from functools import cache, lru_cache

from processors.cleansing.hanzi import is_han, known_syllables, simplified, syllables
from processors.cleansing.reference import words

_FREQUENT = 60  # place of a surname in the list
_LONGEST = 3  # characters of most names
_SYLLABLE = 6  # letters of the longest: zhuang


@cache
def _surnames() -> dict[str, str]:
    """Return surname → its reading where that is not the usual one of its characters, else ""."""
    entries = (word.partition("=") for word in words("surnames"))
    return {surname: reading for surname, _, reading in entries}


@cache
def _frequent() -> frozenset[str]:
    """Return the frequent surnames."""
    return frozenset(word.partition("=")[0] for word, place in words("surnames").items() if place < _FREQUENT)


@cache
def _surname_readings() -> frozenset[str]:
    """Return the readings of all surnames: zhang, ouyang."""
    return frozenset(reading or "".join(syllables(surname)) for surname, reading in _surnames().items())


@lru_cache(8_192)
def surname_of(name: str) -> str:
    """Return the surname at the beginning of a Chinese name, simplified; empty where there is none."""
    text = simplified(name)
    for width in (4, 3, 2, 1):
        if len(text) >= width and text[:width] in _surnames():
            return text[:width]
    return ""


def is_likely_name(text: str) -> bool:
    """Tell whether a text of two or three characters begins with a frequent surname: 李雷, 王总, but not 代表."""
    surname = surname_of(text)
    return len(surname) < len(text) <= _LONGEST and surname in _frequent()


@lru_cache(8_192)
def is_part(name: str) -> bool:
    """Tell whether a cleansed name is a part of one: a Chinese surname alone (张总 is 张), or masked (张**)."""
    return "*" in name or (name != "" and surname_of(name) == simplified(name))


@lru_cache(8_192)
def pinyin_of(name: str) -> str:
    """Return the reading of a name, surname first: 欧阳娜娜 → `ouyang nana`, San Zhang → `zhang san`.

    Empty where a Latin name is not in pinyin.
    """
    text = simplified(name)
    if is_han(text):
        surname = surname_of(text)
        reading = _surnames().get(surname) or "".join(syllables(surname))
        given = "".join(
            syllable for syllable in syllables(text[len(surname) :]) if syllable.isascii() and syllable.isalpha()
        )
        return f"{reading} {given}".strip()
    return _latin(text.lower().replace("-", "").replace("'", ""))


def _latin(name: str) -> str:
    """Return a Latin name in pinyin with its surname first, empty where it is none."""
    parts = name.split()
    if not 2 <= len(parts) <= 3 or not all(_is_pinyin(part) for part in parts):
        return ""
    if parts[0] in _surname_readings():
        return f"{parts[0]} {''.join(parts[1:])}"
    if parts[-1] in _surname_readings():
        return f"{parts[-1]} {''.join(parts[:-1])}"
    return ""


def _is_pinyin(word: str) -> bool:
    """Tell whether a word can be cut into syllables.

    Each place is reached once: trying every cut of xianxianxian… (xi'an, xian) would double with each of them.
    """
    known, reached = known_syllables(), {0}
    for start in range(len(word)):
        if start in reached:
            reached.update(start + width for width in range(1, _SYLLABLE + 1) if word[start : start + width] in known)
    return len(word) in reached
