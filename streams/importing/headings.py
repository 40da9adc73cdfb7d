"""What columns are called, in Chinese (simplified or traditional) and English: heading → lead field."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from processors.cleansing.hanzi import simplified

DECISION = "※采用/decision"
ROW_ID = "※行标识/row id"  # of the row that a conflict was, see `streams.importing.deciding`
LEAD_ID = {"zh": "线索编号", "en": "lead_id"}  # of an export of the library
OWN = "※"  # headings of our own reports begin with it


class Words(NamedTuple):
    """What the file of words says; see its head. `combined`: whole words made of two parts, such as 备用手机.

    `parts` of a name: word → `family` or `given`.
    """

    plain: Mapping[str, str]
    weak: Mapping[str, str]
    combined: Mapping[str, str]
    before: tuple[str, ...]
    behind: tuple[str, ...]
    parts: Mapping[str, str]


def _read() -> Words:
    """Return the words of the file beside this one."""
    lines = Path(__file__).with_name("synonyms.txt").read_text(encoding="utf-8").splitlines()
    said: dict[str, list[str]] = {}
    for line in lines:
        if line and not line.startswith("#"):
            key, *words = line.split()
            said.setdefault(key, []).extend(words)
    plain = {word: field for field, words in said.items() if field[0] not in "~?@" for word in words}
    weak = {word: key[1:] for key, words in said.items() if key[0] == "?" for word in words}
    combined: dict[str, str] = {}
    for key in [key for key in said if key[0] == "~"]:
        firsts, _, seconds = " ".join(said[key]).partition(":")
        field = key[1:]
        cores = [word for word, of in plain.items() if of == field and word not in ALONE] + seconds.split()
        combined |= {first + core: field for first in firsts.split() for core in cores}
    parts = {word: part for part in NAME_PARTS for word in said[f"@{part}"]}
    return Words(plain, weak, combined, (*said["@asked"], *said["@whose"]), tuple(said["@end"]), parts)


NAME_PARTS = ("family", "given")


ALONE = frozenset({"号码", "mail", "business", "account", "省", "市", "区", "县", "镇"})
"""Words that nothing may stand before: 注册号码 is no phone."""
WORDS = _read()
FIELDS = tuple(dict.fromkeys(WORDS.plain.values()))
CONTACTS = frozenset({"phone", "email", "wechat", "qq", "douyin", "kuaishou", "id_number"})
CUSTOMER = frozenset({"客户名", "客户名称", "客户", "线索名称", "customer", "customername"})  # a person or a firm
WARDS = frozenset({"学生", "学生姓名", "孩子姓名", "宝宝姓名", "患者", "患者姓名", "被保险人", "被保险人姓名"})
BRACKETS = re.compile(r"[(\[【<〔「].*?[)\]】>〕」]")
NOISE = re.compile(r"[\s*#:：、.。·_\-/\\|＊★☆?？!！]+")
NUMBERED = re.compile(r"q?\d{1,2}(?!\d)|第?[一二三四五六七八九十]{1,2}题?(?=[您你请])")  # of a question: Q1 您的姓名
TAIL = re.compile(r"\d{1,2}$")
SOMEBODY_ELSE = re.compile(
    r"(?:联[系络]人|contact)[2-9二三四五](?!\d).*|(?:第[二三四五]|备用|紧急|其[他它])联[系络]人.*"
)
MOST_FORMS = 40
SEPARATORS = re.compile(r"[/\\|、&+及和与或]")
TOGETHER = {
    frozenset({"name", "phone"}): ("name", "phone"),
    frozenset({"name", "title"}): ("name",),
    frozenset({"company", "title"}): ("company", "title"),
    frozenset({"wechat", "qq"}): ("wechat", "qq"),  # each rule takes what is its own
}
LONGEST = 40


@lru_cache(maxsize=4_096)
def field_of(heading: str) -> str | None:
    """Return the lead field that a heading means, None when it is none that we know.

    >>> field_of("* 手机号码（必填）"), field_of("E-mail Address"), field_of("联系人电话2"), field_of("金额")
    ('phone', 'email', 'phone', None)
    """
    return next(iter(fields_of(heading)), None)


@lru_cache(maxsize=4_096)
def fields_of(heading: str) -> tuple[str, ...]:
    """Return the lead fields of a heading: several where one column holds them and their rules part them.

    >>> fields_of("手机"), fields_of("电话/微信"), fields_of("姓名及手机"), fields_of("姓名/金额")
    (('phone',), ('phone',), ('name', 'phone'), ())
    """
    if not _may_be_ours(heading):
        return ()
    for form in _forms(_word(heading)):
        if field := WORDS.plain.get(form) or WORDS.combined.get(form):
            return (field,)
        if form in WORDS.weak:
            return ()
    parts = SEPARATORS.split(heading)
    if len(parts) == 1:
        parts = _glued(_word(heading))
    found = {field for part in parts for field in fields_of(part) or ("",)} if len(parts) > 1 else set()
    if len(found) == 1:
        return tuple(found - {""})
    if "phone" in found and found <= {"phone", "wechat", "qq", "email"}:  # what stands beside a number is found there
        return ("phone",)
    return TOGETHER.get(frozenset(found), ())


def _glued(word: str) -> list[str]:
    """Return the words for firm and title that a heading is made of (单位职务); the word alone where it is not."""
    cuts = (word[:-length] for length in (2, 4) if WORDS.plain.get(word[-length:]) == "title")
    firm = next((firm for firm in cuts if "company" in fields_of(firm)), "")
    return [firm, word.removeprefix(firm)] if firm else [word]


@lru_cache(maxsize=4_096)
def weak_field_of(heading: str) -> str | None:
    """Return the lead field that a heading means where no other column means it, None when there is none.

    >>> weak_field_of("法定代表人"), weak_field_of("微信昵称"), weak_field_of("联系人")
    ('name', 'name', None)
    """
    if not _may_be_ours(heading) or fields_of(heading):
        return None
    return next((WORDS.weak[form] for form in _forms(_word(heading)) if form in WORDS.weak), None)


def name_part_of(heading: str) -> str | None:
    """Return `family` or `given` for the heading of that part of a name, None for others.

    >>> name_part_of("姓"), name_part_of("First Name"), name_part_of("姓名")
    ('family', 'given', None)
    """
    word = _word(heading)
    forms = _forms(word) if word.isascii() else [word]  # 用户名 is no given name
    return next((WORDS.parts[form] for form in forms if form in WORDS.parts), None)


def _may_be_ours(heading: str) -> bool:
    return 0 < len(heading) <= LONGEST and not heading.startswith(OWN)


def is_of_a_customer(heading: str) -> bool:
    """Tell whether a heading names a customer, who may be a person or a firm: beside 联系人 it is the firm."""
    return not CUSTOMER.isdisjoint(_forms(_word(heading)))


def is_of_a_ward(heading: str) -> bool:
    """Tell whether a heading names whom somebody else answers for: a pupil, a patient, whoever is insured."""
    return _word(heading) in WARDS


def says_whose(heading: str) -> bool:
    """Tell whether a heading says of whom it is (家长身份证号)."""
    return _word(heading).startswith(WORDS.before)


def _word(heading: str) -> str:
    return simplified(NOISE.sub("", BRACKETS.sub("", unicodedata.normalize("NFKC", heading).lower())))


def _forms(word: str) -> list[str]:
    """Return a word, then what remains without what may stand before or behind it, the least taken away first."""
    if SOMEBODY_ELSE.fullmatch(word):
        return []
    forms = [word]
    for form in forms:
        shorter = [form.removeprefix(before) for before in WORDS.before if form.startswith(before)]
        shorter += [form.removesuffix(behind) for behind in WORDS.behind if form.endswith(behind)]
        shorter += [NUMBERED.sub("", form, count=1)] if NUMBERED.match(form) else []
        shorter += [TAIL.sub("", form)] if TAIL.search(form) else []
        forms += [each for each in shorter if each and each not in forms][: MOST_FORMS - len(forms)]
    return forms
