"""A name and a phone number written into an address, as people paste them from parcels and chats."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from processors.cleansing.address_person import (
    glued_name,
    has_form,
    is_name,
    is_person,
    may_receive,
    outer_name,
    received,
    without_received,
)
from processors.cleansing.gazetteer import places
from processors.cleansing.id_number import clean_id_number
from processors.cleansing.phone_gone import with_what_is_said
from processors.cleansing.postcode import clean_postcode

_HOUSE = "".join(rf"|(?<=[-\u3400-\u9fff]\d{{{count}}})" for count in (1, 2, 3, 4))  # 2栋1802, and a mobile at once
_PHONE = re.compile(
    rf"(?:(?<!\d)(?<!\d-)(?:\+?86[- ]?)?{_HOUSE})1[3-9]\d[- ]?(?:\d{{4}}|\*{{4}})[- ]?\d{{4}}(?!\d)"
    r"(?:\s?[-转]\s?\d{3,4}(?![\d号栋幢室楼层座单弄]))?"
    r"|(?<!\d)0\d{2,3}[- ]\d{7,8}(?:\s?[-转]\s?\d{1,5})?(?![\d号栋幢室楼层座单弄])"
)
_PHONE_SAID = with_what_is_said(_PHONE)
_SIGN = re.compile(r"[\s,，;；。邮【\[（(收启人名先女小老经师]|\d{4}")  # most addresses have none of what is looked for
_FOUR_DIGITS = re.compile(r"\d{4}")  # which every such number has, and few houses
_RECEIVER_LABEL = "(?:收[货貨]|收件|[联聯][系繫絡络]|客[户戶])人(?:姓名)?|姓名"
_NUMBER_LABEL = "手[机機]|[联聯][系繫絡络]|[电電](?:[话話]|[联聯][系繫]?)"
_MARK = "☎"  # where a number stood
_LABEL = re.compile(
    rf"(?:(?:{_RECEIVER_LABEL}|(?:{_NUMBER_LABEL})(?:号码|號碼|方式|[电電][话話]|[号號])?|所在(?:地[区區]|[区區]域)"
    r"|(?:收[货貨]|[详詳][细細]|[联聯][系繫絡络]|家庭|公司)?(?:地址|住址))(?:\s*[:：]|(?=[\s,，;；。]|$))"
    rf"|(?:请|麻烦|务必|提前)?[电電](?:[话話])?[联聯][系繫]?(?=[\u3400-\u9fff]{{0,4}}\s*{_MARK}))"
)
_LABELLED_NAME = re.compile(
    rf"(?:{_RECEIVER_LABEL})\s*[:：]?\s*([\u3400-\u9fffA-Za-z·]{{1,6}}?)(?=[,，;；。\s]|{_NUMBER_LABEL}|地址|所在|$|\d)"
)
_BRACKETED_LABEL = re.compile(
    r"[【\[]\s*((?:收货|收件|联系|客户)人|姓名|(?:联系)?(?:手机|电话)(?:号码?)?|(?:收货|详细|联系)?地址)\s*[】\]]\s*[:：]?"
)
_BARE_LABEL = re.compile(r"^(?:(?:收货|详细|联系|家庭|公司)?(?:地址|住址))(?=[\u3400-\u9fff]{2})")  # 地址黑龙江省…
_LENT = re.compile(r"[-转]\s?(\d{3,4})$")  # the extension of a number that a platform lends, also said as [8765]
_BRACKETED_FORM = re.compile(r"(?<=[\u3400-\u9fff])[(（](先生|女士|小姐)[)）]")
_BRACKETED_RECEIVER = re.compile(r"[(（]([\u3400-\u9fff]{2,4}(?:亲?启|收))[)）]")
_OPENED, _CLOSED = r"[(（【\[]", r"[)）】\]]"
_EMPTY = re.compile(rf"{_OPENED}\s*{_CLOSED}")
_IN_BRACKETS = re.compile(
    rf"{_OPENED}([^()（）【】\[\]{_MARK}]{{0,12}}{_MARK}[^()（）【】\[\]{_MARK}]{{0,12}}){_CLOSED}"
)
_BRACKETED_NAME = re.compile(
    rf"{_OPENED}([\u3400-\u9fff]{{2,3}}){_CLOSED}(?=\s*(?:{_MARK}|$))"
    rf"|(?:^|(?<={_MARK}\n)){_OPENED}([\u3400-\u9fff]{{2,3}}){_CLOSED}"
)
_JOINED = re.compile(r"([\u3400-\u9fff]{2,3})[-_/|、:：](.+)|(.+)[-_/|、:：]([\u3400-\u9fff]{2,3})")  # 文三路1号-张三
_PARTED_RECEIVER = re.compile(r"(?<=[\u3400-\u9fff]{2})\s+(?:亲?启|收)(?=$|[\s\d)）】])")
_RECEIVED = re.compile(r"(?<=[\u3400-\u9fff]{2})[(（](?:亲?启|收)[)）]")
_LABELLED_CODE = re.compile(r"(?<![\s,，;；。])[\s,，;；。]*(?:邮编|邮政编码)\s*[:：]?\s*(\d{6})(?!\d)")
_BREAK = re.compile(r"[,，;；。\s]+")
_EDGES = "./|、:：_-"  # of what stood between two signs: 0755-22107333.曹建林
_SEVENTEEN_DIGITS = re.compile(r"\d{17}")
_IDENTITY = re.compile(r"(身[份分][证證](?:[号號][码碼]?)?\s*[:：]?\s*)?(?<![\dA-Za-z])(\d{17}[\dXx])(?![\dA-Za-z])")
_ORDER = re.compile(r"\d{8,}")  # the number of an order or a parcel
_PARTED_FORM = re.compile(r"(?<![^\s,，;；。])([\u3400-\u9fff]{1,3})\s+(先生|女士|小姐)(?![^\s,，;；。\d])")
_POSTCODE = re.compile(r"(?<!\d)\d{6}(?!\d)")


class Contact(NamedTuple):
    """What a mixed string holds: the address alone, and the name, phone, postcode and identity number in it."""

    address: str
    name: str
    phone: str
    postcode: str
    id_number: str = ""


@lru_cache(64)  # asked twice in a row: for the text of an address, then for its parts
def split_contact(text: str) -> Contact:
    """Return an address without the name, numbers and postcode mixed into it; the address alone stays as it is."""
    if _SIGN.search(text) is None:
        return Contact(text, "", "", "")
    numbers = _FOUR_DIGITS.search(text) is not None
    identity, text = _identity(text) if numbers and _SEVENTEEN_DIGITS.search(text) else ("", text)
    labelled_code = _LABELLED_CODE.search(text) if "邮" in text else None
    code = labelled_code[1] if labelled_code else ""
    text = _evened(_LABELLED_CODE.sub(" ", text).strip() if labelled_code else text)
    phones = _PHONE_SAID.findall(text) if numbers and _PHONE.search(text) else []
    labelled = _LABELLED_NAME.search(text) if "人" in text or "姓名" in text else None
    given = text[-1:] in ("收", "启") and received(text)
    if not (phones or labelled or given or _BREAK.search(text) or has_form(text)):
        return Contact(text, "", "", code, identity)
    name = labelled[1] if labelled else ""
    parts, beside = [part for part in _BREAK.split(text) if part], list[str]()
    if phones or labelled or (numbers and len(parts) > 1 and any(map(_POSTCODE.fullmatch, (parts[0], parts[-1])))):
        parts, beside, found = _without_numbers(_marked(text, phones))
        code = code or found
    if not name and (len(parts) > 1 or (beside and parts)):
        name = outer_name(parts, beside, bool(phones))
        if name:
            parts.remove(name)
    if not name and (phones or given):
        name, parts = glued_name(parts)
    if not (name or phones or identity or (code and not labelled_code)):
        return Contact(text, "", "", code)
    return Contact(" ".join(parts), without_received(name), phones[0] if phones else "", code, identity)


def _evened(text: str) -> str:
    """Return a text in which labels, forms of address and receivers stand as they mostly do: 张三收, 收件人：张三."""
    text = _BRACKETED_LABEL.sub(r"\n\1：", text) if "【" in text or "[" in text else text
    if "收" in text or "启" in text:
        text = _PARTED_RECEIVER.sub("收", _RECEIVED.sub("收", text))
        text = _BRACKETED_RECEIVER.sub(_on_its_own, text)
    return _BRACKETED_FORM.sub(r"\1", text) if "（" in text or "(" in text else text


def _marked(text: str, phones: list[str]) -> list[str]:
    """Return the parts of a text without labels and labelled names, and a mark where each phone stood."""
    rest = _PHONE_SAID.sub(f"\n{_MARK}\n", _LABELLED_NAME.sub("\n", text))
    rest = _IN_BRACKETS.sub(r"\n\1\n", _PARTED_FORM.sub(r"\1\2", rest))
    rest = _BRACKETED_NAME.sub(_named_in_brackets, _EMPTY.sub("\n", _LABEL.sub("\n", rest)))
    if phones and (lent := _LENT.search(phones[0])):
        rest = re.sub(rf"[(（【\[]{lent[1]}[)）】\]]", "\n", rest)
    return [part for part in _BREAK.split(rest) if part]


def _identity(text: str) -> tuple[str, str]:
    """Return the identity number in a text, "" where none is valid, and the text without it."""
    match = _IDENTITY.search(text)
    valid = match is not None and clean_id_number(match[2]).value is not None
    if match is None or not (valid or match[1]):
        return "", text
    return match[2] if valid else "", f"{text[: match.start()]}\n{text[match.end() :]}".strip()


def _without_numbers(parts: list[str]) -> tuple[list[str], list[str], str]:
    """Return parts without labels, postcodes and orders' numbers, which of them stood beside a phone, the postcode."""
    parts = [each for part in parts if (stripped := _without_label(part).strip(_EDGES)) for each in _joined(stripped)]
    codes = [part for part in parts if _POSTCODE.fullmatch(part)]
    parts = [part for part in parts if part not in codes]
    near = [at + step for at, part in enumerate(parts) if part == _MARK for step in (-1, 1)]
    beside = [parts[at] for at in near if 0 <= at < len(parts) and parts[at] != _MARK]
    kept = [part for part in parts if part != _MARK and not _ORDER.fullmatch(part)]
    return kept, beside, next((code for code in codes if clean_postcode(code).value), "")


def _joined(part: str) -> Sequence[str]:
    """Return a part of an address as it is, or a name and what it is joined to by a sign."""
    match = _JOINED.fullmatch(part)
    if match is None:
        return (part,)
    first, second = match[1] or match[3], match[2] or match[4]
    return (first, second) if is_person(match[1] or match[4]) else (part,)


def _on_its_own(match: re.Match[str]) -> str:
    """Return who receives by what stands in brackets (李雷收) as a part of its own; what is no name stays (代收)."""
    return f" {match[1]} " if may_receive(without_received(match[1])) else match[0]


def _named_in_brackets(match: re.Match[str]) -> str:
    """Return a name that stands in brackets beside a number (【张三】138…) as a part of its own."""
    return f"\n{match[1] or match[2]}\n" if is_person(match[1] or match[2]) else match[0]


def _without_label(part: str) -> str:
    """Return a part of an address without the word 地址 before its place or a name, which needs no colon."""
    label = _BARE_LABEL.match(part)
    rest = part[label.end() :] if label else part
    return rest if rest[:2] in places() or rest[:3] in places() or is_name(rest) else part
