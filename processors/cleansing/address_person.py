"""Which part of a text with an address and a phone number is the name of a person."""

import re

from processors.cleansing.company import is_known_short
from processors.cleansing.gazetteer import names, places
from processors.cleansing.honorific import split_honorific
from processors.cleansing.name_beside import is_firm
from processors.cleansing.name_nobody import DESKS
from processors.cleansing.surname import surname_of

_RECEIVED = re.compile(r"(?<=[\u3400-\u9fff]{2})(?<!丰)(?:亲启|收)$")  # 张三收; but 王丰收 and 李俊启 are names
_ESTATES = (
    "公司|集团|中心|小区|园区|业区|社区|新村|家园|花园|公寓|大厦|大楼|广场|商场|市场|超市|酒店|宾馆|医院"
    "|学院|大学|中学|小学|大道"
)
_GLUED = re.compile(  # 501室张三, 1202姜格格收, 阳光小区李四
    rf"(?:(?<=[\d室号楼栋幢层座铺户房#])|(?<={_ESTATES}))"
    r"(?![室号楼栋幢层座铺户房])([\u3400-\u9fff]{2,4}?(?:先生|女士|小姐)?)(?:(?:亲启|收))?$"
)
_FORMS = "先生|女士|小姐|老师|经理|师傅"
_ADDRESSED = re.compile(_FORMS)  # to look for this alone is a third of the work
_HONORIFIC = re.compile(rf"[\u3400-\u9fff]{{1,4}}(?:{_FORMS})")
_NAME = re.compile(
    r"[\u3400-\u9fff]{1,4}|[\u3400-\u9fff]{1,2}[A-Za-z*]{1,4}|[A-Za-z]{2,12}|大?[\u3400-\u9fff]{1,3}[某*xX]{1,2}"
)
_LONGEST = 3
_TOWN = re.compile(r"[\u3400-\u9fff]{2}[镇乡]")
_PLACE = re.compile(
    r"[省市区县旗州镇乡村街道路巷弄号楼幢室层座苑园里庄屯店厂阁馆厅站社吧院铺柜门口面间部处局网库厢]$|(?:单元|商位|小区|左右|自取|小吃|专[卖柜])$"
    r"|(?<![\u3400-\u9fff])栋$|[一二三四五六七八九十东南西北中]栋$|\d"  # 王栋 is a name
)


def glued_name(parts: list[str]) -> tuple[str, list[str]]:
    """Return a name that stands at the end of an address without a blank, or before its province, and what remains."""
    if not parts:
        return "", parts
    if received(parts[-1]) and may_receive(without_received(parts[-1])):
        return parts[-1], parts[:-1]
    for index in (len(parts) - 1, 0):
        if (match := _GLUED.search(parts[index])) and may_receive(match[1]):
            return match[1], [*parts[:index], parts[index][: match.start()], *parts[index + 1 :]]
    first = parts[0]
    if first[:2] in places() or first[:3] in places():
        return "", parts
    town = _TOWN.match(first) is not None  # 马屿镇江浦 is no 马屿 in 镇江
    for width in (3, 2):
        name, rest = first[:width], first[width:]
        if is_person(name) and (rest[:3] in places() or (rest[:2] in places() and not (town or _is_division(name)))):
            return name, [rest, *parts[1:]]
    return "", parts


def received(text: str) -> bool:
    """Tell whether a text ends with the word that somebody receives it: 张三收, 李雷亲启."""
    return _RECEIVED.search(text) is not None


def without_received(text: str) -> str:
    """Return a name without that word."""
    return _RECEIVED.sub("", text)


def has_form(text: str) -> bool:
    """Tell whether a text names somebody with a form of address: 李四先生."""
    return _ADDRESSED.search(text) is not None and _HONORIFIC.search(text) is not None


def _is_division(name: str) -> bool:
    return any(one.text == name for one in names().get(name[:2], ()))


def may_receive(text: str) -> bool:
    """Tell whether a text is a name and nothing's place or firm, or a surname, with a form of address (张先生)."""
    bare, said = split_honorific(text)
    if is_name(bare) and not _PLACE.search(bare) and not is_firm(bare):
        return True
    return said is not None and bare != "" and surname_of(bare) == bare


def _is_place(text: str) -> bool:
    """Tell whether a text is, or ends as, a place or a shop (麦当劳)."""
    return _PLACE.search(text) is not None or text in places() or is_known_short(text)


def is_person(text: str) -> bool:
    """Tell whether a text is a surname with one or two further characters, and no place."""
    return is_name(text) and not _is_place(text)


def is_name(text: str) -> bool:
    """Tell whether a text of two or three characters begins with a surname."""
    return 1 < len(text) <= _LONGEST and 0 < len(surname_of(text)) < len(text)


def outer_name(parts: list[str], beside: list[str], sure: bool) -> str:
    """Return the part that is a name: with an honorific, else (if a phone stood there) the likeliest.

    That is one with a surname, at an end or `beside` the phone, before anything name-like at an end.
    """
    ends = (parts[-1], parts[0])
    for part in ends:
        if _HONORIFIC.fullmatch(part):
            return part
    if not sure:
        return ""
    named = [part for part in (*ends, *beside) if is_person(part)]
    likely = [part for part in ends if _NAME.fullmatch(part) and not (_is_place(part) or part in DESKS)]
    return named[0] if named else min(likely, key=len, default="")
