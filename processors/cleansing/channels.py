"""Other contacts that stand in a contact's field: 13800138000 微信 li_lei88 QQ 55667788, li@example.cn."""

import re
from typing import NamedTuple

from processors.cleansing.base import ALL_ON
from processors.cleansing.email import clean_email
from processors.cleansing.social import clean_social

OTHERS = "phone.channels"

_EMAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+\-]*@(?:[A-Za-z0-9](?:[A-Za-z0-9\-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}")
_WECHAT = re.compile(
    r"(?:(?<![A-Za-z0-9_])(?=wxid_)|(?:微信|威信|薇信|[vV]信|(?<![A-Za-z])(?i:wechat|weixin|wx(?!id_)|vx|[+加]?v(?=\s*[:：])))\s*(?:号码?|(?i:id))?\s*[:：是为]?\s*)"
    r"((?!(?i:wechat|weixin|qq|tel|ext)(?![A-Za-z0-9_-]))[A-Za-z][A-Za-z0-9_-]{4,18}[A-Za-z0-9_])(?![A-Za-z0-9_@])(?!-[A-Za-z0-9])"
)
_WECHAT_MOBILE = re.compile(
    r"(?:微信|威信|薇信|[vV]信|(?i:wechat|weixin))(?:号码?|(?i:id))?\s*[:：是为]?\s*(1[3-9]\d{9})(?!\d)"
)
_QQ = re.compile(r"(?:(?<![A-Za-z0-9_])(?i:qq)|扣扣|企鹅)\s*号?(?:码)?\s*[:：是为]?\s*([1-9]\d{4,10})(?!\d)")
_TELLING = re.compile(r"[\d_-]")
_EMPTIED = re.compile(r"[(（\[【]\s*;\s*[)）\]】]")
MAYBE = re.compile(r"@|微信|威信|薇信|扣扣|企鹅|[vV]信|(?i:wechat|weixin|wx|vx|qq|v\s*[:：])")
"""What a field has in which there may be any; nearly all have nothing of it."""


class Channels(NamedTuple):
    """The field without them, and what was found: kind (`email`, `wechat`, `qq`) → normal form, the first of each."""

    text: str
    found: dict[str, str]


def other_channels(text: str, but: str = "", *, among_words: bool = False) -> Channels:
    """Take labelled WeChat and QQ ids and e-mail addresses out of a field; what its label does not prove stays.

    A mobile number that is labelled as a WeChat id is told and stays. Those of the kind `but` stay, too.
    `among_words`: in such a field (a title, a firm) letters alone behind a label are a word: 微信Marketing经理.
    """
    found: dict[str, str] = {}
    if not MAYBE.search(text):
        return Channels(text, found)
    for kind, pattern in (("email", _EMAIL), ("wechat", _WECHAT), ("qq", _QQ)):
        for match in pattern.finditer(text) if kind != but else ():
            value = _normal(kind, match[match.lastindex or 0])
            if value is not None and not (kind == "wechat" and _is_word(match, among_words)):
                found.setdefault(kind, value)
                text = _EMPTIED.sub(";", text.replace(match[0], ";", 1))
    if (
        "wechat" not in found and but != "wechat" and (labelled := _WECHAT_MOBILE.search(text))
    ):  # the number stays: it rings, too
        found |= {kind: value for kind, value in [("wechat", _normal("wechat", labelled[1]))] if value}
    return Channels(text, found)


def _is_word(match: re.Match[str], among_words: bool) -> bool:
    """Tell whether what stands behind a label with nothing in between is a word and no id: WeChat Manager."""
    label = match[0].removesuffix(match[1]).rstrip()
    if (
        _TELLING.search(match[1])
        or label.endswith((":", "：", "是", "为", "号", "号码"))
        or label.lower().endswith("id")
    ):
        return False
    return among_words or label.isascii()


def _normal(kind: str, written: str) -> str | None:
    return clean_email(written).value if kind == "email" else clean_social(kind, written, ALL_ON).value
