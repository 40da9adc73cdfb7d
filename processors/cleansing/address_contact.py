"""A name and a phone number written into an address, as people paste them from parcels and chats."""

import re
from functools import lru_cache
from typing import NamedTuple

from processors.cleansing.gazetteer import places
from processors.cleansing.honorific import split_honorific
from processors.cleansing.id_number import clean_id_number
from processors.cleansing.name_beside import is_firm
from processors.cleansing.phone_gone import with_what_is_said
from processors.cleansing.postcode import clean_postcode
from processors.cleansing.surname import surname_of

_PHONE = re.compile(
    r"(?<![\d-])(?:\+?86[- ]?)?1[3-9]\d[- ]?(?:\d{4}|\*{4})[- ]?\d{4}(?!\d)"
    r"(?:\s?[-转]\s?\d{3,4}(?![\d号栋幢室楼层座单弄]))?"
    r"|(?<!\d)0\d{2,3}-\d{7,8}(?:-\d{1,5})?(?!\d)"
)
_PHONE_SAID = with_what_is_said(_PHONE)
_FOUR_DIGITS = re.compile(r"\d{4}")  # which every such number has, and few houses
_RECEIVER_LABEL = "(?:收[货貨]|收件|[联聯][系繫絡络]|客[户戶])人(?:姓名)?|姓名"
_NUMBER_LABEL = "手[机機]|[联聯][系繫絡络]|[电電][话話]"
_LABEL = re.compile(
    rf"(?:{_RECEIVER_LABEL}|(?:{_NUMBER_LABEL})(?:号码|號碼|方式|[电電][话話]|[号號])?|所在(?:地[区區]|[区區]域)"
    rf"|(?:收[货貨]|[详詳][细細]|[联聯][系繫絡络]|家庭|公司)?(?:地址|住址)(?=[:：\s]))\s*[:：]?"
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
_MARK = "☎"  # where a number stood
_EMPTY = re.compile(rf"[(（【\[][\s{_MARK}]*[)）】\]]")
_GLUED = re.compile(
    r"(?<=[\d室号楼栋幢层座铺户房#])(?![室号楼栋幢层座铺户房])([\u3400-\u9fff]{2,4}?)(?:(?:亲?启|收))?$"
)  # 501室张三, 1202姜格格收
_PARTED_RECEIVER = re.compile(r"(?<=[\u3400-\u9fff]{2})\s+(?=(?:亲?启|收)(?:$|[\s\d]))")
_RECEIVED = re.compile(r"(?<=[\u3400-\u9fff]{2})[(（](?:亲?启|收)[)）]")
_RECEIVER = re.compile(r"(?<=[\u3400-\u9fff]{2})(?<!丰)(?:亲?启|收)$")  # 张三收; but 王丰收 is a name
_LABELLED_CODE = re.compile(r"[\s,，;；。]*(?:邮编|邮政编码)\s*[:：]?\s*(\d{6})(?!\d)")
_BREAK = re.compile(r"[,，;；。\s]+")
_EDGES = "./|、:："  # of what stood between two signs: 0755-22107333.曹建林
_SEVENTEEN_DIGITS = re.compile(r"\d{17}")
_IDENTITY = re.compile(r"(身[份分][证證](?:[号號][码碼]?)?\s*[:：]?\s*)?(?<![\dA-Za-z])(\d{17}[\dXx])(?![\dA-Za-z])")
_ORDER = re.compile(r"\d{8,}")  # the number of an order or a parcel
_PARTED_FORM = re.compile(r"(?<![^\s,，;；。])([\u3400-\u9fff]{1,3})\s+(先生|女士|小姐)(?![^\s,，;；。\d])")
_POSTCODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
_FORMS = "先生|女士|小姐|老师|经理|师傅"
_ADDRESSED = re.compile(_FORMS)  # to look for this alone is a third of the work
_HONORIFIC = re.compile(rf"[\u3400-\u9fff]{{1,4}}(?:{_FORMS})")
_NAME = re.compile(
    r"[\u3400-\u9fff]{1,4}|[\u3400-\u9fff]{1,2}[A-Za-z*]{1,4}|[A-Za-z]{2,12}|大?[\u3400-\u9fff]{1,3}[某*xX]{1,2}"
)
_LONGEST = 3
_PLACE = re.compile(r"[省市区县旗州镇乡村街道路巷弄号楼栋幢室层座苑园里庄屯店厂]$|\d")


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
    numbers = _FOUR_DIGITS.search(text) is not None
    identity, text = _identity(text) if numbers and _SEVENTEEN_DIGITS.search(text) else ("", text)
    labelled_code = _LABELLED_CODE.search(text) if "邮" in text else None
    code = labelled_code[1] if labelled_code else ""
    text = _LABELLED_CODE.sub(" ", text).strip() if labelled_code else text
    text = _BRACKETED_LABEL.sub(r"\n\1：", text) if "【" in text or "[" in text else text
    received = "收" in text or "启" in text
    if received:
        text = _PARTED_RECEIVER.sub("", _RECEIVED.sub("收", text))
        text = _BRACKETED_RECEIVER.sub(_on_its_own, text)
    text = _BRACKETED_FORM.sub(r"\1", text) if "（" in text or "(" in text else text
    phones = _PHONE_SAID.findall(text) if numbers and _PHONE.search(text) else []
    labelled = _LABELLED_NAME.search(text) if "人" in text or "姓名" in text else None
    given = received and _RECEIVER.search(text) is not None
    if not (
        phones or labelled or given or _BREAK.search(text) or (_ADDRESSED.search(text) and _HONORIFIC.search(text))
    ):
        return Contact(text, "", "", code, identity)
    name = labelled[1] if labelled else ""
    rest = _LABELLED_NAME.sub("\n", text) if labelled else text
    if phones or labelled:
        rest = _PARTED_FORM.sub(r"\1\2", _PHONE_SAID.sub(f"\n{_MARK}\n", rest))
        rest = _EMPTY.sub(f"\n{_MARK}\n", _LABEL.sub("\n", rest))
    if phones and (lent := _LENT.search(phones[0])):
        rest = re.sub(rf"[(（【\[]{lent[1]}[)）】\]]", "\n", rest)
    parts, beside = [part for part in _BREAK.split(rest) if part], list[str]()
    if phones or labelled:
        parts, beside, found = _without_numbers(parts)
        code = code or found
    if not name and (len(parts) > 1 or (beside and parts)):
        name = _outer_name(parts, beside, bool(phones))
        if name:
            parts.remove(name)
    if not name and (phones or given):
        name, parts = _glued_name(parts)
    if not (name or phones or identity or (code and not labelled_code)):
        return Contact(text, "", "", code)
    return Contact(" ".join(parts), _RECEIVER.sub("", name), phones[0] if phones else "", code, identity)


def _identity(text: str) -> tuple[str, str]:
    """Return the identity number in a text, "" where none is valid, and the text without it."""
    match = _IDENTITY.search(text)
    valid = match is not None and clean_id_number(match[2]).value is not None
    if match is None or not (valid or match[1]):
        return "", text
    return match[2] if valid else "", f"{text[: match.start()]}\n{text[match.end() :]}".strip()


def _without_numbers(parts: list[str]) -> tuple[list[str], list[str], str]:
    """Return parts without labels, postcodes and orders' numbers, which of them stood beside a phone, the postcode."""
    parts = [stripped for part in parts if (stripped := _without_label(part).strip(_EDGES))]
    codes = [part for part in parts if _POSTCODE.fullmatch(part)]
    parts = [part for part in parts if part not in codes]
    near = [at + step for at, part in enumerate(parts) if part == _MARK for step in (-1, 1)]
    beside = [parts[at] for at in near if 0 <= at < len(parts) and parts[at] != _MARK]
    kept = [part for part in parts if part != _MARK and not _ORDER.fullmatch(part)]
    return kept, beside, next((code for code in codes if clean_postcode(code).value), "")


def _on_its_own(match: re.Match[str]) -> str:
    """Return who receives by what stands in brackets (李雷收) as a part of its own; what is no name stays (代收)."""
    return f" {match[1]} " if _may_be_received(_RECEIVER.sub("", match[1])) else match[0]


def _without_label(part: str) -> str:
    """Return a part of an address without the word 地址 before its place or a name, which needs no colon."""
    label = _BARE_LABEL.match(part)
    rest = part[label.end() :] if label else part
    return rest if rest[:2] in places() or rest[:3] in places() or _is_name(rest) else part


def _glued_name(parts: list[str]) -> tuple[str, list[str]]:
    """Return a name that stands at the end of an address without a blank, or before its province, and what remains."""
    if not parts:
        return "", parts
    if _RECEIVER.search(parts[-1]) and _may_be_received(_RECEIVER.sub("", parts[-1])):
        return parts[-1], parts[:-1]
    for index in (len(parts) - 1, 0):
        if (match := _GLUED.search(parts[index])) and _may_be_received(match[1]):
            return match[1], [*parts[:index], parts[index][: match.start()], *parts[index + 1 :]]
    first = parts[0]
    if first[:2] in places() or first[:3] in places():
        return "", parts
    for width in (3, 2):
        name, rest = first[:width], first[width:]
        if _is_name(name) and (rest[:2] in places() or rest[:3] in places()):
            return name, [rest, *parts[1:]]
    return "", parts


def _may_be_received(text: str) -> bool:
    """Tell whether a text is a surname with a form of address (小李, 张先生), or a name and nothing's place or firm."""
    if _is_name(text) and not _PLACE.search(text) and not is_firm(text):
        return True
    bare, said = split_honorific(text)
    return said is not None and bare != "" and surname_of(bare) == bare


def _is_name(text: str) -> bool:
    return 1 < len(text) <= _LONGEST and 0 < len(surname_of(text)) < len(text)


def _outer_name(parts: list[str], beside: list[str], sure: bool) -> str:
    """Return the part that is a name: with an honorific, else (if a phone stood there) the likeliest.

    That is one with a surname, at an end or `beside` the phone, before anything name-like at an end.
    """
    ends = (parts[-1], parts[0])
    for part in ends:
        if _HONORIFIC.fullmatch(part):
            return part
    if not sure:
        return ""
    named = [part for part in (*ends, *beside) if _is_name(part) and not _PLACE.search(part) and part not in places()]
    likely = [part for part in ends if _NAME.fullmatch(part) and not _PLACE.search(part) and part not in places()]
    return named[0] if named else min(likely, key=len, default="")
