"""How alike two values are, as a level: 0 they differ, the highest they are the same."""

import re
from collections import Counter
from collections.abc import Callable, Collection
from functools import lru_cache

from rapidfuzz.distance import OSA

from processors.cleansing.hanzi import is_han, reading
from processors.cleansing.reference import words

_DIGITS = re.compile(r"\d+")
SHORT = 4  # in words up to here a typo makes another word
_SHORT_FORM = 3  # letters that a short form has at least
_CLOSE_DAYS = 31
_DECADE = 10 * 12 * 31  # days, months taken as 31: one digit of the year
_ALIKE = 0.8  # of two mailboxes
_PARTS = 5  # words of a name: the ways to spell those of "a aa aaa …" double with each, and anybody may send that
_CACHED = 65_536  # words
_PAIRS = 8_192  # of two values, of which few come again: 65,536 of mailboxes were 20 MiB


@lru_cache(_CACHED)
def spoken(token: str) -> str:
    """Return the reading of a Chinese word without tones; other words stay."""
    return token if token.isascii() else reading(token)


@lru_cache(_PAIRS)
def near_word(left: str, right: str) -> bool:
    """Tell whether two different words of a name may be one: a typo, a short form, an initial, the same sound."""
    if not (left.isascii() and right.isascii()) and (is_han(left) or is_han(right)):
        return spoken(left) == spoken(right)
    if left.isdigit() or right.isdigit():
        return False
    short, long = sorted((left, right), key=len)
    if len(short) == 1 or (len(short) >= _SHORT_FORM and long.startswith(short)):
        return long.startswith(short)
    allowed = 1 if len(long) <= SHORT else 2 if len(long) <= 2 * SHORT else 3
    slips = OSA.distance(left, right, score_cutoff=allowed)
    if slips == 2 and len(short) <= SHORT + 1:
        return left[0] == right[0] or sorted(left) == sorted(right)
    return slips <= allowed


def name_levels(left: tuple[str, ...], right: tuple[str, ...]) -> list[tuple[int, str]]:
    """Return level and word for each part of the shorter name: 2 the same, 1 near, 0 different. Order is no matter.

    Of two words that a slip makes one, both are given (`schmidt schmitt`, see `both_words`).
    """
    if left == right:
        return [(2, token) for token in left]
    if len(right) < len(left) or (len(right) == len(left) and right < left):
        left, right = right, left
    rest, missed, found = list(right), list[str](), list[tuple[int, str]]()
    for token in left:
        if token in rest:
            rest.remove(token)
            found.append((2, token))
        else:
            missed.append(token)
    differing = list[str]()
    for token in missed:
        like = next((other for other in rest if _may_be(token, other)), None)
        if like is None:
            differing.append(token)
        else:
            rest.remove(like)
            found.append((1, " ".join(sorted((token, like))) if _is_slip(token, like) else token))
    if differing and _is_one_reading(left, right):
        return [(1, token) for token in left]
    return found + [(0, token) for token in differing[: len(rest)]]


def _may_be(token: str, other: str) -> bool:
    """Return `near_word` of two words in either order; Chinese ones, nearly all, need no look into its memory."""
    if not (token.isascii() and other.isascii()) and (is_han(token) or is_han(other)):
        return spoken(token) == spoken(other)
    return near_word(*sorted((token, other)))


