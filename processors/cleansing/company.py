"""Companies: normal form, legal suffix, branch, and a key that is the same for the same company."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from processors.cleansing.base import ALL_ON, CACHED, Cleaned, settled
from processors.cleansing.gazetteer import places
from processors.cleansing.hanzi import is_han, simplified
from processors.cleansing.honorific import is_honorific, split_honorific
from processors.cleansing.reference import lines, words
from processors.cleansing.surname import surname_of
from processors.cleansing.text import clean_text

NORMAL, BRACKETS, BRANCH, SHORT_NAME, PHONE, REMARK, INVALID = (
    "company.normal",
    "company.brackets",
    "company.branch",
    "company.short_name",
    "company.phone",
    "company.remark",
    "company.invalid",
)

_AROUND = " ,，、;；-|/\"'“”"
_LABEL = re.compile(
    r"^(?:(?:(?:所在|工作|任职)?(?:公司|单位|企业)(?:名称|全称)?|company)\s*[:：]\s*|(?:现?[就任供]职于|就职单位)\s*[:：]?\s*)",
    re.IGNORECASE,
)
_FORMER = re.compile(  # a 原 alone begins other words, too: （原点广场店）
    r"\s*[（(【\[](?:(?:原|曾用|旧)(?:名称?|称)(?:为|是)?\s*[:：]?|(?:前身|更名前)(?:为|是)?\s*[:：]?|原(?:为|是)?\s*[:：]?(?=.{2,}(?:公司|集团|厂)[）)】\]]$))"
    r"\s*([^（(【\[]*(?:[（(][^）)]*[）)])?[^）)】\]]*)[）)】\]]$"
)
_STATE = re.compile(
    r"\s*[（(【\[](?:已?(?:注销|吊销|倒闭|停业|搬迁|破产|更名|合作|成交|签约)|(?:新|老|大|重点|意向)客户)[）)】\]]$"
)
_CREDIT_CODE = re.compile(
    r"[\s,，;；（(]*(?:(?:统一)?社会?信用代码|税号)?\s*[:：]?\s*(?<![A-Z0-9])[159NY][1-39][\dA-HJ-NPQRTUWXY]{16}(?![A-Z0-9])\s*[)）]?"
)
_SITE = re.compile(r"[\s,，;；]+(?:https?://|www\.)[\w./-]+$", re.IGNORECASE)
_WITH_PERSON = re.compile(
    r"^(.{3,}?(?:有限(?:责任)?公司|股份公司|集团公司|[\u3400-\u9fff]公司))[\s,，、/|—-]+([\u3400-\u9fff ]{2,12})$"
)
_LEGAL = re.compile(
    r"(?:集团)?(?:股份有限公司|有限责任公司|有限公司|股份公司|控股有限公司|控股集团|控股|总公司|集团公司|集团|公司|合伙企业"
    r"(?:（有限合伙）|（普通合伙）)?|有限合伙|个体工商户|\(集团\)|（集团）|（有限公司）|（有限责任公司）)$"
)
_LEGAL_LATIN = re.compile(
    r"[\s,.]*\b(?:co|company|corp|corporation|inc|incorporated|ltd|limited|llc|llp|plc|gmbh|ag|s\.?a\.?(?:r\.?l\.?)?|b\.?v\.?|"
    r"pty|pte|k\.?k\.?|group|holdings?)\b[\s,.]*$",
    re.IGNORECASE,
)
_BRANCH = re.compile(
    r"^(.{4,}?公司|.{2,}?(?:集团|银行|保险|证券|中心|厂|社))[\s（(·\-—]*"
    r"((?:驻|第)?[\u3400-\u9fff\d]{1,12}?(?:分公司|子公司|办事处|分行|支行|营业部|营业厅|分部|分店|分厂|代表处|事业部|项目部))[）)]?$"
)
_NO_QUOTES = str.maketrans("", "", "“”")
_CHINESE_BRACKETS = str.maketrans("()[]", "（）（）")
_PLACE_RANK = re.compile(
    r"(?<=^[\u3400-\u9fff]{2})(?:省|市)|(?<=^[\u3400-\u9fff]{3})市|(?<=（[\u3400-\u9fff]{2})(?:省|市)(?=）)"
)
_INNER_BLANK = re.compile(r"(?<=[\u3400-\u9fff（）])\s+(?=[\u3400-\u9fff（）])")
_NUMBER = re.compile(r"[\d\s+-]{7,}")  # a phone or tax number; 360 and 58 are companies
_BESIDE = re.compile(  # a mobile or, with its area code, a landline
    r"\s*[（(]?\s*(?:(?:联系)?(?:电话|手机)(?:号码?)?\s*[:：]?)?\s*"
    r"(?<!\d)(1[3-9]\d{9}|0\d{2,3}[- ]?[2-8]\d{6,7}(?:[-转]\d{1,5})?)(?!\d)\s*[)）]?\s*"
)
_WRAPPED = re.compile(r"[【《\[「]([^【】《》\[\]「」]+)[】》\]」]")
_NOT_KEY = re.compile(r"[\W_]+")
_SAYS_NOTHING = (
    "个人 自由职业 私人 无公司 个体 待业 暂无公司 学生 公司 有限公司 有限责任公司 股份有限公司 （有限公司） "
    "分公司 总公司 集团 本公司 我公司 某公司 xx公司 xxx公司 xx有限公司 xxx有限公司 测试公司 "
    "无业 无单位 暂无单位 单位 私企 民企 国企 外企 事业单位 个体户 自己 自营 家庭主妇 退休 已退休 离职 已离职 "
    "个人用户 自由职业者 没有公司 待业中 退休人员 个体经营 做生意 自己做生意 自己干 开店 上班 打工 务农 "
    "农民 其他 其它 测试 personal self freelance company test"
)
_MADE_UP = re.compile(r"([A-Za-z0-9])\1+|(?:[xX]{2,}|某+)[\u3400-\u9fff]*")
_COUNTED = "1234567890"
_FREQUENT = 60  # place of a surname in the list
_LONGEST_NAME = 3  # characters of a person's behind a firm's
_NOTHING = frozenset(_SAYS_NOTHING.split())


@cache
def _short_names() -> dict[str, str]:
    entries = (line.partition("=") for line in lines("company_short_names"))
    return {_core(short): full for short, _, full in entries}


@lru_cache(CACHED)
def _core(name: str) -> str:
    """Return a name without legal form, in the form in which names are compared."""
    text = simplified(name).casefold()
    if is_han(text):
        text = text.translate(_CHINESE_BRACKETS)
        while (shorter := _LEGAL.sub("", text)) != text and len(shorter) >= 2:
            text = shorter
    else:
        while (shorter := _LEGAL_LATIN.sub("", text)) != text and len(shorter) >= 2:
            text = shorter
    return _NOT_KEY.sub("", _PLACE_RANK.sub("", text))


@cache
def _known() -> frozenset[str]:
    return frozenset(_short_names()) | {_core(full) for full in _short_names().values()}


def is_known_short(name: str) -> bool:
    """Tell whether a name is one of those that ship: a well-known company's short name, or what stands for it."""
    return _core(name) in _known()


