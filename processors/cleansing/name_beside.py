"""Who is meant where more than a name stands there: a firm before the person, or somebody who belongs to another."""

import re
from typing import NamedTuple

from processors.cleansing.company import is_known_short
from processors.cleansing.gazetteer import names, places
from processors.cleansing.honorific import is_honorific, split_honorific
from processors.cleansing.surname import is_likely_name, surname_of

LEAST = 4  # characters: 万科张总; most names are shorter, and need no look
_PARTED = re.compile(
    r"^([\u3400-\u9fffA-Za-z0-9（）()]{2,20}?)(?:\s*[\s\-—/|:：,，(（]\s*|的)([\u3400-\u9fff]{2,20})\s*[)）]?$"
)
_ALONE = re.compile(
    r"(?:公司|合伙企业|有限合伙|个体工商户)$|\b(?:co\.?,?\s*ltd|inc|incorporated|corp|llc|gmbh|limited|ltd)\.?$",
    re.IGNORECASE,
)
_PERSON_FIRST = re.compile(r"^([\u3400-\u9fff]{2,8})[\s,，/|:：—-]+(.{4,})$")
_BETWEEN = re.compile(r"[\s,，/|:：—-]+")
_DOT = re.compile("[·•・‧∙⋅]")
_DOTTED = re.compile("[\u3400-\u9fff]{1,8}(?:[·•・‧∙⋅][\u3400-\u9fff]{1,10})+")
_DEPARTMENT = re.compile("[部处科室组办]$")
_GLUED = re.compile(r"^[\u3400-\u9fffA-Za-z0-9]{4,30}$")
_TRADE = re.compile(  # what somebody does, or where, in front of them: 装修王师傅, 4S店小王
    "(?:[店院厂馆部局所行社场站室]|物业|装修|建材|中介|房东|保洁|家政|维修|快递|外卖|销售|售后|客服|财务|采购|工地|[水电木瓦]工|司机"
    "|房产|地产|保险|汽车|家具|门窗|瓷砖|地板|教育|培训|美容|美发|健身|隔壁|楼[上下]|邻居|朋友|同事|同学|亲戚|老乡"
    "|小哥|店长|供应商|经销商|代理|批发|零售|客户)$"
)
_FIRM = re.compile(
    "(?:店|商行|超市|工作室|事务所|经营部|门市部|服务部|公司|集团|股份|控股|科技|实业|工业|置业|地产|建设|建筑|建材|装饰|家居|机械|电子|电器|电气|电力|能源|化工|制造|汽车|贸易|商贸"
    "|快递|医药|药业|医疗|生物|食品|餐饮|酒店|服饰|传媒|广告|文化|教育|旅游|网络|软件|通信|智能|数码|半导体|新材料|环保|农业"
    "|园林|资本|基金|证券|保险|银行|医院|学校|大学|学院|中学|小学)$"
)
_KIN = re.compile(  # whoever is told by a whole name, or a child's: 张三妈妈, 乐乐家长
    "^([\u3400-\u9fffA-Za-z0-9]{2,6}?)的?(?:老婆|老公|爱人|媳妇|妈妈?|爸爸?|母亲|父亲|爷爷|奶奶|姥[姥爷]|外[公婆]|家长|儿子|女儿"
    "|哥哥|弟弟|姐姐|妹妹|家属|的(?:同事|朋友|亲戚|同学))的?\\s*(\\D*)$"
)
_OF_ANOTHER = re.compile(
    "^([\u3400-\u9fff]{2,6}?)的?(?:助理|助手|秘书|司机|太太|夫人|老婆|老公|爱人|儿子|女儿|弟弟|妹妹|朋友|同事|家属|介绍|推荐)的?\\s*(.*)$"
)
# Surnames that hardly ever end a name: 郑州李总 is a 李 of 郑州, 安庆林老师 may be 安庆林.
_NEVER_LAST = frozenset("王李张刘陈赵吴周徐孙马郭何罗郑谢宋许韩邓冯曹彭")
_GIVEN = ("建设", "文化", "工业", "农业")  # what people are called, too: 王建设
_LONGEST = 4  # characters of most Chinese names
_PAIR = 2


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
    if _DOT.search(text) and (beside := _around_dotted(text)):
        return beside
    if _ALONE.search(text):
        return _before_firm(text) or Beside("", text, firm=True)
    if (several := _BETWEEN.split(text)) and len(several) > _PAIR:
        return _among(several)
    if _GLUED.match(text) and is_firm(text) and len(surname_of(text)) < _PAIR and not _is_addressed(text):
        return Beside("", text, firm=True)
    if match := _PARTED.match(text):
        before, behind = match[1], match[2]
        for firm, person in ((before, behind), (behind, before)):
            if is_firm(firm) and _is_somebody(person) and not is_firm(person):
                return Beside(person, firm, firm=True)
        remark = _is_addressed(behind) and (before in places() or not _may_be_somebody(before))
        return Beside(behind, before) if remark else None
    if _GLUED.match(text):
        for end in range(len(text) - 2, 1, -1):
            before, person = text[:end], text[end:]
            if _is_titled(person) and is_firm(before):
                return Beside(person, before, firm=True)
            if not _is_addressed(person):
                continue
            if (known := is_firm(before)) or _TRADE.search(before) or _is_place_of(before, person):
                return Beside(person, before, known)
        return _behind_firm(text)
    return None


