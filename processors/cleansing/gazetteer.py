"""Every way to write a division: full names, short names, stems, other ranks, former names, development zones."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import chain
from typing import NamedTuple

from processors.cleansing.divisions import CITY, DISTRICT, PROVINCE, Division, divisions, streets_of

FULL, VARIANT, SHORT = 3.0, 2.2, 1.5
_FORMER = 0.4  # a former division gives way to one of today of the same name

_PEOPLES = (
    "蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 东乡 纳西 景颇 "
    "柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 "
    "塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺 各"
)
_LONG = "蒙古|维吾尔|哈萨克|柯尔克孜|达斡尔|锡伯|塔吉克"  # peoples that names also carry without 族
_PEOPLE = re.compile(rf"(?:(?:{'|'.join(_PEOPLES.split())})族|{_LONG})+$")
_RANK = re.compile(  # two characters at least before a long one: 碑林区 and 清新区 are districts 碑林 and 清新
    r"(?<=..)(?:特别行政区|自治区|自治州|自治县|自治旗|地区|林区|特区|新区)$|[省盟州市区县旗]$"
)
_PROVINCES = {
    "内蒙古自治区": "内蒙古 内蒙",
    "新疆维吾尔自治区": "新疆 新疆自治区 新疆省",
    "宁夏回族自治区": "宁夏 宁夏省",
} | {
    "广西壮族自治区": "广西 广西省 广西自治区",
    "西藏自治区": "西藏 西藏省",
}
_CUSTOMARY = {
    "120116": "滨海",
    "130600": "雄安新区",
    "150121": "土左旗",
    "150221": "土右旗",
    "150223": "达茂旗",
    "150425": "克旗",
    "150426": "翁旗",
    "150521": "科左中旗",
    "150522": "科左后旗",
    "150627": "伊旗",
    "150722": "莫旗",
    "150926": "察右前旗",
    "150927": "察右中旗",
    "150928": "察右后旗",
    "152221": "科右前旗",
    "152222": "科右中旗",
    "152500": "锡盟",
    "152525": "东乌旗",
    "152526": "西乌旗",
    "152921": "阿左旗",
    "152922": "阿右旗",
    "210112": "浑南新区",
    "210213": "金州新区",
    "210921": "阜蒙县",
    "220721": "前郭县",
    "230624": "杜蒙县",
    "310115": "浦东",
    "320114": "雨花区",
    "320214": "无锡新区 新区",
    "320576": "苏州园区 园区",
    "150203": "昆区",
    "360113": "红谷滩新区",
    "370211": "西海岸新区",
    "460321": "西沙区",
    "469025": "白沙县",
    "530114": "呈贡新区",
    "532300": "楚雄州",
    "533100": "德宏州",
    "652700": "博州",
    "652800": "巴州",
    "653000": "克州",
    "654000": "伊犁州",
}
# Names that so many places share that only what stands before them tells which is meant.
_SHARED = "园区 昆区 城区 郊区 矿区 东区 西区 南区 北区 中区 新区 市中区 市辖区 城中区 城关区 中西区 北关区"
GENERIC = frozenset(_SHARED.split())
_STREET_RANK = re.compile(r"(?:街道|地区|[镇乡])(?:办事处)?$")
_ZONE = re.compile(r"(?:经济|技术|开发|高新|产业|示范|管理|工业|园|合作|试验|实验).*区$|园区$|管委会$|委员会$|新城$")
_KIND = re.compile(
    "国家级?|高新|高技术|技术|产业|经济|综合|示范|管理|合作|试验|实验|工业|园区|开发区|园|新城|区|管委会|管理委员会|委员会"
)
_ZONE_KINDS = (
    (re.compile("高新|高技术"), ("高新区", "高新技术开发区", "高新技术产业开发区", "高新开发区", "高新技术区")),
    (re.compile("经济.*开发区"), ("经开区", "开发区", "经济开发区", "经济技术开发区")),
)


class Meaning(NamedTuple):
    """One division that a name may mean, and its weight as evidence.

    `needs_parent`: the name means this division only behind a division that it lies in (东区, 高新区, or a borough's
    name without rank, which is an everyday word too).
    """

    division: Division
    weight: float
    needs_parent: bool


class Name(NamedTuple):
    """One way to write some divisions. `bare` names lack their rank (杭州, 西湖) and may be part of other words."""

    text: str
    bare: bool
    meant: tuple[Meaning, ...]


@lru_cache(8_192)
def stem_of(name: str) -> str:
    """Return a division's name without rank and peoples: 恭城 for 恭城瑶族自治县."""
    stem = _PEOPLE.sub("", _RANK.sub("", name))
    if len(stem) < 2:
        bare = _RANK.sub("", name).removesuffix("族")
        stem = bare if len(bare) >= 2 else name
    return stem


def is_zone(division: Division) -> bool:
    """Tell whether a division is a development zone rather than a county; 绿园区 and 梁园区 are districts."""
    if division.level != DISTRICT or _ZONE.search(division.name) is None:
        return False
    return division.code[4:5] == "7" or not division.name.endswith("园区")


def _province_names(division: Division) -> Iterator[tuple[str, float, bool]]:
    yield division.name, FULL, False
    for text in _PROVINCES.get(division.name, stem_of(division.name)).split():
        yield text, FULL if text[-1] in "省区" else SHORT + 0.1, text[-1] not in "省区"