@lru_cache(CACHED)
def company_key(name: str) -> str:
    """Return what is the same for every way to write one company: no legal form, brackets, branch, 省 or 市.

    北京百度网讯科技有限公司, 北京市百度网讯科技（有限公司） and its 上海分公司 share one key. Places stay: companies of
    the same name in two cities are two companies. Known short names stand for their company.
    """
    match = _BRANCH.match(name)
    core = _core(match[1] if match else name)
    known = _short_names().get(core)
    return _core(known) if known else core


def _normal(text: str, notes: list[str]) -> str:
    """Return a name without label and with one kind of brackets."""
    bare = _LABEL.sub("", text)
    value = bare.strip(_AROUND)
    if value.count("“") != value.count("”"):  # “蓝海”科技
        value = bare.strip(_AROUND.translate(_NO_QUOTES))
    if is_han(value):
        value = value.rstrip("。." + _AROUND)
        value = wrapped[1] if (wrapped := _WRAPPED.fullmatch(value)) else value
        bracketed = value.translate(_CHINESE_BRACKETS)
        if bracketed != value:
            notes.append(BRACKETS)
        value = _INNER_BLANK.sub("", bracketed)
    return value


def _without_remark(value: str, details: dict[str, Any]) -> str:
    """Return a name without its former one (told as `former`), what became of it, and a person or office behind it."""
    if former := _FORMER.search(value):
        details["former"] = former[1]
        return value[: former.start()]
    if state := _STATE.search(value):
        return value[: state.start()]
    if (match := _WITH_PERSON.match(value)) and all(_is_person(part) for part in match[2].split()):
        details["person"] = match[2]
        return match[1]
    return value


