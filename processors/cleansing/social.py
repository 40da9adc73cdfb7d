"""Ids in WeChat, QQ, Douyin and Kuaishou: the id alone, in the form in which it is found."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from processors.cleansing.base import ALL_ON, CACHED, Cleaned, settled
from processors.cleansing.phone_plan import mainland_mobile
from processors.cleansing.text import bounded, says_nothing, unseen_removed

_WORDS = re.compile(
    r"同手机|同电话|手机同号|电话同号|同上|同号|一样|相同|一致|同步|就是(?:手机|电话)|=\s*(?:手机|电话)|手机号|^(?:手机|电话|本机)(?:号码?)?$"
    r"|same\s+(?:as\s+)?(?:my\s+)?(?:phone|mobile|tel)",
    re.IGNORECASE,
)
_OTHERWISE = re.compile("不(?:同|是|一样|一致)|[未没]")
_SPLIT_DIGITS = re.compile(r"(?<=\d)[ \-]+(?=\d)")
_DIGITS = re.compile(r"\+?[\d \-]+")  # a hyphen is a part of lilei-8-8
_REMARK = re.compile(r"[(\[<【](.*?)[)\]>】]")
_LATIN = re.compile(r"[A-Za-z0-9]")
_BETWEEN = re.compile(
    r"(?<!\d)\s+|\s+(?!\d)|\s+(?=1[3-9]\d{9}(?!\d))|\s*[/、,，;；|]\s*|(?<=[\u3400-\u9fff])[:：]\s*"
    r"|(?<=[\u3400-\u9fff])(?=[A-Za-z0-9+])|(?<=[A-Za-z0-9_-])(?=[\u3400-\u9fff])"
)
_MOBILE_LENGTH = 11
_PIECES = 2
_PIECE = re.compile(r"[A-Za-z0-9_-]*\d[A-Za-z0-9_-]*")
_TELLING = re.compile(r"[\d_-]")  # a word of letters alone beside others is a word
_AS_NUMBER = re.compile(r"(\d+)\.0+")  # a column of numbers with gaps, as programs write it: 12345678.0
_MOBILE = re.compile(r"(?<![A-Za-z0-9_-])(?:(?:\+|00)?86[- ]?)?(1[3-9]\d{9})(?![A-Za-z0-9_])")
_OF_OTHERS = re.compile(
    r"(?:请?加)?(?:phone|tel|mobile|cell|qq|wechat|weixin|[wv]x|douyin|kuaishou|微信|抖音|快手|手机|电话)(?:号码?)?\s*[:：.]?",
    re.IGNORECASE,
)
_NETWORK = r"(?:手机|电话|微信|wechat|qq|抖音|快手)(?:号码?)?"
_SHARED = re.compile(rf"{_NETWORK}(?:\s*[/&、和及]\s*{_NETWORK})+(?=\s*[:：])", re.IGNORECASE)  # QQ/微信：2853910022


# What people and programs write where they have no id: as one it would make all of them the same person.
_STANDS_FOR_NONE = (
    "test testtest tester noname nothing nobody empty blank false true tbd nat none no private anonymous guest user "
    "admin customer wechat weixin douyin tiktok kuaishou mobile telephone"
)
_FILLERS = frozenset(_STANDS_FOR_NONE.split())


class _Kind(NamedTuple):
    """How the ids of one network look: the label before them, the id, whether case matters, if a mobile may be one.

    `anywhere`: a label that is one wherever it stands; `own`: the usual one.
    """

    own: str
    label: re.Pattern[str]
    anywhere: re.Pattern[str]
    pattern: re.Pattern[str]
    lower: bool
    mobile: bool


_KINDS = {
    "wechat": _Kind(
        "微信",
        re.compile(
            r"^\s*[+加➕]?\s*(?:我的?)?(?:微信|威信|薇信|徽信|wei信|微x|v信|weixin|wechat|wx|vx|v|[微薇](?=\s*[:：A-Za-z])|wei(?=\s*[:：]))"
            r"[❤♥\ufe0f]*\s*(?:id|号码?)?\s*(?:[:：是为]\s*){0,2}",
            re.IGNORECASE,
        ),
        re.compile(r"(?:微信|威信|薇信|weixin|wechat)(?:号码?|id)?\s*[:：]|(?:微信|威信|薇信)号", re.IGNORECASE),
        re.compile(r"[A-Za-z][A-Za-z0-9_-]{5,19}|[1-9]\d{4,10}"),
        True,
        True,
    ),
    "qq": _Kind(
        "QQ",
        re.compile(r"^\s*(?:(?:我的)?(?:q\s*q?|扣扣|企鹅)\s*号?(?:码)?\s*(?:[:：是为]\s*){0,2})", re.IGNORECASE),
        re.compile(r"(?:qq|扣扣|企鹅)(?:号码?)?\s*[:：]", re.IGNORECASE),
        re.compile(r"[1-9]\d{4,10}"),
        False,
        False,
    ),
    "douyin": _Kind(
        "抖音",
        re.compile(
            r"^\s*(?:(?:我的)?(?:抖音|douyin|tiktok|dy)\s*(?:id|号码?)?\s*(?:[:：是为]\s*){0,2})", re.IGNORECASE
        ),
        re.compile(r"(?:抖音|douyin|tiktok)(?:号码?|id)?\s*[:：]", re.IGNORECASE),
        re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{1,23}"),
        True,
        False,
    ),
    "kuaishou": _Kind(
        "快手",
        re.compile(r"^\s*(?:(?:我的)?(?:快手|kuaishou|ks)\s*(?:id|号码?)?\s*(?:[:：是为]\s*){0,2})", re.IGNORECASE),
        re.compile(r"(?:快手|kuaishou)(?:号码?|id)?\s*[:：]", re.IGNORECASE),
        re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]{1,31}"),
        True,
        False,
    ),
}


@lru_cache(CACHED)
def clean_social(kind: str, raw: str, off: frozenset[str] = ALL_ON) -> Cleaned:
    """Cleanse an id of `kind` (`wechat`, `qq`, `douyin`, `kuaishou`); the value is the id, or None.

    Notes: `KIND.normal`, `KIND.invalid`, `KIND.same_as_phone` (the field only says so: detail `same_as_phone`). WeChat
    ids that are mainland mobiles become their 11 digits; `qq` takes the number out of an address at qq.com. Detail
    `phone`: a mobile that stands beside an id.
    """
    return settled(lambda text: _social_once(kind, text, off), raw)


def _social_once(kind: str, raw: str, off: frozenset[str]) -> Cleaned:
    form = _KINDS[kind]
    text = " ".join(unicodedata.normalize("NFKC", unseen_removed(bounded(raw))).split())
    if not text:
        return Cleaned(raw, None)
    found = _id_in(_SHARED.sub(form.own, text), kind, form)
    if found is None:
        if form.mobile and _WORDS.search(text) and not _OTHERWISE.search(text):
            return Cleaned(raw, None, (f"{kind}.same_as_phone",), {"same_as_phone": True})
        if f"{kind}.invalid" in off:
            return Cleaned(raw, " ".join(text.split()), (), {})
        return Cleaned(raw, None, (f"{kind}.invalid",))
    if found == raw:
        return Cleaned(raw, found)
    phone = next((each for each in _MOBILE.findall(text) if each != found and _is_mobile(each)), None)
    return Cleaned(raw, found, (f"{kind}.normal",), {"phone": phone} if phone else {})


def _is_mobile(digits: str) -> bool:
    return mainland_mobile().fullmatch(digits) is not None


def _id_in(text: str, kind: str, form: _Kind) -> str | None:
    """Return the id that a field holds, with or without its label, None when there is none."""
    if (found := _alone(text, kind, form)) is not None:
        return found
    plain = _REMARK.sub(lambda match: f" {match[1]} " if form.anywhere.search(match[1]) else " ", text)
    return _beside(plain.strip(), kind, form)


def _beside(text: str, kind: str, form: _Kind) -> str | None:
    """Return the id beside a remark (zhangsan_88（小王）, 张三微信号：zhangsan_88), the first of several.

    What stands beside it must be no part of it: words without Latin letters and digits, labels, or ids themselves. The
    one behind the network's own label counts before others, and any before a mobile number.
    """
    label = form.anywhere.search(text)
    parts = [part for part in _BETWEEN.split(text[label.start() :] if label else text) if part]
    if not parts:
        return None
    if len(parts) > 1 and form.label.fullmatch(parts[0] + parts[1]) is None and form.label.fullmatch(parts[0]):
        parts[:2] = [parts[0] + parts[1]]
    ids = [_alone(part, kind, form) for part in parts]
    if label is not None and ids[0] is not None:
        return None if _is_torn(parts, ids) else ids[0]
    if (own := _behind_label(parts, ids, form)) is not None:
        return own
    others = [
        _OF_OTHERS.fullmatch(before) is not None for before in ("", *parts[:-1])
    ]  # QQ 55667788 beside a WeChat id
    known = [found is not None or other for found, other in zip(ids, others, strict=True)]
    if any(
        not is_known and _LATIN.search(part) and not _OF_OTHERS.fullmatch(part)
        for is_known, part in zip(known, parts, strict=True)
    ):
        return None
    found = [
        each
        for each, other in zip(ids, others, strict=True)
        if each is not None and (not other or (form.mobile and _is_mobile(each)))
    ]
    telling = label is not None or len(parts) == 1 or all(_TELLING.search(each) for each in found)
    if not found or not telling:
        return None
    return next((each for each in found if not (form.mobile and _is_mobile(each))), found[0])


def _is_torn(parts: list[str], ids: list[str | None]) -> bool:
    """Tell whether one short piece stands behind an id, which is a part of it as likely as not (zhangwei 88)."""
    return len(parts) == _PIECES and ids[1] is None and _PIECE.fullmatch(parts[1]) is not None


def _behind_label(parts: list[str], ids: list[str | None], form: _Kind) -> str | None:
    """Return the id that stands behind a part that is the network's label (微信 lilei88), if it is no mere word."""
    behind = (found for before, found in zip(parts, ids[1:], strict=False) if form.label.fullmatch(before))
    return next((found for found in behind if found and _TELLING.search(found)), None)


