"""A name and a phone number written into an address, as people paste them from parcels and chats."""

import re
from functools import lru_cache
from typing import NamedTuple

from processors.cleansing.phone_gone import with_what_is_said

_PHONE = re.compile(
    r"(?<![\d-])(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)|(?<!\d)0\d{2,3}-\d{7,8}(?:-\d{1,5})?(?!\d)"
)
_PHONE_SAID = with_what_is_said(_PHONE)
_FOUR_DIGITS = re.compile(r"\d{4}")  # which every such number has, and few houses
_LABEL = re.compile(
    r"(?:(?:收货|收件|联系|客户)人(?:姓名)?|姓名|(?:手机|联系|电话)(?:号码|方式|电话|号)?|电话|所在(?:地区|区域)|(?:收货|详细|联系|家庭|公司)?"
    r"(?:地址|住址)(?=[:：\s]))\s*[:：]?"
)
_LABELLED_NAME = re.compile(
    r"(?:(?:收货|收件|联系|客户)人(?:姓名)?|姓名)\s*[:：]?\s*([\u3400-\u9fffA-Za-z·]{1,6}?)(?=[,，;；。\s]|手机|电话|联系|地址|所在|$|\d)"
)
_RECEIVED = re.compile(r"(?<=[\u3400-\u9fff]{2})[(（](?:亲?启|收)[)）]")
_RECEIVER = re.compile(r"(?<=[\u3400-\u9fff]{2})(?<!丰)(?:亲?启|收)$")  # 张三收; but 王丰收 is a name
_LABELLED_CODE = re.compile(r"[\s,，;；。]*(?:邮编|邮政编码)\s*[:：]?\s*(\d{6})(?!\d)")
_BREAK = re.compile(r"[,，;；。\s]+")
_POSTCODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
_FORMS = "先生|女士|小姐|老师|经理|师傅"
_ADDRESSED = re.compile(_FORMS)  # to look for this alone is a third of the work
_HONORIFIC = re.compile(rf"[\u3400-\u9fff]{{1,4}}(?:{_FORMS})")
_NAME = re.compile(
    r"[\u3400-\u9fff]{1,4}|[\u3400-\u9fff]{1,2}[A-Za-z*]{1,4}|[A-Za-z]{2,12}|大?[\u3400-\u9fff]{1,3}[某*xX]{1,2}"
)
_PLACE = re.compile(r"[省市区县旗州镇乡村街道路巷弄号楼栋幢室层座苑园里庄屯店厂]$|\d")


class Contact(NamedTuple):
    """What a mixed string holds: the address alone, and the name, phone and postcode that stood in it."""

    address: str
    name: str
    phone: str
    postcode: str


@lru_cache(64)  # asked twice in a row: for the text of an address, then for its parts
def split_contact(text: str) -> Contact:
    """Return an address without the name, phone and postcode mixed into it; the address alone stays as it is."""
    labelled_code = _LABELLED_CODE.search(text) if "邮" in text else None
    code = labelled_code[1] if labelled_code else ""
    text = _LABELLED_CODE.sub(" ", text).strip() if labelled_code else text
    text = _RECEIVED.sub("", text) if "收" in text or "启" in text else text
    phones = _PHONE_SAID.findall(text) if _FOUR_DIGITS.search(text) and _PHONE.search(text) else []
    labelled = _LABELLED_NAME.search(text) if "人" in text or "姓名" in text else None
    if not (phones or labelled or _BREAK.search(text) or (_ADDRESSED.search(text) and _HONORIFIC.search(text))):
        return Contact(text, "", "", code)
    name = labelled[1] if labelled else ""
    rest = _LABELLED_NAME.sub("\n", text) if labelled else text
    rest = _LABEL.sub("\n", _PHONE_SAID.sub("\n", rest)) if phones or labelled else rest
    parts = [part for part in _BREAK.split(rest) if part]
    if phones or labelled:
        codes = [part for part in parts if _POSTCODE.fullmatch(part)]
        code, parts = code or (codes[0] if codes else ""), [part for part in parts if part not in codes]
    if not name and len(parts) > 1:
        name = _outer_name(parts, bool(phones))
        if name:
            parts.remove(name)
    if not (name or phones or (code and not labelled_code)):
        return Contact(text, "", "", code)
    return Contact(" ".join(parts), _RECEIVER.sub("", name), phones[0] if phones else "", code)


def _outer_name(parts: list[str], sure: bool) -> str:
    """Return the first or last part if it is a name: with an honorific, or (if a phone stood there) name-like."""
    for part in (parts[-1], parts[0]):
        if _HONORIFIC.fullmatch(part):
            return part
    if not sure:
        return ""
    likely = [part for part in (parts[-1], parts[0]) if _NAME.fullmatch(part) and not _PLACE.search(part)]
    return min(likely, key=len) if likely else ""
