"""Companies: normal form, legal suffix, branch, and a key that is the same for the same company."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from processors.cleansing.base import ALL_ON, CACHED, Cleaned, settled
from processors.cleansing.channels import other_channels
from processors.cleansing.company_none import is_place, may_be_place, says_none
from processors.cleansing.hanzi import is_han, simplified
from processors.cleansing.honorific import is_honorific, split_honorific
from processors.cleansing.reference import lines
from processors.cleansing.surname import is_likely_name, surname_of
from processors.cleansing.text import clean_text

NORMAL, BRACKETS, BRANCH, SHORT_NAME, PHONE, CHANNELS, REMARK, INVALID = (
    "company.normal",
    "company.brackets",
    "company.branch",
    "company.short_name",
    "company.phone",
    "company.channels",
    "company.remark",
    "company.invalid",
)

_AROUND = " ,，、;；-|/\"'“”"
_LABEL = re.compile(
    r"^(?:(?:(?:所在|工作|任职|采购|购货|付款|收款|投标|中标)?(?:公司|单位|企业)(?:名称|全称)?|客户(?:名称)?|[甲乙丙买卖]方|供应商|投标人|发票抬头|抬头"
    r"|company(?:\s*name)?)\s*[:：]\s*|(?:现?[就任供]职于|就职单位)\s*[:：]?\s*)",
    re.IGNORECASE,
)
_FORMER = re.compile(  # a 原 alone begins other words, too: （原点广场店）
    r"\s*[（(【\[](?:(?:原|曾用|旧)(?:名称?|称)(?:为|是)?\s*[:：]?|(?:前身|更名前)(?:为|是)?\s*[:：]?|原(?:[为是]\s*[:：]?|\s*[:：]|(?=.{2,}(?:公司|集团|厂)[）)】\]]$)))"
    r"\s*([^（(【\[]*(?:[（(][^）)]*[）)])?[^）)】\]]*)[）)】\]]$"
)
_STATE = re.compile(
    r"\s*[（(【\[](?:已?(?:离职|注销|吊销|倒闭|停业|搬迁|破产|更名|合作|成交|签约)|筹[建备]?|(?i:s?vip)\d?|(?:新|老|大|重点|意向)客户)[）)】\]]$"
)
_NAME_ALONE = re.compile(r"[\u3400-\u9fff]+")  # nothing stands beside it
_CREDIT_CODE = re.compile(
    r"[\s,，;；（(]*(?:(?:统一)?社会?信用代码|税号)?\s*[:：]?\s*(?<![A-Z0-9])[159NY][1-39][\dA-HJ-NPQRTUWXY]{16}(?![A-Z0-9])\s*[)）]?"
)
_SITE = re.compile(r"[\s,，;；]+(?:https?://|www\.)[\w./-]+$", re.IGNORECASE)
_LISTED = re.compile(  # （股票代码：300001）, (300001.SZ), (NYSE: BABA)
    r"\s*[（(【\[](?:(?:股票|证券)(?:代码|简称)\s*[:：]?\s*[\w.]{2,10}|\d{6}|\d{4,6}\.(?:SZ|SH|HK|BJ)|(?:NYSE|NASDAQ|HKEX|SEHK)\s*[:：]\s*\w{1,6})[）)】\]]$",
    re.IGNORECASE,
)
_WITH_PERSON = re.compile(
    r"^(.{3,}?(?:有限(?:责任)?公司|股份公司|集团公司|[\u3400-\u9fff]公司))(?:[\s,，、/|—-]+|\s*[（(【\[]\s*)"
    r"((?:联系|负责|经办|法定代表|收件)人|法人(?:代表)?)?\s*[:：]?\s*([\u3400-\u9fff （(]{2,12})[）)】\]]?$"
)
_WORDS = "高新 高端 高管 高层 高校 高铁 董事 董办 韩国 马来 黄金 黄页 周边 林业 程序 任职 曾用 何处"
_NO_PERSON = frozenset(_WORDS.split())
_PART = re.compile(r"[店部厂区路村镇号组科处室院局所站城园楼街省市县州港会社队办司]$")  # 方庄店: a part of the firm
_LEGAL = re.compile(
    r"(?:集团)?(?:股份有限公司|有限责任公司|有限公司|股份公司|控股有限公司|控股集团|控股|总公司|集团公司|集团|公司|合伙企业"
    r"|有限合伙|个体工商户|总部|本部|（(?:集团|有限公司|有限责任公司|有限合伙|普通合伙|特殊普通合伙|个体工商户|个人独资|总部|本部)）)$"
)
# The name in another language beside the one that counts: 蓝海科技有限公司 (Blue Ocean Technology Co., Ltd.).
_TRANSLATED = re.compile(
    r"^(?P<name>.*(?:公司|集团|合伙企业|事务所))[\s（/|,，-]*[A-Za-z][\w .,&'’（）-]*$"
    r"|^[A-Za-z][\w .,&'’-]{1,80}\b(?:ltd|limited|inc|corp|llc|gmbh)\b[\s.,/|（-]*(?P<other>[\u3400-\u9fff].*?)）?$",
    re.IGNORECASE | re.ASCII,
)
_LEGAL_LATIN = re.compile(
    r"[\s,.]*\b(?:co|company|corp|corporation|inc|incorporated|ltd|limited|llc|llp|plc|gmbh|ag|s\.?a\.?(?:r\.?l\.?)?|b\.?v\.?|"
    r"pty|pte|k\.?k\.?|group|holdings?)\b[\s,.]*$",
    re.IGNORECASE | re.ASCII,  # 蓝海科技Co., Ltd.
)
_BRANCH = re.compile(
    r"^(.{4,}?公司|.{2,}?(?:集团|银行|保险|证券|中心|厂|社))[\s（(·\-—]*"
    r"((?:驻|第)?[\u3400-\u9fff\d]{1,12}?(?:（[\u3400-\u9fff]{1,8}）[\u3400-\u9fff]{0,6}?)?(?:分公司|子公司|办事处|分行|支行|营业部|营业厅|分部|分店|分厂|代表处|事业部|项目部))[）)]?$"
)
_DEPARTMENT = re.compile(r"^(.{4,}?公司)[\s（(·\-—/|]*[\u3400-\u9fff]{2,8}(?:部|处|科|组|办公室)[）)]?$")
_NO_QUOTES = str.maketrans("", "", "“”")
_CHINESE_BRACKETS = str.maketrans("()[]", "（）（）")
_PLACE_RANK = re.compile(
    r"(?<=^[\u3400-\u9fff]{2})(?:省|市)|(?<=^[\u3400-\u9fff]{3})市|(?<=^[\u3400-\u9fff]{2}省[\u3400-\u9fff]{2})市|(?<=（[\u3400-\u9fff]{2})(?:省|市)(?=）)"
)
_INNER_BLANK = re.compile(r"(?<=[\u3400-\u9fff（）])\s+(?=[\u3400-\u9fff（）])")
_BESIDE = re.compile(  # a mobile or, with its area code, a landline
    r"\s*[（(]?\s*(?:(?:联系)?(?:电话|手机)(?:号码?)?\s*[:：]?)?\s*"
    r"(?<!\d)(1[3-9]\d{9}|0\d{2,3}[- ]?[2-8]\d{6,7}(?:[-转]\d{1,5})?)(?!\d)\s*[)）]?\s*"
)
_WRAPPED = re.compile(r"[【《\[「]([^【】《》\[\]「」]+)[】》\]」]")
_NOT_KEY = re.compile(r"[\W_]+")
_LONGEST_NAME = 3  # characters of a person's behind a firm's


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
        if translated := _TRANSLATED.match(text):
            text = translated["name"] or translated["other"]
    while (shorter := _without_legal(text)) != text and len(shorter) >= 2:
        text = shorter
    return _NOT_KEY.sub("", _PLACE_RANK.sub("", text))


def _without_legal(text: str) -> str:
    """Return a name without the legal form that it ends with, in Chinese or English."""
    return (_LEGAL if is_han(text[-1:]) or text.endswith("）") else _LEGAL_LATIN).sub("", text)


@cache
def _known() -> frozenset[str]:
    return frozenset(_short_names()) | {_core(full) for full in _short_names().values()}


def is_known_short(name: str) -> bool:
    """Tell whether a name is one of those that ship: a well-known company's short name, or what stands for it."""
    return _core(name) in _known()


