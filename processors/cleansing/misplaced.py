"""Contacts in another field than their own: a number in a title, a mailbox beside an address, columns swapped.

The fields of names, firms and addresses know best whose a number beside their value is, and take it out themselves.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from processors.cleansing.base import Cleaned
from processors.cleansing.channels import MAYBE, other_channels
from processors.cleansing.fields import LEAD_FIELDS
from processors.cleansing.honorific import split_honorific
from processors.cleansing.options import CleansingOptions
from processors.cleansing.phone_text import narrow
from processors.cleansing.surname import is_likely_name, surname_of
from processors.cleansing.text import bounded

MISPLACED = "record.misplaced"

_LABEL = r"(?:(?:(?:联系)?(?:电话|手机|座机|固话)(?:号码?)?|(?i:tel|mobile|phone|cell)) ?[:：.]? ?)?"
_MOBILE = r"(?:\+?86[- ]?)?1[3-9]\d(?:\d{8}|[- ]\d{4}[- ]\d{4})"
_AREA = r"(?:(?:\+|00)?86[- ]?\(?0?(?:10|2\d|[3-9]\d\d)|\(?0\d{2,3})\)?"
_LINE = _AREA + r"[- ]?[2-9]\d{6,7}(?:\s?(?:转|分机|(?i:ext)\.?)\s?\d{1,5}|-\d{3,5})?"
_BEHIND = r"(?![A-Za-z0-9_@]|[._-][A-Za-z0-9])"  # in 13800138000@qq.com and 13800138000-8 the number goes on


def _numbers(kind: str, before: str = "A-Za-z0-9_.@+") -> re.Pattern[str]:
    return re.compile(rf"[(\[]?{_LABEL}(?<![{before}])(?P<number>{kind}){_BEHIND} ?[)\]]?")


_ANY, _FIRST = _numbers(f"{_MOBILE}|{_LINE}"), _numbers(rf"(?<!.){_MOBILE}|{_LINE}")
_MOBILES = _numbers(_MOBILE)
_IN_IDS = "A-Za-z0-9_.@+-"  # an id may have a hyphen: ks888-13800138000
_OF_IDS, _LINES = _numbers(f"{_MOBILE}|{_LINE}", _IN_IDS), _numbers(_LINE, _IN_IDS)


class _Search(NamedTuple):
    """What is looked for in a field beside its value: numbers, and mailboxes and labelled ids (`channels`)."""

    numbers: re.Pattern[str] | None
    channels: bool = True


_SEARCHES = {
    "name": _Search(_FIRST, channels=False),
    "title": _Search(_ANY),
    "address": _Search(None),
    "email": _Search(_ANY),
    "wechat": _Search(_LINES),
    "qq": _Search(_OF_IDS),
    "douyin": _Search(_OF_IDS),
    "kuaishou": _Search(_OF_IDS),
    "birth_date": _Search(_ANY),
    "postcode": _Search(_ANY),
}
_MAY_BE_NUMBER = re.compile(r"\d(?:[ *xX.()-]{0,2}[\d*xX]){6}")
_MAILBOX = re.compile(r"[\w.+]+@\w+(?:\.\w+)+")  # most fields of that kind; what has a hyphen may be more
_WORDS = frozenset(("title", "address"))
_ANY_TEXT = frozenset(("name", "title", "email", "address"))  # none of them is ever a number
_MAY_BE_DIGITS = frozenset(("douyin", "kuaishou"))  # so that a number alone may be the id
_NO_WORD = re.compile(  # what stands around a contact and says nothing else
    r"(?i)(?:我的|联系|手机|电话|移动|座机|号码?|方式|微信|同号|邮箱|分机|转|tel|mobile|phone|cell|wechat|ext)+|[\W\d_*]+|(?<=\d)x+(?=\d|$)"
)
_OF_OTHERS = re.compile(
    "[你您他她]们|你司|贵[司公方]|客服|[他她]的|[他她](?:手机|电话|微信)|朋友|同事|别人|转告|推荐|介绍|助理|秘书|司机|老[公婆]|爱人|家属|邻居|物业"
)
_REMARK = re.compile(  # what somebody wrote beside a row; not what was done since: it may name others
    r"(?:客户|顾客|买家|联系人|现场|其[他它])?(?:备注|描述|留言|附言)(?:名|信息|内容)?|remarks?|notes?|comments?|memo|description",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"[\s_]*\d{0,2}$")
_SHORT = 100
_AROUND = " ,，;；/、|:：-—()（）"
_DIGITS = re.compile(r"[\d+*()（）x\s.-]+", re.IGNORECASE)
_LONGEST = 4  # characters of a name that a form of address follows


class Apart(NamedTuple):
    """A field's value without the contacts that stood in it, and the fields that these are."""

    rest: str
    found: dict[str, Any]