def _is_one_reading(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    """Tell whether the parts of two names are spelled alike when they are joined.

    Two Chinese ones must sound the same: 张佳 and 张娇 are one letter apart, and two people.
    """
    first, second = ("".join(map(spoken, name)) for name in (left, right))
    if any(map(is_han, left)) and any(map(is_han, right)):
        return first == second
    return run_together(first, second)


def both_words(value: str) -> tuple[str, str] | None:
    """Return the two words that a slip makes one, from what `name_levels` gives; None for other likeness."""
    one, blank, other = value.partition(" ")
    return (one, other) if blank else None


def _is_slip(token: str, other: str) -> bool:
    """Tell whether near words are spelled differently: no short form, no initial, no other character of one sound."""
    if not (token.isascii() and other.isascii()):
        return False
    short, long = sorted((token, other), key=len)
    return len(short) > 1 and not (len(short) >= _SHORT_FORM and long.startswith(short))


def run_together(first: str, second: str) -> bool:
    """Tell whether the readings of two names are of one, with a space too many or too few or a part of it elsewhere."""
    alike = 0.88
    return min(len(first), len(second)) > SHORT and OSA.normalized_similarity(first, second, score_cutoff=alike) > 0


@lru_cache(_PAIRS)
def date_level(left: str, right: str) -> int:
    """Compare two dates of eight digits: 3 the same, 2 one slip or day and month swapped, 1 two slips, or close.

    Close is a month, also where a digit of the year took a decade off or put one on.
    """
    if left == right:
        return 3
    if len(left) != 8 or len(right) != 8:
        return 0
    if left[:4] == right[:4] and left[4:] == right[6:] + right[4:6]:
        return 2
    slips = OSA.distance(left, right)
    if slips == 1:
        return 2
    parts = (left[:4] == right[:4]) + (left[4:6] == right[4:6]) + (left[6:] == right[6:])
    apart = abs(_day(left) - _day(right))
    close = min(apart, abs(apart - _DECADE)) <= _CLOSE_DAYS
    return 1 if slips == 2 or parts == 2 or close else 0


def _day(date: str) -> int:
    """Return the day's number, months taken as 31 days: good enough to tell how far apart two are."""
    return (int(date[:4]) * 12 + int(date[4:6])) * 31 + int(date[6:])


def digits_level(left: str, right: str) -> int:
    """Compare two numbers: 2 the same, 1 one slip or two digits swapped."""
    if left == right:
        return 2
    return int(abs(len(left) - len(right)) <= 1 and OSA.distance(left, right, score_cutoff=1) <= 1)


def phone_level(left: str, right: str) -> int:
    """Compare two phone numbers: 2 the same, also where one lacks the country code, 1 one slip."""
    short, long = sorted((left, right), key=len)
    if len(short) >= 10 and long.endswith(short):
        return 2
    return digits_level(left, right)


def number_level(left: str, right: str) -> int:
    """Compare an identity number: 2 the same, 1 up to two slips in at least six characters."""
    if left == right:
        return 2
    return int(min(len(left), len(right)) >= 6 and OSA.distance(left, right, score_cutoff=2) <= 2)


@lru_cache(_PAIRS)
def email_level(left: str, right: str) -> int:
    """Compare two mailboxes: 3 the same, 2 a few slips, 1 the same name at another host.

    Mailboxes that differ in numbers alone are numbered ones, of different people: li44@, li45@ and li@. Two
    well-known hosts (163.com, 126.com) are no slips of each other.
    """
    if left == right:
        return 3
    (first, _, host), (second, _, other) = left.partition("@"), right.partition("@")
    known = words("email_domains")
    slips = host == other or host not in known or other not in known
    if slips and (
        OSA.normalized_similarity(left, right, score_cutoff=_ALIKE - 0.01) >= _ALIKE or _same_letters(left, right)
    ):
        level = 2
    else:
        level = int(min(len(first), len(second)) >= 5 and first == second)
    numbered = _DIGITS.sub("#", left) == _DIGITS.sub("#", right) or _unnumbered(left) == _unnumbered(right)
    return level if level and (not slips or not numbered) else 0


def _unnumbered(mailbox: str) -> str:
    """Return a mailbox without the number that its name ends with: zhangwei1986@ is zhangwei@ of another person."""
    local, _, host = mailbox.partition("@")
    return f"{local.rstrip('0123456789')}@{host}"


def spells(mailbox: str, name: Collection[str]) -> bool:
    """Tell whether the part before the @ is words of a name or their beginnings, no more: d.young."""
    rest = "".join(filter(str.isalnum, mailbox))
    heard = frozenset(map(spoken, name))
    return len(heard) <= _PARTS and _made_of(rest, heard)


@lru_cache(_PAIRS)
def _made_of(text: str, words: frozenset[str]) -> bool:
    if not text:
        return True
    return any(
        _made_of(text[size:], words - {word})
        for word in words
        for size in {1, 2, 3, len(word)}
        if text.startswith(word[:size])
    )


def _same_letters(left: str, right: str) -> bool:
    """Tell whether two long texts have the same letters and digits, but for one or two: their order was mixed up."""
    if min(len(left), len(right)) < 3 * SHORT or sum(map(str.isalnum, set(left).symmetric_difference(right))) > 2:
        return False
    first, second = Counter(filter(str.isalnum, left)), Counter(filter(str.isalnum, right))
    return sum(((first - second) + (second - first)).values()) <= 2


@lru_cache(_PAIRS)
def text_level(left: str, right: str) -> int:
    """Compare two short texts: 2 the same, 1 alike or one inside the other."""
    if left == right:
        return 2
    if left.isdigit() and right.isdigit():
        return int(len(left) >= 4 and OSA.distance(left, right, score_cutoff=1) <= 1)
    short, long = sorted((left, right), key=len)
    inside = len(short) >= 4 and f" {short} " in f" {long} "
    return int(inside or OSA.normalized_similarity(left, right) >= 0.7)


def shared_share(left: Collection[str], right: Collection[str], worth: Callable[[str], float]) -> float:
    """Return how much of the lesser of two sets of words stands in the other, by worth; a typo counts four fifths."""
    common = set(left) & set(right)
    only_left = [word for word in left if word not in common]
    only_right = [word for word in right if word not in common]
    shared = sum(map(worth, common))
    total = min(shared + sum(map(worth, only_left)), shared + sum(map(worth, only_right)))
    if any(map(may_have_typos, only_left)):
        shared = _with_typos(shared, only_left, only_right, worth)
    return min(1.0, shared / total) if total > 0 else 0.0


def _with_typos(shared: float, left: list[str], right: list[str], worth: Callable[[str], float]) -> float:
    """Add to `shared` what words of one side are worth that are near one of the other, each of which counts once."""
    for word in left:
        like = next((other for other in right if _near_place(word, other)), None)
        if like is not None:
            right.remove(like)
            shared += 0.8 * min(worth(word), worth(like))
    return shared


@lru_cache(_CACHED)
def may_have_typos(word: str) -> bool:
    """Tell whether a word is of letters: of numbers and Chinese words `_near_places` takes none for another."""
    return word.isalpha() and not is_han(word)


def _near_place(left: str, right: str) -> bool:
    """Tell whether two words of an address may be one: a typo, or an abbreviation (blv for blvd, ave for avenue)."""
    if left[0] != right[0] and left[-1] != right[-1]:
        return False  # nearly all pairs: a typo seldom changes both ends
    return _near_places(left, right) if left < right else _near_places(right, left)


@lru_cache(_PAIRS)
def _near_places(left: str, right: str) -> bool:
    if not left.isalpha() or not right.isalpha() or is_han(left) or is_han(right):
        return False
    short, long = sorted((left, right), key=len)
    return _abbreviates(short, long) or near_word(left, right)


def _abbreviates(short: str, long: str) -> bool:
    """Tell whether a word shortens another: its beginning (ave), or letters of it in order (blvd)."""
    if len(short) < 2 or short[0] != long[0]:
        return False
    rest = iter(long)
    return long.startswith(short) or (len(short) <= SHORT and short[-1] == long[-1] and all(c in rest for c in short))


def one_number(left: Collection[str], right: Collection[str]) -> bool:
    """Tell whether two addresses may be one house: they share a number, up to a slip, or one of them has none."""
    first, second = [word for word in left if word.isdigit()], [word for word in right if word.isdigit()]
    if not first or not second:
        return True
    return any(a == b or (max(len(a), len(b)) > 1 and digits_level(a, b)) for a in first for b in second)