def _is_person(text: str) -> bool:
    """Tell whether a text is a name, a surname with a form of address, or an office; of two characters a likely name.

    华东, 项目 and 车间 begin with surnames, too, but with rare ones.
    """
    name, said = split_honorific(text)
    surname = surname_of(name)
    if is_honorific(text) or (said is not None and surname != "" and len(name) <= _LONGEST_NAME):
        return True
    frequent = surname != "" and words("surnames").get(surname, _FREQUENT) < _FREQUENT
    return frequent and len(surname) < len(name) <= _LONGEST_NAME and name not in places()


def _names_none(value: str) -> bool:
    """Tell whether a text is no company: a number, a word for none, a place, 111, xxx, 123456, XX科技有限公司."""
    if _NUMBER.fullmatch(value) or value.lower() in _NOTHING or _MADE_UP.fullmatch(value):
        return True
    return (value in places() and not is_known_short(value)) or (len(value) > 2 and _COUNTED.startswith(value))


def _cleaned(raw: str, limit: int, off: frozenset[str]) -> Cleaned:
    cleaned = clean_text(raw, limit, False, off)
    if cleaned.value is None:
        return cleaned
    notes = list(cleaned.notes)
    value, details = cleaned.value, dict[str, Any]()
    if PHONE not in off and (phone := _BESIDE.search(value)) and _BESIDE.sub("", value):
        notes.append(PHONE)
        details["phone"] = phone[1]
        value = _BESIDE.sub(" ", value).strip()
    value = _SITE.sub("", _CREDIT_CODE.sub("", value))
    if REMARK not in off and (apart := _without_remark(value, details)) != value:
        notes.append(REMARK)
        value = apart
    value = _normal(value, notes)
    if not any(char.isalnum() for char in value) or _names_none(value):
        return Cleaned(raw, None, (*notes, INVALID), details)
    details["key"] = company_key(value)
    if BRANCH not in off and (match := _BRANCH.match(value)):
        notes.append(BRANCH)
        details["head_office"], details["branch"] = match[1], match[2]
    if SHORT_NAME not in off and (known := _short_names().get(_core(value))) and _core(known) != _core(value):
        notes.append(SHORT_NAME)
        details["known_as"] = known
    if value != cleaned.value and not {BRACKETS, PHONE, REMARK}.intersection(notes):
        notes.append(NORMAL)
    return Cleaned(raw, value, tuple(notes), details)


@lru_cache(CACHED)
def _settled(raw: str, limit: int, off: frozenset[str]) -> Cleaned:
    return settled(lambda text: _cleaned(text, limit, off), raw)


def clean_company(
    raw: str, limit: int = 200, off: frozenset[str] = ALL_ON, short_names: Mapping[str, str] | None = None
) -> Cleaned:
    """Cleanse a company's name. `short_names` are further known ones, from the rule book.

    Details: `key` (see `company_key`), `branch` and `head_office`, `known_as` (the company behind a short name; the
    name itself stays as it was written), `phone` (a number written beside the name), `former` (the name of
    before), `person` (who stood behind it).
    """
    cleaned = _settled(raw, limit, off)
    if not short_names or cleaned.value is None or SHORT_NAME in off:
        return cleaned
    full = short_names.get(cleaned.value)
    if full is None:
        return cleaned
    details = {**cleaned.details, "known_as": full, "key": company_key(full)}
    notes = cleaned.notes if SHORT_NAME in cleaned.notes else (*cleaned.notes, SHORT_NAME)
    return Cleaned(raw, cleaned.value, notes, details)
