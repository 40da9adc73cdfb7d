"""What stands in another field than its own: a number where a name belongs, a mailbox in place of an office."""

import re
from collections.abc import Mapping
from typing import Any

from processors.cleansing.address import UNKNOWN
from processors.cleansing.base import Cleaned
from processors.cleansing.channels import other_channels
from processors.cleansing.fields import LEAD_FIELDS
from processors.cleansing.honorific import split_honorific
from processors.cleansing.options import CleansingOptions
from processors.cleansing.phone_text import narrow
from processors.cleansing.surname import is_likely_name, surname_of

MISPLACED = "record.misplaced"

_ELSEWHERE = frozenset(("name", "email", "wechat", "qq", "douyin", "kuaishou", "title", "address"))
_MAY_BE_CONTACT = re.compile(r"[@＠]|\d(?:[ *xX.-]?[\d*]){6}|微信|(?i:wechat|qq)")
_NO_WORD = re.compile(  # what stands around a contact and says nothing else
    r"(?i)(?:我的|联系|手机|电话|移动|座机|号码?|方式|微信|同号|邮箱|分机|转|tel|mobile|phone|cell|wechat|ext)+|[\W\d_*]+|(?<=\d)x+(?=\d|$)"
)
_DIGITS = re.compile(r"[\d+*()（）x\s.-]+", re.IGNORECASE)


def in_the_wrong_field(name: str, raw: str, cleaned: Cleaned, options: CleansingOptions) -> dict[str, Any]:
    """Return the fields that the value of the field `name` belongs to, empty where it is no contact and nothing else.

    Asked about is what its own rules have refused or do not know; of titles all, any text is one.
    """
    changed, unknown = name == "name" and cleaned.notes, name == "address" and UNKNOWN in cleaned.notes
    if not (cleaned.value is None or changed or unknown or name == "title"):
        return {}
    if name not in _ELSEWHERE or MISPLACED in options.rules.switched_off:
        return {}
    text = narrow(raw)
    if not _MAY_BE_CONTACT.search(text):
        return {}
    text, found = other_channels(text)
    if _NO_WORD.sub("", text):
        return {}
    kept: dict[str, Any] = {kind: value for kind, value in found.items() if kind != name}
    return kept | _spread("email", kept.get("email", ""), options) | _spread("phone", text, options)


def _spread(name: str, text: str, options: CleansingOptions) -> dict[str, Any]:
    """Return what a text is as the value of a field, and all that it tells there."""
    field = LEAD_FIELDS[name]
    cleaned = field.clean(text, options) if text else Cleaned(text, None)
    more = dict(field.spread(cleaned, options)) if field.spread is not None else {}
    return more | ({name: cleaned.value} if cleaned.value else {})


def named_in_place_of_a_number(data: Mapping[str, Any], options: CleansingOptions) -> str | None:
    """Return the name that stands in the phone's place where the number stands in the name's, None where none does.

    A word beside a number is rather what is said of it (关机, 高峰): only one with a form of address is somebody
    (13800138000 张先生).
    """
    told, number = data.get("phone"), data.get("name")
    if not isinstance(told, str) or MISPLACED in options.rules.switched_off:
        return None
    text = told.strip()
    if isinstance(number, str) and _MAY_BE_CONTACT.search(number) and not _NO_WORD.sub("", narrow(number)):
        return text if is_likely_name(text) or _is_addressed(text) else None
    beside = _DIGITS.sub(" ", narrow(text)).strip()
    return beside if not number and beside != text and " " not in beside and _is_addressed(beside) else None


def _is_addressed(text: str) -> bool:
    """Tell whether a text is a name with a form of address: 张先生, 王经理."""
    name, said = split_honorific(text)
    return said is not None and surname_of(name) != "" and len(name) <= 4
