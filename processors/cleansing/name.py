"""Names of people: the name alone, the form of address beside it, and keys for matching."""

import re
from functools import lru_cache
from typing import Any

from processors.cleansing.base import ALL_ON, CACHED, Cleaned, settled
from processors.cleansing.channels import other_channels
from processors.cleansing.hanzi import is_han, simplified
from processors.cleansing.honorific import is_honorific, office_of, split_honorific
from processors.cleansing.name_beside import LEAST, of_another, parted
from processors.cleansing.name_nobody import is_nobody
from processors.cleansing.phone_gone import with_what_is_said
from processors.cleansing.surname import is_likely_name, pinyin_of, surname_of
from processors.cleansing.text import clean_text
from processors.cleansing.when import clean_birth_date

NORMAL, HONORIFIC, REMARK, BIRTH_DATE, SYMBOLS, PHONE, OTHERS, MASKED, INVALID, ORDER, FIRM, OF_ANOTHER = (
    "name.normal",
    "name.honorific",
    "name.remark",
    "name.birth_date",
    "name.symbols",
    "name.phone",
    "name.channels",
    "name.masked",
    "name.invalid",
    "name.order",
    "name.firm",
    "name.of_another",
)

_LABEL = re.compile(
    r"^(?:(?:(?:收货|收件|联系|客户|负责|经办|法定代表)人(?:姓名)?|法人(?:代表)?|(?:客户|联系人|真实)?姓名|名字|称呼)(?:\s*[:：]\s*|\s+)"
    r"|(?:(?:微信|抖音)?昵称|(?:微信|抖音|网|备注|用户)名|备注|姓\s*名|名\s*字|客户|用户|[业车店房户]主|[买卖]家|学[员生]|家长|患者|病人"
    r"|会员|顾客|[租乘]客|[甲乙]方|代表|(?:对接|投保|被保险|申请|报名|咨询|推荐|介绍|参会|办理|承租|购买|购房|签收|下单|预约|决策)人"
    r"|name|contact)\s*[:：]\s*)",
    re.IGNORECASE,
)
_OFFICE = re.compile(r"^(?:联系人|负责人|经办人|法定代表人|法人代表|法人)(?=[\u3400-\u9fff]{2,4}$)")
_ROLE = re.compile(r"^(?:客户|业主|房东|[车房户店]主|学[员生]|会员|用户|顾客|老板|[甲乙]方)(?=[\u3400-\u9fff]{2,4}$)")
_DEPARTMENT = re.compile(r"^[\u3400-\u9fff]*?(?:[购售场术务政流产保发质技程工商]部|[事裁公财]办|办公室)")
_FIRM = re.compile(r"^[\u3400-\u9fff]*(?:公司|集团|中心)(?=[\u3400-\u9fff]{2,})")
_LEADING = re.compile(
    r"^(?:\d{1,6}[.、\s]*|[aA]{1,9}\d{0,3}[\s_.-]*|(?i:vip)\s*)(?=[\u3400-\u9fff]{2,4}$|[\u3400-\u9fff]+·)"
)
_BEFORE = re.compile(
    "[部办室人司团心]|^(?:客户|用户|顾客|房东|老板|.[主方员])"
)  # most names have none of these: no need to look
_GREETING = re.compile(  # 张三您好, 尊敬的张三, 张三本人, 张三的手机
    r"\s*(?:您好|你好)\s*[!。]?$|^(?:尊敬|亲爱)的\s*|(?<=[^\W\d_]{2})\s*(?:本人|的(?:手机|电话|微信|号码)|(?:微信|电话|手机)同号)$"
)
_REMARK = re.compile(r"\s*(?:[(（\[【{<《][^)）\]】}>》]*[)）\]】}>》]?|[/|;；,，、&].*|等\d+人$)\s*")
_BORN = re.compile(  # what no word says to be a birth date is one in the last century
    r"[(（\[【]\s*(?P<said>(?:生日|出生(?:日期|年月日?)?|生于|born)\s*[:：]?\s*)?"
    r"(?P<day>\d{2,4}\s?[-./年]\s?\d{1,2}\s?[-./月]\s?\d{1,2}\s?[日号]?|\d{8})\s*(?P<behind>出?生)?\s*[)）\]】](?!\s*[妈爸母父家老儿女的])",
    re.IGNORECASE | re.ASCII,
)
_PLAIN = re.compile("[\u4e00-\u9fff]+")  # nothing to take off but a form of address
_SEX = re.compile(r"(?<=[^\W\d_]{2})\s+([男女])(?:\s*[,，]?\s*\d{1,3}\s*岁?)?$")
_TWO = re.compile(r"^([\u3400-\u9fff]{2,4})(?: +[-—–]? *|[-—–] *)(\S.*)$")
_BOTH = re.compile(r"([\u3400-\u9fff]{1,4})\s*((?![xX]+$)[A-Za-z][A-Za-z .'-]{0,30})")
_LATIN_FIRST = re.compile(r"([A-Za-z][A-Za-z .'-]{1,30}?)\s*([\u3400-\u9fff]{2,4})")
_LATIN_TITLE = re.compile("c[efotmip]o|hr(?:d|bp)?|[vm]p|pm|bd|gm", re.IGNORECASE)
_PHONE = re.compile(
    r"(?:(?:电话|手机|联系方式|(?i:tel|mobile|phone))(?:号码?)?\s*[:：.]?\s*)?"
    r"(?:\+?86[- ]?)?(?:1[3-9][\d*xX]{9}|1[3-9]\d[- ]\d{4}[- ]\d{4}(?!\d))|\d{7,}"
)
_PHONE_SAID = with_what_is_said(_PHONE)
_SYMBOL = re.compile(r"[^\w\s·.'*\-]|_|\d+$")
_DOTS = re.compile(r"\s*[·•・‧∙⋅]\s*|(?<=[\u3400-\u9fff])\s*[.．]\s*(?=[\u3400-\u9fff])")
_MASK = re.compile(r"[*＊]+|某+|(?<=[\u3400-\u9fff])[xX]{1,3}$")
_INVERTED = re.compile(r"^([A-Za-z][A-Za-z'\-]+)\s*,\s*([A-Za-z][A-Za-z'\-. ]*)$")
_BOOKED = re.compile(r"^([A-Z]{2,})/([A-Z][A-Z ]*?)(?: (?:MR|MRS|MS|MISS|MSTR))?$")  # as airlines write: ZHANG/SAN MR
_INNER_BLANK = re.compile(r"(?<=[\u3400-\u9fff]) +(?=[\u3400-\u9fff*])")
_WORD = re.compile(r"[^\W\d_]+")
_LONGEST = 4  # characters of most Chinese names; with the form of address behind one
_SEXES = {"男": "male", "女": "female"}


