"""A firm and a title in one text, as tables with one column for both have it: 蓝海科技有限公司 销售总监. Pure."""

import re
from typing import NamedTuple

from processors.cleansing.name_beside import is_firm
from processors.cleansing.text import bounded
from processors.cleansing.title import function_of, seniority_of

_FIRM_FIRST = re.compile(r"[/／|｜\n\r\t]+|\s[-–—]+\s|(?<=[\u3400-\u9fff])[-–—]+(?=[\u3400-\u9fff])")
_LISTED = re.compile(r"(?P<firm>.{2,}?)[,，;；] ?(?P<title>[^,，;；]{2,})")
_WRAPPED = re.compile(r"(?P<firm>.{2,}?) ?[（(【\[](?P<title>[^（(【\[]{2,})[）)】\]]")
_GLUED = re.compile(r"(?P<firm>.{2,}(?:公司|集团|合伙企业|事务所|研究院|大学|医院))(?P<title>.{2,20})")
_ORGANISATION = re.compile(r"(?:公司|集团|[厂店社院校所局委]|中心|大学|协会|商会|银行|工作室|政府)$")
_LEGAL_LATIN = re.compile(r"\b(?:co|inc|corp|ltd|limited|llc|gmbh|group)\b", re.IGNORECASE)
_SHORT = 4  # characters of an office that says what somebody does and no rank: 采购, 行政


class FirmAndTitle(NamedTuple):
    """The two, each empty where it is not said."""

    company: str
    title: str


def firm_and_title(text: str) -> FirmAndTitle:
    """Part the text of a column that holds a firm, then a title; either may be missing, or stand in the other's place.

    Behind a stroke or on another line stands a title whatever it says; behind a blank or without anything between only
    what is known for one. What cannot be parted is the firm.
    """
    plain = bounded(text).strip()
    parts = [part.strip() for part in _FIRM_FIRST.split(plain, maxsplit=1)]
    if len(parts) == 1:
        return _without_stroke(plain)
    first, rest = parts
    if _is_office(first) and not _is_office(rest):
        return FirmAndTitle(rest, first)
    before = _without_stroke(first)
    if not (before.company and before.title):
        return FirmAndTitle(first, rest)
    return FirmAndTitle(before.company, f"{before.title}/{rest}")  # 蓝海科技 总经理/副总


def _without_stroke(plain: str) -> FirmAndTitle:
    words = plain.split()
    plain = " ".join(words)
    if len(words) > 1 and _is_office(words[-1]):
        cut = max((place for place, word in enumerate(words) if _is_organisation(word)), default=0) + 1
        if cut < len(words) and not (plain.isascii() and _LEGAL_LATIN.search(plain) is None):
            return FirmAndTitle(" ".join(words[:cut]), " ".join(words[cut:]))
    for pattern in (_LISTED, _WRAPPED, _GLUED):
        if (match := pattern.fullmatch(plain)) and _is_office(match["title"]):
            return FirmAndTitle(match["firm"], match["title"])
    alone = _is_office(plain) and _LEGAL_LATIN.search(plain) is None
    return FirmAndTitle("", plain) if alone else FirmAndTitle(plain, "")


def _is_office(text: str) -> bool:
    if _is_organisation(text):
        return False
    return seniority_of(text) > 0 or (len(text) <= _SHORT and function_of(text) != "")


def _is_organisation(text: str) -> bool:
    return (
        _ORGANISATION.search(text) is not None or _LEGAL_LATIN.fullmatch(text.strip(".,")) is not None or is_firm(text)
    )
