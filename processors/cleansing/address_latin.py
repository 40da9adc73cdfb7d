"""Addresses in Latin letters: No. 88 Jianguo Road, Chaoyang District, Beijing. Small to large, or large to small."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product
from typing import NamedTuple

from processors.cleansing.divisions import CITY, DISTRICT, PROVINCE, Division, divisions
from processors.cleansing.gazetteer import is_zone, stem_of
from processors.cleansing.hanzi import reading
from processors.cleansing.reference import words

_SEGMENT = re.compile(r"[,;，；\n]+")
_POSTCODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
_CHINA = re.compile(
    r"(?:(?:mainland|p\.?\s?r\.?(?:\s?of)?)?\s*china|prc|cn|people'?s republic of china)\.?", re.IGNORECASE
)
_CHINA_BEHIND = re.compile(r"(?<!\s)\s+(?:p\.?r\.?\s*)?china$", re.IGNORECASE)
_ABROAD = re.compile(
    r"(?:usa?|u\.s\.a?\.?|united states(?: of america)?|america|uk|u\.k\.|united kingdom|england|scotland|canada|"
    r"australia|new zealand|japan|(?:south )?korea|singapore|malaysia|thailand|vietnam|indonesia|philippines|india|"
    r"germany|france|italy|spain|netherlands|russia|brazil|mexico|peru|uae|dubai)\.?",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[^a-z]")
_SHORTEST = 4  # letters of a name that no rank follows
_LONGEST = 64  # characters of a name with its rank
_MOST = 4  # mentions of divisions in one address, and words of one name
_RANKS = (  # what stands behind a name, how high it may be, and how its Chinese name ends
    (("new area", "new district", "xinqu", "xin qu", "district", "dist", "qu"), (DISTRICT,), "区"),
    (("autonomous county", "county", "xian"), (DISTRICT,), "县"),
    (("autonomous banner", "banner", "qi"), (DISTRICT,), "旗"),
    (("municipality", "city", "shi"), (PROVINCE, CITY, DISTRICT), "市"),
    (("autonomous prefecture", "prefecture", "zhou", "league", "meng"), (CITY,), "州盟区"),
    (("province", "prov", "sheng"), (PROVINCE,), "省"),
    (("autonomous region", "region", "sar", "special administrative region"), (PROVINCE,), "区"),
)
_PEOPLES = re.compile(
    r"(?<![\s,])(?:[\s,]{1,9}(?:and\s)?(?:zhuang|hui|uy?gh?ur|tibetan|mongol(?:ian)?|kazakh|korean|miao|tujia|dong|yi|bai|dai|qiang|buyei)){1,6}"
    r"(?=\s+autonomous)",
    re.IGNORECASE,
)
_ENDING = re.compile(
    r"^(.+?[^\s-])[\s-]+(" + "|".join(word for ranks, _, _ in _RANKS for word in ranks) + r")\.?$", re.IGNORECASE
)


_GLUED = re.compile(r"^([a-z']{4,}?)(sheng|shi|qu|xian)$", re.IGNORECASE)  # hangzhoushi


class Latin(NamedTuple):
    """What an address in Latin letters says: divisions that fit it equally well, and the rest in its own order."""

    found: tuple[Division, ...]
    detail: str


class _Mention(NamedTuple):
    """The divisions that a name may mean; `ranked` where it says what kind of division that is."""

    meant: tuple[Division, ...]
    ranked: bool


@cache
def _index() -> dict[str, tuple[Division, ...]]:
    """Return the divisions of today by what their names sound like: chaoyang, shaanxi, hongkong."""
    found: dict[str, list[Division]] = {}
    spelled: dict[str, list[str]] = {}
    for entry in words("division_latin"):
        key, _, stem = entry.partition("=")
        spelled.setdefault(stem, []).append(key)
    for division in divisions().values():
        if division.now or is_zone(division):
            continue
        stem = stem_of(division.name)
        for key in {*spelled.get(stem, ()), _LETTERS.sub("", reading(stem))}:
            found.setdefault(key, []).append(division)
    return {key: tuple(meant) for key, meant in found.items() if len(key) > 2}


def latin_address(text: str) -> Latin | None:
    """Return the divisions that an address without Chinese characters names, None where it names none for certain."""
    text = _PEOPLES.sub("", _POSTCODE.sub(" ", text))
    segments = [part.strip(" .") for part in _SEGMENT.split(text)]
    segments = [part for part in segments if part]
    if any(_ABROAD.fullmatch(part) for part in segments):
        return None
    mentions: list[_Mention] = []
    rest: list[str] = []
    ends: list[bool] = []  # whether a segment ends with a division
    for part in segments:
        if _CHINA.fullmatch(part):
            continue
        before, named = _named(_CHINA_BEHIND.sub("", part))
        mentions += named
        rest += [before] if before else []
        ends.append(bool(named))
    numbered = any(char.isdigit() for char in text)  # a street behind its city, not another country's
    if not mentions or not (ends[-1] or (ends[0] and numbered)):
        return None
    found = _fitting(mentions[:_MOST])
    return Latin(found, ", ".join(rest)) if found else None


def _named(part: str) -> tuple[str, list[_Mention]]:
    """Return what stands in a segment before the divisions that it ends with, and those, as they stand."""
    if (whole := _meant(part)) is not None:
        return "", [whole]
    left, found = _leading(part.split())
    if found and left:
        return " ".join(left), found
    while left:
        width = next((n for n in range(min(_MOST, len(left)), 0, -1) if _meant(" ".join(left[-n:]))), 0)
        mention = _meant(" ".join(left[-width:])) if width else None
        if mention is None:
            break
        found.insert(0, mention)
        left = left[:-width]
    sure = not left or any(each.ranked or each.meant[0].level < DISTRICT for each in found)
    return (" ".join(left), found) if sure else (part, [])


def _leading(left: list[str]) -> tuple[list[str], list[_Mention]]:
    """Return what follows the divisions that words begin with, and those: Jiangsu Nanjing City Wensan Road 5.

    The last of them has its rank: Nanjing Road is a street.
    """
    begin, end, found, sure = 0, 0, list[_Mention](), 0
    while len(left) - begin > 1 and (known := _leading_mention(left[begin : begin + _MOST])):
        width, mention = known
        begin += width
        found.append(mention)
        if mention.ranked:
            end, sure = begin, len(found)
    return left[end:], found[:sure]


def _leading_mention(left: Sequence[str]) -> tuple[int, _Mention] | None:
    """Return a division at the beginning and how many words it is: with its rank, or a province or city without."""
    known = [(width, mention) for width in range(1, len(left) + 1) if (mention := _meant(" ".join(left[:width])))]
    ranked = [each for each in known if each[1].ranked and each[0] > 1]
    large = [each for each in known if not each[1].ranked and each[1].meant[0].level < DISTRICT]
    return ranked[0] if ranked else large[-1] if large else None


def _meant(text: str) -> _Mention | None:
    """Return what a name alone means, with or without its rank: Xihu District, Hangzhou."""
    if len(text) > _LONGEST:
        return None
    if match := _ENDING.match(text) or _GLUED.match(text):
        rank = match[2].lower()
        levels, ending = next((levels, ending) for ranks, levels, ending in _RANKS if rank in ranks)
        ranked = tuple(
            each for each in _index().get(_key(match[1]), ()) if each.level in levels and each.name[-1] in ending
        )
        if ranked:
            new = "new" in rank or "xin" in rank  # Beidaihe has a district and a new area
            return _Mention(tuple([each for each in ranked if each.name.endswith("新区") is new]) or ranked, True)
    known = _index().get(_key(text), ()) if len(text) >= _SHORTEST else ()
    return _Mention(tuple(sorted(known, key=lambda each: each.level)), False) if known else None


def _key(text: str) -> str:
    return _LETTERS.sub("", text.lower().replace("ü", "v"))


def _fitting(mentions: Sequence[_Mention]) -> tuple[Division, ...]:
    """Return the smallest divisions of the readings in which all that is named lies in one another, the highest first.

    Where two provinces are spelled alike (Shanxi) the one that is so spelled in its own right counts.
    """
    chains = [chain for chain in product(*(each.meant for each in mentions)) if _is_chain(chain)]
    if len(mentions) == 1 and not mentions[0].ranked:  # a district alone is an everyday word
        chains = [chain for chain in chains if chain[0].level < DISTRICT or chain[0].name.endswith("市")]
    if not chains:
        return ()
    best = min(sum(each.level for each in chain) for chain in chains)
    found = dict.fromkeys(_smallest(chain) for chain in chains if sum(each.level for each in chain) == best)
    first = next(iter(found))
    return (first,) if first.level == PROVINCE else tuple(found)


def _is_chain(chain: Sequence[Division]) -> bool:
    """Tell whether of each two divisions one lies in the other (or is it: Beijing, Beijing)."""
    return all(one is other or one.code in other.within or other.code in one.within for one, other in _pairs(chain))


def _pairs(chain: Sequence[Division]) -> Iterator[tuple[Division, Division]]:
    for index, one in enumerate(chain):
        for other in chain[index + 1 :]:
            yield one, other


def _smallest(chain: Sequence[Division]) -> Division:
    return max(chain, key=lambda each: each.level)
