"""Who is meant where more than a name stands there: a firm before the person, or somebody who belongs to another."""

import re
from typing import NamedTuple

from processors.cleansing.company import is_known_short
from processors.cleansing.gazetteer import places
from processors.cleansing.honorific import is_honorific, split_honorific
from processors.cleansing.surname import surname_of

LEAST = 4  # characters: 万科张总; most names are shorter, and need no look
_PARTED = re.compile(
    r"^([\u3400-\u9fffA-Za-z0-9（）()]{2,20}?)\s*[\s\-—/|:：,，(（]\s*([\u3400-\u9fff]{2,20})\s*[)）]?$"
)
_ALONE = re.compile(
    r"(?:公司|合伙企业|有限合伙|个体工商户)$|\b(?:co\.?,?\s*ltd|inc|incorporated|corp|llc|gmbh|limited|ltd)\.?$",
    re.IGNORECASE,
)
_GLUED = re.compile(r"^[\u3400-\u9fff]{4,20}$")
_FIRM = re.compile(
    "(?:公司|集团|股份|控股|科技|实业|工业|置业|地产|建设|建筑|建材|装饰|家居|机械|电子|电器|电气|电力|能源|化工|制造|汽车|贸易|商贸"
    "|快递|医药|药业|医疗|生物|食品|餐饮|酒店|服饰|传媒|广告|文化|教育|旅游|网络|软件|通信|智能|数码|半导体|新材料|环保|农业"
    "|园林|资本|基金|证券|保险|银行|医院|学校|大学|学院|中学|小学)$"
)
_OF_ANOTHER = re.compile(
    "^([\u3400-\u9fff]{2,6}?)的?(?:助理|助手|秘书|司机|太太|夫人|老婆|老公|爱人|儿子|女儿|弟弟|妹妹|朋友|同事|家属|介绍|推荐)的?\\s*(.*)$"
)
# Surnames that hardly ever end a name: 郑州李总 is a 李 of 郑州, 安庆林老师 may be 安庆林.
_NEVER_LAST = frozenset("王李张刘陈赵吴周徐孙马郭何罗郑谢宋许韩邓冯曹彭")
_LONGEST = 4  # characters of most Chinese names


class Beside(NamedTuple):
    """The person's own name, what stood before or behind it, and whether that is a firm for certain."""

    name: str
    rest: str
    firm: bool = False


def parted(text: str) -> Beside | None:
    """Return the person and the firm of 万科 张总, 远景科技-李雷 and 华为李经理, or the place of 上海王总.

    None where that is not certain.

    A firm that stands alone, with its legal form, leaves no name. Others are known by their short name or a word of
    their kind; the person by a form of address or, beside a firm, by a surname. What may be the name of a person (王伟
    张总) is nothing to part from another.
    """
    if _ALONE.search(text):
        return Beside("", text, firm=True)
    if match := _PARTED.match(text):
        before, behind = match[1], match[2]
        for firm, person in ((before, behind), (behind, before)):
            if is_firm(firm) and (_is_addressed(person) or _is_name(person)) and not is_firm(person):
                return Beside(person, firm, firm=True)
        remark = _is_addressed(behind) and (before in places() or not _may_be_somebody(before))
        return Beside(behind, before) if remark else None
    if _GLUED.match(text):
        for end in range(len(text) - 2, 1, -1):
            before, person = text[:end], text[end:]
            if _is_addressed(person) and ((known := is_firm(before)) or _is_place_of(before, person)):
                return Beside(person, before, known)
    return None


def _is_place_of(before: str, person: str) -> bool:
    """Tell whether a place stands before a person (上海王总), and both together are nobody's name."""
    return (person[0] in _NEVER_LAST or not surname_of(before)) and before in places()


def of_another(text: str) -> Beside | None:
    """Return who is meant by 王总助理小李, and through whom they are told; the name is empty where nobody says it.

    王总经理助理 is a person's own title, and so is 张伟助理: only a form of address tells that another one is named.
    """
    match = _OF_ANOTHER.match(text)
    if match is None or not _is_addressed(match[1]) or _is_addressed(text):
        return None
    through = text[: match.start(2)].rstrip()
    return Beside(match[2] if _is_addressed(match[2]) or _is_name(match[2]) else "", through)


def is_firm(text: str) -> bool:
    """Tell whether a text is a firm's name for certain."""
    return is_known_short(text) or (len(text) > 2 and _FIRM.search(text) is not None)


def _is_addressed(text: str) -> bool:
    """Tell whether a text is a surname with a form of address: 张总, 小李."""
    bare, said = split_honorific(text)
    return said is not None and not is_honorific(text) and bare != "" and surname_of(bare) == bare


def _may_be_somebody(text: str) -> bool:
    """Tell whether a text may be a name, or the beginning of one (欧阳 小李)."""
    return _is_addressed(text) or _is_name(text) or surname_of(text) == text


def _is_name(text: str) -> bool:
    return 1 < len(text) <= _LONGEST and 0 < len(surname_of(text)) < len(text) and not is_honorific(text)