def name_key(name: str) -> str:
    """Return the form in which names are compared: simplified, lower case, letters only."""
    return "".join(char for char in simplified(name).casefold() if char.isalpha())


def _without(pattern: re.Pattern[str], text: str, rule: str, notes: list[str]) -> tuple[str, str]:
    """Return a text without what a pattern matches, and the first match; nothing is taken if nothing would remain."""
    match = pattern.search(text)
    if match is None:
        return text, ""
    rest = pattern.sub(" ", text)
    if not any(char.isalpha() for char in rest):
        return text, ""
    _note(notes, rule)
    return rest, match[0].strip(" ()（）[]【】{}<>《》/|;；,，、&")


def _spaced(text: str) -> str:
    """Return a name with single spaces, none inside Chinese, dots of long names as ·."""
    text = " ".join(_DOTS.sub("·", text).split()).strip("-.·' ")
    return _INNER_BLANK.sub("", text)


def _cased(text: str) -> str:
    """Return a Latin name that was typed in one case with capitals at its words; mixed case is left alone."""
    if text.isupper() or text.islower():
        return _WORD.sub(lambda match: match[0].capitalize(), text)
    return text


def _stripped(text: str, off: frozenset[str], notes: list[str], details: dict[str, Any]) -> str:
    """Return a name without label, remark, phone number and symbols."""
    text = _whose(_LABEL.sub("", text), off, notes, details)
    text = _DOTS.sub("·", text)
    if REMARK not in off:
        text, _ = _without(_GREETING, text, REMARK, notes)
    if BIRTH_DATE not in off and (born := _BORN.search(text)) and (day := _birth_date(born)):
        details["birth_date"] = day
        notes.append(BIRTH_DATE)
        text = text.replace(born[0], " ", 1).strip()
    if SYMBOLS not in off and (match := _LEADING.match(text)) and ("·" in text or surname_of(text[match.end() :])):
        text, _ = _without(_LEADING, text, SYMBOLS, notes)
    if OTHERS not in off:
        text, channels = other_channels(text)
        if channels:
            details["channels"] = channels
            _note(notes, OTHERS)
            text = text.strip(" ;")
    if inverted := _INVERTED.match(text) or _BOOKED.match(text):
        notes.append(ORDER)
        text = f"{inverted[2]} {inverted[1]}"
    if (match := _SEX.search(text)) and REMARK not in off:
        details["gender"] = _SEXES[match[1]]
        text, _ = _without(_SEX, text, REMARK, notes)
    phone = _PHONE_SAID if _PHONE.search(text) else _PHONE
    for pattern, rule, key in ((phone, PHONE, "phone"), (_REMARK, REMARK, "remark"), (_SYMBOL, SYMBOLS, "")):
        if rule in off:
            continue
        text, found = _without(pattern, text, rule, notes)
        if found and key:
            details[key] = found
        text = _whose(text.strip(), off, notes, details)
    if details.get("remark") in _SEXES:
        details["gender"] = _SEXES[details["remark"]]
    if REMARK not in off and (second := _second(text) or _latin_beside(text)):
        _note(notes, REMARK)
        if _LATIN_TITLE.fullmatch(second):
            details.setdefault("title", second.upper())
        else:
            details.setdefault("remark", second)
        text = text.strip().removesuffix(second).removeprefix(second)
    return _spaced(text)


