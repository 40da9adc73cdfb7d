"""Masked phone numbers: the set of numbers that a mask may stand for."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_MARKS = re.compile(r"(?<=[\d*])\s*(?:[xX*•●○■□▪×★☆_?#·]{2,}|[-.]{3,}|(?<=\d)某+)(?=\s*[\d*]|\s*\Z|[^\w])")
_ANY_MARK = re.compile(r"[xX*•●○■□▪×★☆_?#·某]|[-.]{3}")
_MASKED = re.compile(
    r"\+(?!86)\d[\d*\s-]*|(?<![\d*])(?:\+?86[-\s]?)?\(?(\d[\d*)\s-]*\*[\d*\s-]*)(?![\d*])"
)  # the first, of another country, tells nothing here
_HEADLESS = re.compile(  # *******8000: where nothing stands in front, only signs that nobody writes for anything else
    r"(?<![\w*•●○■□▪★☆+.)-])((?:[*•●○■□▪★☆]\s?-?){3,}|[xX]{7})(\d(?:\s?-?\d){3,7})(?![\w*]|\s?-?\d)"
)
_WIDEST = 12  # 0755 and eight digits
_MOBILE_LENGTH = 11
_TAIL = 4  # digits that are shown where a mask hides all others: 尾号
_MOST = 8  # masks of one field that are kept


class PhoneMask(NamedTuple):
    """The possible numbers behind a mask.

    `pattern` is the national number with `*` for what is hidden. `exact`: the mask is as wide as what it hides
    (`138****8000`: four digits), so every visible digit's place is known. Otherwise the mask was shortened or
    stretched (`138**8000`) and hides an unknown number of digits: only the order of the visible ones is known, and
    the plan's length. `hidden` is that number where mask or plan tells it, else None.
    """

    pattern: str
    exact: bool
    hidden: int | None
    country_code: str = "86"

    def matches(self, e164: str) -> bool:
        """Tell whether a number in E.164 form is one of the possible ones."""
        prefix = "+" + self.country_code
        if not e164.startswith(prefix):
            return False
        national = e164[len(prefix) :]
        if self.exact:
            return _stands_behind(self.pattern.removeprefix("0"), national)
        return _expression(self).fullmatch(national) is not None

    @property
    def expanded(self) -> str | None:
        """The national number with one `*` for each hidden digit, None where their number or place is not known."""
        if self.exact:
            return self.pattern
        head, tail = self.ends
        if self.hidden is None or len(head) + self.pattern.count("*") + len(tail) != len(self.pattern):
            return None  # digits between two masked stretches have no certain place
        return head + "*" * self.hidden + tail

    @property
    def ends(self) -> tuple[str, str]:
        """The visible digits before the first and behind the last hidden one: keys for finding candidates."""
        head, _, rest = self.pattern.partition("*")
        return head, rest.rpartition("*")[2]


def _stands_behind(shown: str, national: str) -> bool:
    """Tell whether a number is as long as a mask and has each visible digit in its place; nearly all hide one run."""
    head, _, rest = shown.partition("*")
    tail = rest.rpartition("*")[2]
    if len(shown) != len(national) or not (national.startswith(head) and national.endswith(tail)):
        return False
    one_run = len(head) + shown.count("*") + len(tail) == len(shown)
    return one_run or all(one in ("*", other) for one, other in zip(shown, national, strict=True))


@lru_cache(4_096)
def _expression(mask: PhoneMask) -> re.Pattern[str]:
    national = mask.pattern.removeprefix("0")
    body = re.sub(r"\*+", r"\\d+", national)
    return re.compile(rf"(?={body}\Z)\d{{{_MOBILE_LENGTH}}}" if mask.hidden is not None else body)


def starred(text: str) -> str:
    """Return `text` with every way to write a mask as `*`, one for one."""
    return _MARKS.sub(lambda match: "*" * len(match[0].strip()), text)


def may_be_masked(text: str) -> bool:
    """Tell whether a field holds anything that is used to mask digits; nearly all do not."""
    return _ANY_MARK.search(text) is not None


def find_masks(text: str) -> tuple[PhoneMask, ...]:
    """Return the masked mainland numbers in a field that is in one spelling (`phone_text.written`), each once.

    Those of which only the end is shown come last.
    """
    text = starred(text)
    shown = [stretch for match in _MASKED.finditer(text) if match[1] for stretch in _stretches(match[1])]
    for match in _HEADLESS.finditer(_MASKED.sub(";", text)):
        hidden, tail = (re.sub(r"[\s-]", "", part) for part in match.groups())
        shown.append("*" * len(hidden) + tail)
    found = dict.fromkeys(mask for mask in map(_mask, shown) if mask is not None)
    return tuple(found)[:_MOST]


def _stretches(written: str) -> Iterator[str]:
    """Yield the numbers among digits and stars that blanks part: as much as one can hold belongs to one."""
    text = ""
    for part in written.split():
        digits = re.sub(r"[^\d*]", "", part)
        if text and len(text) + len(digits) > _WIDEST:
            yield text
            text = ""
        text += digits
    yield text


def _mask(pattern: str) -> PhoneMask | None:
    """Return the mask that digits and stars are, None where too little or nothing is hidden."""
    if "*" not in pattern:
        return None
    visible = len(pattern) - pattern.count("*")
    if pattern.startswith("86") and len(pattern) > _MOBILE_LENGTH:
        pattern, visible = pattern[2:], visible - 2
    if visible < 3 or visible >= _MOBILE_LENGTH + 1:
        return None
    if pattern[0] == "*":
        return _headless(pattern)
    mobile = re.match(r"1(?:[3-9*]|\Z)", pattern) is not None
    if not mobile:
        return PhoneMask(pattern, 10 <= len(pattern) <= 12 and pattern[0] == "0", None)
    if len(pattern) == _MOBILE_LENGTH:
        return PhoneMask(pattern, True, pattern.count("*"))
    return PhoneMask(pattern, False, _MOBILE_LENGTH - visible) if visible < _MOBILE_LENGTH else None


def _headless(pattern: str) -> PhoneMask | None:
    """Return the mask of which only the end is shown: as wide as a mobile number, or all but its last four digits."""
    tail = pattern.lstrip("*")
    whole = len(pattern) == _MOBILE_LENGTH
    if "*" in tail or not (whole or len(tail) == _TAIL):
        return None
    return PhoneMask(pattern, whole, _MOBILE_LENGTH - len(tail))