def may_hold_contact(name: str, text: str) -> bool:
    """Tell whether there may be something for `without_contacts` to take out of a field."""
    return name in _SEARCHES and (_MAY_BE_NUMBER.search(text) is not None or MAYBE.search(text) is not None)


def without_contacts(name: str, raw: str, options: CleansingOptions) -> Apart:
    """Take the contacts out of the value of the field `name` that are none of its own; nearly always there are none."""
    search = _SEARCHES.get(name)
    if search is None or MISPLACED in options.rules.switched_off:
        return Apart(raw, {})
    plain = raw if len(raw) < _SHORT and raw.isascii() and raw.isprintable() and "  " not in raw else _written(raw)
    if name in _MAY_BE_DIGITS and _MOBILES.fullmatch(plain):
        return Apart(raw, {})
    may_be_number = search.numbers is not None and _MAY_BE_NUMBER.search(plain) is not None
    if not (may_be_number or MAYBE.search(plain)) or (name == "email" and _MAILBOX.fullmatch(plain)):
        return Apart(raw, {})
    text, found = other_channels(plain, but=name, among_words=name in _WORDS)
    if name in _ANY_TEXT and not _NO_WORD.sub("", text):
        return _apart(raw, "", found, text, options)
    if not search.channels:
        text, found = plain, {}
    told = []
    if search.numbers is not None:
        told = [match["number"] for match in search.numbers.finditer(text)]
        text = search.numbers.sub(" ; ", text)
    return _apart(raw, text, found, "; ".join(told), options)


def remarks_of(data: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts in which people write what no other field takes: the message, 备注 of a table."""
    return {
        name: value
        for name, value in data.items()
        if isinstance(value, str) and value and (name == "message" or _REMARK.fullmatch(_NUMBERED.sub("", name)))
    }


def contacts_in_message(message: str, options: CleansingOptions) -> dict[str, Any]:
    """Return the mobile number, mailbox and ids that somebody wrote into a message, empty where they may be another's.

    A landline may be the firm's that is written to (你们的电话0571-88886666没人接).
    """
    if MISPLACED in options.rules.switched_off:
        return {}
    plain = _written(message)
    if not (_MAY_BE_NUMBER.search(plain) or MAYBE.search(plain)) or _OF_OTHERS.search(plain):
        return {}
    text, found = other_channels(plain)
    told = {match["number"] for match in _MOBILES.finditer(text)}
    if len(told) > 1:
        return {}
    return _apart(message, message, found, "".join(told), options).found


def _apart(raw: str, rest: str, channels: Mapping[str, str], numbers: str, options: CleansingOptions) -> Apart:
    found = dict(channels) | _spread("email", channels.get("email", ""), options) | _spread("phone", numbers, options)
    return Apart(" ".join(rest.replace(";", " ").split()).strip(_AROUND), found) if found else Apart(raw, {})


def _written(raw: str) -> str:
    """Return a text in one width and on one line: what looks for contacts in it must not walk over long gaps."""
    return " ".join(narrow(bounded(raw)).split())


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
    if isinstance(number, str) and _MAY_BE_NUMBER.search(number) and not _NO_WORD.sub("", narrow(number)):
        return text if is_likely_name(text) or _is_addressed(text) else None
    beside = _DIGITS.sub(" ", narrow(text)).strip()
    return beside if not number and beside != text and " " not in beside and _is_addressed(beside) else None


def _is_addressed(text: str) -> bool:
    """Tell whether a text is a name with a form of address: 张先生, 王经理."""
    name, said = split_honorific(text)
    return said is not None and surname_of(name) != "" and len(name) <= _LONGEST