def _ranked_names(division: Division) -> Iterator[tuple[str, float, bool]]:
    """Yield the names of a prefecture or county: full, shortened, under another rank, and its stem."""
    stem, name = stem_of(division.name), division.name
    yield name, FULL, False
    if stem == name:
        return
    yield stem + name[-1], FULL - 0.1, False
    ranks = ("地区", "州", "市") if division.level == CITY else ("县", "市", "区")
    for rank in ranks if not division.code.startswith("71") else ():
        if stem + rank != name and not (rank == "州" and not name.endswith("州")):
            yield stem + rank, VARIANT, False
    yield stem, SHORT if division.level == CITY else SHORT - 0.1, True


def _zone_names(division: Division, city: Division | None) -> Iterator[tuple[str, float, bool]]:
    """Yield the names of a development zone: official, without its city's name, and by its kind."""
    named_after_city = city is not None and division.name.startswith(city.name)
    yield division.name, FULL + FULL if named_after_city else FULL, False  # it says its city, too
    if city is None:
        return
    short = division.name
    province = divisions()[division.province].name
    for prefix in (province, stem_of(province), city.name, stem_of(city.name)):
        short = short.removeprefix(prefix)
    if short != division.name and len(short) > 2:
        yield short, VARIANT, False
    own = _KIND.sub("", short)  # 大亚湾 of 惠州大亚湾经济技术开发区; what has none is the zone of its city
    if len(own) > 1:
        yield own, SHORT - 0.1, True
        yield own + "区", VARIANT - 0.4, False
    for pattern, names in _ZONE_KINDS:
        if pattern.search(division.name):
            for text in names:
                yield text, VARIANT - (0.7 if own else 0.4), False
                if len(own) > 1:
                    yield own + text, VARIANT, False


def _names(division: Division) -> Iterator[tuple[str, bool, Meaning]]:
    """Yield (text, bare, meaning) for every way to write a division."""
    zone = is_zone(division)
    if division.level == PROVINCE:
        found = _province_names(division)
    elif zone:
        found = _zone_names(division, divisions().get(division.city))
    else:
        found = _ranked_names(division)
    if customary := _CUSTOMARY.get(division.code):
        found = chain(found, [(text, VARIANT, text[-1] not in "区州县旗市盟") for text in customary.split()])
    lowered = _FORMER if division.now else 0.0
    for text, weight, bare in found:
        own = text == division.name or (customary is not None and text in customary.split())
        needs = text in GENERIC or (zone and not own) or (bare and not _stands_alone(division, text))
        yield text, bare, Meaning(division, weight - lowered, needs)


def _stands_alone(division: Division, stem: str) -> bool:
    """Tell whether a name without rank can be understood without what the division lies in.

    Counties are often called by everyday words (和平, 西湖, 黄龙): only one whose name hardly any street or town
    elsewhere shares stands alone. Those of Taiwan never do, they would compete with cities of the mainland.
    """
    if division.level < DISTRICT or stem == "浦东":
        return True
    if division.code.startswith("71") or division.now:
        return False
    return _sharing_streets().get(stem, 0) <= (1 if division.name.endswith("区") else 3)


@cache
def places() -> frozenset[str]:
    """Return the names of provinces, prefectures and cities as people say them: 浙江, 浙江省, 杭州, 义乌."""
    known = [each for each in divisions().values() if each.level < DISTRICT or each.name.endswith("市")]
    return frozenset(name for each in known for name in (each.name, stem_of(each.name)) if len(name) > 1)


@cache
def _sharing_streets() -> dict[str, int]:
    """Return in how many counties a street or town bears a stem."""
    return Counter(
        stem for code in divisions() for stem in {_STREET_RANK.sub("", street) for street in streets_of(code)}
    )


def _collected() -> dict[str, tuple[bool, dict[str, Meaning]]]:
    """Return text → (bare, code → meaning), the strongest reading of each."""
    table: dict[str, tuple[bool, dict[str, Meaning]]] = {}
    for division in divisions().values():
        for text, bare, meaning in _names(division):
            if len(text) < 2:
                continue
            known_bare, meanings = table.get(text, (True, {}))
            if division.code not in meanings or meanings[division.code].weight < meaning.weight:
                meanings[division.code] = meaning
            table[text] = (known_bare and bare, meanings)
    return table


def _weighed(meanings: list[Meaning]) -> tuple[Meaning, ...]:
    """Return meanings by level; where a name is somebody's own, readings as another rank or short form count less."""
    if max(meaning.weight for meaning in meanings) >= FULL - 0.2:
        meanings = [
            meaning if meaning.weight >= FULL - 0.5 else meaning._replace(weight=meaning.weight - 0.3)
            for meaning in meanings
        ]
    return tuple(sorted(meanings, key=lambda meaning: (meaning.division.level, -meaning.weight, meaning.division.code)))


@cache
def names() -> dict[str, tuple[Name, ...]]:
    """Return the names by their first two characters: those with a rank before bare ones, the longest first."""
    index: dict[str, list[Name]] = {}
    for text, (bare, meanings) in _collected().items():
        index.setdefault(text[:2], []).append(Name(text, bare, _weighed(list(meanings.values()))))
    return {key: tuple(sorted(found, key=lambda name: (name.bare, -len(name.text)))) for key, found in index.items()}