def _alone(text: str, kind: str, form: _Kind) -> str | None:
    """Return the id that a text is, with or without its label."""
    bare = form.label.sub("", text)
    labelled = form.mobile and bare != text and _MOBILE.fullmatch(bare) is not None  # wx13800138000 is a number
    for candidate in (bare,) if labelled else (text, bare):
        plain = candidate.strip(" \"'<>()[]@:：,，。;；")
        if _DIGITS.fullmatch(plain):
            plain = _SPLIT_DIGITS.sub("", plain)
        if number := _AS_NUMBER.fullmatch(plain):
            plain = number[1]
        if kind == "qq":
            plain = re.sub(r"@(?:vip\.)?qq\.com$", "", plain, flags=re.IGNORECASE)
            if len(plain) == _MOBILE_LENGTH and _is_mobile(plain):
                continue  # no QQ number is as long yet
        if form.mobile and (match := _MOBILE.fullmatch(plain)) and _is_mobile(match[1]):
            return match[1]
        if form.pattern.fullmatch(plain) and not _is_label(plain, form) and not is_filler(plain):
            return plain.lower() if form.lower else plain
    return None


def is_filler(text: str) -> bool:
    """Tell whether a text stands for no id at all: `undefined`, `None.`, `xxxxxx`, `11111`."""
    plain = text.strip("._-()<>[]\"' ").lower()
    return plain in _FILLERS or says_nothing(plain) or len(set(plain)) < 2


def _is_label(text: str, form: _Kind) -> bool:
    """Tell whether a text is nothing but a label (`wechat`), which looks like an id."""
    match = form.label.match(text)
    return match is not None and match.end() == len(text)
