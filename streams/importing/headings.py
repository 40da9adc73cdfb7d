"""What columns are called, in Chinese (simplified or traditional) and English: heading → lead field."""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from processors.cleansing.hanzi import simplified

DECISION = "※采用/decision"
OWN = "※"  # headings of our own reports begin with it


def _synonyms() -> dict[str, str]:
    """Return word → lead field, from the file beside this one."""
    lines = Path(__file__).with_name("synonyms.txt").read_text(encoding="utf-8").splitlines()
    entries = (line.split() for line in lines if line and not line.startswith("#"))
    return {word: field for field, *words in entries for word in words}


FIELD_OF = _synonyms()
FIELDS = tuple(dict.fromkeys(FIELD_OF.values()))
CONTACTS = frozenset({"phone", "email", "wechat", "qq", "douyin", "kuaishou", "id_number"})
PREFIXES = ("客户", "联系人", "线索", "学员", "会员", "用户", "负责人", "法人", "本人", "主要", "主", "常用", "其他")
CUSTOMER = frozenset({"客户名", "客户名称", "客户", "线索名称", "customer", "customername"})  # a person or a firm
BRACKETS = re.compile(r"[(\[【<〔「].*?[)\]】>〕」]")
NOISE = re.compile(r"[\s*#:：、.。·_\-/\\|＊★☆]+")
TAIL = re.compile(r"(?:必填|选填|\d{1,2}|[一二三四五])$")
SEPARATORS = re.compile(r"[/\\|、&+及和与]")
TOGETHER = {
    frozenset({"name", "phone"}): ("name", "phone"),
    frozenset({"name", "title"}): ("name",),
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
    if not heading or len(heading) > LONGEST or heading.startswith(OWN):
        return ()
    for candidate in _forms(_word(heading)):
        if candidate in FIELD_OF:
            return (FIELD_OF[candidate],)
    parts = SEPARATORS.split(heading)
    found = {field for part in parts for field in fields_of(part) or ("",)} if len(parts) > 1 else set()
    if len(found) == 1:
        return tuple(found - {""})
    if "phone" in found and found <= {"phone", "wechat", "qq", "email"}:  # what stands beside a number is found there
        return ("phone",)
    return TOGETHER.get(frozenset(found), ())


def is_of_a_customer(heading: str) -> bool:
    """Tell whether a heading names a customer, who may be a person or a firm: beside 联系人 it is the firm."""
    return not CUSTOMER.isdisjoint(_forms(_word(heading)))


def _word(heading: str) -> str:
    return simplified(NOISE.sub("", BRACKETS.sub("", unicodedata.normalize("NFKC", heading).lower())))


def _forms(word: str) -> list[str]:
    forms = [word]
    tailless = TAIL.sub("", word)
    if tailless and tailless != word:
        forms.append(tailless)
    for form in list(forms):
        forms += [form.removeprefix(prefix) for prefix in PREFIXES if form.startswith(prefix) and form != prefix]
    return forms