def _birth_date(found: re.Match[str]) -> str | None:
    """Return the day of a birth date in brackets, None where it may be another one: when somebody signed, a house."""
    day = clean_birth_date(found["day"]).value
    if day is None or not (found["said"] or found["behind"] or (day < "2000" and found["day"].startswith(day[:4]))):
        return None
    return day


def _latin_beside(text: str) -> str:
    """Return what stands in Latin letters beside a whole name (马云 Jack), or as a title beside a surname (王CEO)."""
    text = text.strip()
    if split_honorific(text)[1] is not None:
        return ""
    if match := _BOTH.fullmatch(text):
        name, latin = match[1], match[2]
    elif match := _LATIN_FIRST.fullmatch(text):
        name, latin = match[2], match[1]
    else:
        return ""
    surname = surname_of(name)
    whole = 0 < len(surname) < len(name)
    return latin if whole or (surname and _LATIN_TITLE.fullmatch(latin)) else ""


def _whose(text: str, off: frozenset[str], notes: list[str], details: dict[str, Any]) -> str:
    """Return a name without the firm before it, and without the person through whom somebody is told (王总助理小李)."""
    apart = parted(text)
    if apart is not None and (rule := FIRM if apart.firm else REMARK) not in off:
        details["company" if apart.firm else "remark"] = apart.rest
        _note(notes, rule)
        text = apart.name
    told = of_another(text)
    if told is not None and OF_ANOTHER not in off:
        details["remark"] = told.rest
        _note(notes, OF_ANOTHER)
        text = told.name
    return text