@lru_cache(CACHED)
def company_key(name: str) -> str:
    """Return what is the same for every way to write one company: no legal form, brackets, branch, office, 省 or 市.

    北京百度网讯科技有限公司, 北京市百度网讯科技（有限公司） and its 上海分公司 share one key. Places stay: companies of
    the same name in two cities are two companies. Known short names stand for their company.
    """
    match = _BRANCH.match(name) or _DEPARTMENT.match(name)
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
        value = value.rstrip("。.（([【" + _AROUND)
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
    if state := _STATE.search(value) or _LISTED.search(value):
        return value[: state.start()]
    if match := _WITH_PERSON.match(value):
        person = " ".join(re.split(r"[ （(]+", match[3])).strip()
        if all(_is_person(part) for part in person.split()) or (match[2] and surname_of(person)):
            details["person"] = person
            return match[1]
    return value


def _is_person(text: str) -> bool:
    """Tell whether a text is a name, a surname with a form of address, or an office; what may be a place is none.

    华东, 项目 and 车间 begin with surnames, too, but with rare ones.
    """
    name, said = split_honorific(text)
    surname = surname_of(name)
    if is_honorific(text) or (said is not None and surname != "" and len(name) <= _LONGEST_NAME):
        return True
    return is_likely_name(name) and name not in _NO_PERSON and not _PART.search(name) and not may_be_place(name)


def _names_none(value: str) -> bool:
    return (says_none(value) or is_place(value)) and not is_known_short(value)


def _without_others(value: str, off: frozenset[str], notes: list[str], details: dict[str, Any]) -> str:
    """Return a name without contacts, numbers, a web site and remarks beside it."""
    if CHANNELS not in off:
        value, channels = other_channels(value, among_words=True)
        if channels:
            notes.append(CHANNELS)
            details["channels"] = channels
            value = value.strip(" ;")
    if PHONE not in off and (phone := _BESIDE.search(value)):
        notes.append(PHONE)
        details["phone"] = phone[1]
        value = _BESIDE.sub(" ", value).strip()
    value = _SITE.sub("", _CREDIT_CODE.sub("", value))
    if REMARK not in off and (apart := _without_remark(value, details)) != value:
        notes.append(REMARK)
        value = apart
    return value


def _cleaned(raw: str, limit: int, off: frozenset[str]) -> Cleaned:
    cleaned = clean_text(raw, limit, False, off)
    if cleaned.value is None:
        return cleaned
    notes = list(cleaned.notes)
    value, details = cleaned.value, dict[str, Any]()
    if not _NAME_ALONE.fullmatch(value):
        value = _without_others(value, off, notes, details)
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
    if value != cleaned.value and not {BRACKETS, PHONE, CHANNELS, REMARK}.intersection(notes):
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
    name itself stays as it was written), `phone` and `channels` (written beside the name), `former` (the name of
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