def _around_dotted(text: str) -> Beside | None:
    """Return the one whose name has a dot (买买提·艾力), and what stands beside it."""
    parts = [part for part in _BETWEEN.split(text) if part]
    dotted = [part for part in parts if _DOTTED.fullmatch(part)]
    if len(dotted) != 1 or len(parts) < _PAIR:
        return None
    rest = [part for part in parts if part != dotted[0]]
    firm = next((part for part in rest if is_firm(part) or _ALONE.search(part)), "")
    return Beside(dotted[0], firm or " ".join(rest), firm != "")


def _before_firm(text: str) -> Beside | None:
    """Return who stands before a firm with its legal form (张三 蓝海科技有限公司), glued to it if a place follows."""
    if (match := _PERSON_FIRST.match(text)) and _is_somebody(match[1]):
        return Beside(match[1], match[2], firm=True)
    if text[0] not in _NEVER_LAST or not _GLUED.match(text) or text[:2] in places() or text[:3] in places():
        return None
    for width in (3, 2):
        person, rest = text[:width], text[width:]
        if _is_name(person) and not is_known_short(person) and (rest[:2] in places() or rest[:3] in places()):
            return Beside(person, rest, firm=True)
    return None


def _behind_firm(text: str) -> Beside | None:
    """Return the person of a frequent surname behind a firm without its legal form: 北京蓝海科技张三, 华为李雷先生."""
    bare, said = split_honorific(text)
    least = LEAST if said is None else _PAIR
    for width in (3, 2):
        before, person = bare[:-width], bare[-width:]
        if person[0] in _NEVER_LAST and _is_name(person) and len(before) >= least and is_firm(before):
            firm = not before[0].isascii()
            return None if _is_division(person) else Beside(person + text.removeprefix(bare), before, firm)
    return None


def _is_division(text: str) -> bool:
    return any(name.text == text for name in names().get(text[:2], ()))


def _among(parts: list[str]) -> Beside | None:
    """Return the one person among a firm, a department and an office: 蓝海科技 总经理 张三 is 张三总经理."""
    offices = [part for part in parts if is_honorific(part)]
    firms = [part for part in parts if part not in offices and is_firm(part)]
    rest = [part for part in parts if part not in offices and part not in firms and not _DEPARTMENT.search(part)]
    if len(rest) != 1 or len(firms) > 1 or not _is_somebody(rest[0]):
        return None
    addressed = split_honorific(rest[0])[1] is not None
    person = rest[0] if addressed else rest[0] + "".join(offices[:1])
    beside = firms[0] if firms else next(part for part in parts if part != rest[0])
    return Beside(person, beside, bool(firms))


def _is_place_of(before: str, person: str) -> bool:
    """Tell whether a place stands before a person (上海王总), and both together are nobody's name."""
    return (person[0] in _NEVER_LAST or person[0] in "小老阿" or not surname_of(before)) and before in places()


def of_another(text: str) -> Beside | None:
    """Return who is meant by 王总助理小李, and through whom they are told; the name is empty where nobody says it.

    王总经理助理 is a person's own title, and so is 张伟助理: only a form of address tells that another one is named.
    """
    match = _KIN.match(text)
    if match is not None and not _is_addressed(text):
        return Beside(match[2] if _is_somebody(match[2]) else "", text[: match.start(2)].rstrip())
    match = _OF_ANOTHER.match(text)
    if match is None or not _is_addressed(match[1]) or _is_addressed(text):
        return None
    through = text[: match.start(2)].rstrip()
    return Beside(match[2] if _is_somebody(match[2]) else "", through)


def is_firm(text: str) -> bool:
    """Tell whether a text is a firm's name for certain."""
    if is_known_short(text):
        return True
    if _FIRM.search(text) is None or (text.endswith(_GIVEN) and is_likely_name(text)):
        return False
    return len(text) > (3 if text[-1] == "店" else 2)


def _is_addressed(text: str) -> bool:
    """Tell whether a text is a surname with a form of address: 张总, 小李."""
    bare, said = split_honorific(text)
    return said is not None and not is_honorific(text) and bare != "" and surname_of(bare) == bare


def _is_titled(text: str) -> bool:
    """Tell whether a text is a whole name behind its office: 销售经理林艳."""
    bare, said = split_honorific(text)
    return said is not None and not text.startswith(bare) and _is_name(bare)


def _is_somebody(text: str) -> bool:
    """Tell whether a text may be a name, or a surname, with a form of address: 张三, 小李, 李春梅女士."""
    return _is_addressed(text) or _is_name(split_honorific(text)[0])


def _may_be_somebody(text: str) -> bool:
    """Tell whether a text may be a name, or the beginning of one (欧阳 小李)."""
    return _is_somebody(text) or surname_of(text) == text


def _is_name(text: str) -> bool:
    return 1 < len(text) <= _LONGEST and 0 < len(surname_of(text)) < len(text) and not is_honorific(text)