def _note(notes: list[str], rule: str) -> None:
    if rule not in notes:
        notes.append(rule)


def _person(text: str, notes: list[str], details: dict[str, Any]) -> str:
    """Return a name in Chinese characters without the office or department before it; "" for a department alone."""
    if office := _OFFICE.match(text):
        return text[office.end() :]
    if (role := _ROLE.match(text)) and is_likely_name(rest := text[role.end() :]):  # 客户李雷, 老板王总
        _note(notes, REMARK)
        return rest
    if place := _DEPARTMENT.match(text) or _FIRM.match(text):
        rest = text[place.end() :]
        if not rest or (surname_of(rest) and len(rest) <= _LONGEST):
            _note(notes, REMARK)  # one in brackets was taken off before
            if (before := text[: place.end()]).endswith(("公司", "集团")):
                details.setdefault("company", before)
            return rest
    return text


def _second(text: str) -> str:
    """Return who or what stands behind a whole name (王伟 李娜): only a surname belongs to what follows the blank."""
    match = _TWO.match(text.strip())
    if match is None or is_honorific(match[2]) or surname_of(match[1]) in ("", simplified(match[1])):
        return ""
    return match[2]


def _described(name: str) -> dict[str, Any]:
    """Return what a clean name tells: surname, keys for matching."""
    details: dict[str, Any] = {"key": name_key(name)}
    surname = surname_of(name)
    if surname:
        details["surname"] = surname
        if surname == simplified(name):
            details["surname_only"] = True
    if pinyin := pinyin_of(name):
        details["pinyin"] = pinyin
    return details


@lru_cache(CACHED)
def clean_name(raw: str, off: frozenset[str] = ALL_ON) -> Cleaned:
    """Cleanse a person's name; the value is the name alone, or None.

    Details: `key` (simplified, lower case, letters only) and `pinyin` (surname first) for matching; `surname`,
    `surname_only`; `honorific` (王总: 总), and what it says: `title`, `gender`; `remark`; `phone`, `company`,
    `birth_date`, `channels` (written beside the name); `masked` (张**: part of the name is hidden).
    """
    cleaned = name_alone(raw, off)
    if cleaned.value is None:
        return cleaned
    return Cleaned(raw, cleaned.value, cleaned.notes, {**cleaned.details, **_described(cleaned.value)})


@lru_cache(CACHED)
def name_alone(raw: str, off: frozenset[str] = ALL_ON) -> Cleaned:
    """Cleanse a name as `clean_name`, without the details for matching: they are most of the work."""
    return settled(lambda text: _name_once(text, off), raw)


def _name_once(raw: str, off: frozenset[str]) -> Cleaned:
    text = clean_text(raw, 200, False, off).value
    if text is None:
        return Cleaned(raw, None, (INVALID,) if raw.strip() else ())
    notes: list[str] = []
    details: dict[str, Any] = {}
    plain = _PLAIN.fullmatch(text) is not None
    if not plain:
        name = _stripped(text, off, notes, details)
    else:
        if REMARK not in off and len(text) >= LEAST:
            text = _without(_GREETING, text, REMARK, notes)[0].strip()
        name = text if len(text) < LEAST and text[-1:] not in ("妈", "爸") else _whose(text, off, notes, details)
    if REMARK not in off and _BEFORE.search(name):
        name = _person(name, notes, details)
    if HONORIFIC not in off:
        name, honorific = split_honorific(name)
        if honorific is not None:
            notes.append(HONORIFIC)
            details |= honorific
    if not plain:
        name = _spaced(name) if is_han(name) else _cased(_spaced(name))
    if is_nobody(name):
        if title := office_of(name):
            details.setdefault("title", title)
        return Cleaned(raw, None, (*notes, INVALID), details)
    if _MASK.search(name):
        notes.append(MASKED)
        details["masked"] = True
    if name != raw and not notes:
        notes.append(NORMAL)
    return Cleaned(raw, name, tuple(notes), details)
