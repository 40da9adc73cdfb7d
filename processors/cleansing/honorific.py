"""Forms of address beside a name: 先生, 总, 老师, Mr."""

import re
from functools import cache
from typing import Any, NamedTuple

from processors.cleansing.hanzi import simplified
from processors.cleansing.reference import lines
from processors.cleansing.surname import surname_of

_PREFIX = re.compile(r"^(mr|mrs|ms|miss|madam|sir|dr|prof)(?:\.\s*|\s+|(?=[\u3400-\u9fff]))(.+)$", re.IGNORECASE)
# What an office may be of: 销售总监 and 采购经理 are one title.
_OF = (
    "销售 采购 市场 技术 财务 人事 人力资源 行政 运营 产品 项目 区域 大区 客户 业务 生产 品牌 研发 工程 设计 商务 招商 "
    "渠道 质量 供应链 大堂 值班 高级 资深 执行 常务 第一"
)
_OFFICES = "总监 经理 主管 总经理 副总 副总经理 副总裁 总裁 部长 主任 助理 工程师"
_FAMILIAR = re.compile(r"^(老|小|阿)([\u3400-\u9fff]{1,2})$")


class _Word(NamedTuple):
    """What a form of address says; `short` ones only count behind a surname alone."""

    title: str
    gender: str
    short: bool


@cache
def _words() -> dict[str, _Word]:
    found = {}
    for line in lines("honorifics"):
        word, *said = line.split()
        title = next((part for part in said if part not in ("m", "f", "!")), "")
        gender = "male" if "m" in said else "female" if "f" in said else ""
        found[word] = _Word(title, gender, "!" in said)
    for office in _OFFICES.split():
        for field in _OF.split():
            found.setdefault(field + office, _Word(field + found[office].title, "", short=False))
    return found


def _ending(name: str) -> tuple[str, str] | None:
    """Return a name before the longest form of address that it ends with, and that form."""
    words, plain = _words(), simplified(name)
    for start in range(1, len(name)):
        if plain[start:] in words and not plain[start:].isascii():
            return name[:start].rstrip(" -"), name[start:]
    return None


def is_honorific(word: str) -> bool:
    """Tell whether a word is a form of address and nobody's name: 总经理, 老师 (董 and 哥 may be one's name)."""
    found = _words().get(simplified(word).lower())
    return found is not None and not found.short


def office_of(word: str) -> str:
    """Return the title that a form of address alone says: 销售经理; "" where it says none (先生)."""
    return _words()[simplified(word).lower()].title if is_honorific(word) else ""


@cache
def _office() -> re.Pattern[str]:
    offices = sorted((word for word, said in _words().items() if said.title and len(word) > 1), key=len, reverse=True)
    return re.compile(rf"^({'|'.join(offices)})[\s:：/|—-]*([\u3400-\u9fff]{{2,4}})$")


def split_honorific(name: str) -> tuple[str, dict[str, Any] | None]:
    """Return a name without its form of address and what that says: `honorific`, perhaps `title` and `gender`.

    None where there is no form of address: a name is never taken apart for a syllable that may be its own (李工 is
    a surname with a title, 张建工 a name).
    """
    if is_honorific(name):
        return name, None
    if match := _PREFIX.match(name):
        return match[2], _says(match[1])
    if ending := _ending(name):
        bare, word = ending
        alone = surname_of(bare) != "" and len(surname_of(bare)) == len(bare)
        if alone or (not _words()[simplified(word)].short and len(bare) >= 2):
            return bare, _says(word)
    if (match := _FAMILIAR.match(name)) and surname_of(match[2]) == match[2]:
        return match[2], {"honorific": match[1]}
    if (match := _office().match(simplified(name))) and 0 < len(surname_of(match[2])) < len(match[2]):  # 总经理王伟
        return name[match.start(2) :], _says(match[1])
    return name, None


def _says(written: str) -> dict[str, Any]:
    word = _words()[simplified(written).lower()]
    said = {"honorific": written, "title": word.title, "gender": word.gender}
    return {key: value for key, value in said.items() if value}
