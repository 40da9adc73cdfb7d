"""Addresses that name only an area: 九龙观塘道, 新界元朗, 旺角弥敦道, 氹仔, 郑东新区; the districts of Hong Kong."""

import re

from processors.cleansing.address_match import State
from processors.cleansing.address_tail import remaining

# Where what people call the quarters of Hong Kong lies: its districts hardly ever stand in an address.
_QUARTERS = {
    "油尖旺区": "尖沙咀 尖东 佐敦 油麻地 旺角 大角咀 太子 奥运",
    "九龙城区": "红磡 黄埔 土瓜湾 马头围 马头角 启德 何文田 又一村 九龙塘 九龙城",
    "黄大仙区": "黄大仙 新蒲岗 钻石山 慈云山 乐富 彩虹 彩云 牛池湾 横头磡",
    "观塘区": "牛头角 观塘 蓝田 油塘 鲤鱼门 秀茂坪 顺利 九龙湾",
    "深水埗区": "深水埗 长沙湾 荔枝角 美孚 石硖尾",
    "荃湾区": "荃湾 深井",
    "葵青区": "葵涌 葵芳 葵青 葵兴 青衣",
    "沙田区": "沙田 大围 火炭 石门 马鞍山",
    "大埔区": "大埔 太和",
    "北区": "粉岭 上水 古洞 沙头角",
    "元朗区": "元朗 天水围 流浮山 锦田 落马洲 新田",
    "屯门区": "屯门",
    "西贡区": "西贡 将军澳 坑口 调景岭 清水湾",
    "离岛区": "离岛 大屿山 东涌 长洲 南丫岛 坪洲 愉景湾",
    "中西区": "中环 金钟 上环 西环 西营盘 坚尼地城 半山 山顶 中西区",
    "湾仔区": "湾仔 铜锣湾 跑马地 大坑",
    "东区": "炮台山 北角 鲗鱼涌 太古 西湾河 筲箕湾 柴湾 小西湾 杏花邨",
    "南区": "香港仔 鸭脷洲 黄竹坑 赤柱 浅水湾 深水湾 薄扶林 石澳 大潭 田湾",
}
_DISTRICT_OF = {quarter: district for district, quarters in _QUARTERS.items() for quarter in quarters.split()}
_KOWLOON = ("油尖旺区", "九龙城区", "黄大仙区", "观塘区", "深水埗区")
_NEW_TERRITORIES = ("荃湾区", "葵青区", "沙田区", "大埔区", "北区", "元朗区", "屯门区", "西贡区", "离岛区")
_ISLAND = ("中西区", "湾仔区", "东区", "南区")
_ROADS = "弥敦道 亚皆老街 窝打老道 界限街 柯士甸 广东道 漆咸道"  # of Kowloon
_COLOANE = "市区 石排湾 黑沙 竹湾 九澳 联生 荔枝碗 叠石塘 十月初五 恩尼斯 船人街 田畔街 水泉"
_ALONE = r"(?![\u3400-\u9fff\dA-Za-z])"
_ROAD = r"[\u3400-\u9fff]{2,3}(?<![大街车步隧管通])道(?=\d|$)"
# Quarters whose name is no other place's: they stand for Hong Kong, alone or before a road.
_ONLY_THERE = (
    "尖沙咀 油麻地 旺角 大角咀 土瓜湾 何文田 新蒲岗 牛头角 观塘 秀茂坪 深水埗 石硖尾 荃湾 葵涌 天水围 屯门 将军澳 "
    "调景岭 大屿山 西营盘 坚尼地城 铜锣湾 跑马地 鲗鱼涌 筲箕湾 鸭脷洲 黄竹坑 薄扶林"
)
# New areas that are known by their own name, and where they lie (some in more than one city).
_NEW_AREAS = {
    "河南省郑州市": "郑东新区",
    "陕西省": "西咸新区",
    "陕西省西安市": "曲江新区",
    "广东省珠海市": "横琴新区 横琴粤澳深度合作区",
    "贵州省": "贵安新区",
    "四川省成都市": "天府新区",
    "湖南省长沙市": "湘江新区",
    "江西省": "赣江新区",
    "云南省昆明市": "滇中新区",
    "重庆市": "两江新区",
    "湖北省武汉市": "东湖新技术开发区 东湖高新区",
}
_PLACE_OF = {area: place for place, areas in _NEW_AREAS.items() for area in areas.split()}
_NEW_AREA = re.compile("|".join(_PLACE_OF))


def _area(name: str, districts: tuple[str, ...], roads: str = "") -> str:
    places = [place for each in districts for place in (each, *_QUARTERS[each].split())] + roads.split()
    return rf"{name}(?:{_ALONE}|{_ROAD}|半岛|{'|'.join(places)})"


_AREAS = (_area("九龙", _KOWLOON, _ROADS), _area("新界", _NEW_TERRITORIES), _area("(?:香?港岛)", _ISLAND))
_QUARTER = rf"(?:{'|'.join(_ONLY_THERE.split())})(?:{_ALONE}|[\u3400-\u9fff]{{2,5}}[道街里](?=[\d中东西南北]|$))"
_HONG_KONG = re.compile("|".join((*_AREAS, rf"九龙[塘湾城](?:{_ALONE}|道)", _QUARTER)))
_MACAU = re.compile(
    rf"(?:氹仔|路氹)(?![镇乡村])|澳门路[环氹]|路环(?:{_ALONE}|{_ROAD}|半岛|{'|'.join(_COLOANE.split())})"
)
_IN_HONG_KONG = re.compile(rf"(?:九龙|新界|香?港岛)?({'|'.join(sorted(_DISTRICT_OF, key=len, reverse=True))})")


def with_region(text: str) -> str:
    """Return an address (simplified characters) with the name of the region that its area is in, "" for others."""
    if _HONG_KONG.match(text):
        return f"香港特别行政区{text}"
    if _MACAU.match(text):
        return f"澳门特别行政区{text.removeprefix('澳门')}"
    area = _NEW_AREA.match(text)
    return f"{_PLACE_OF[area[0]]}{text}" if area else ""


def with_city(text: str, province: State) -> str:
    """Return an address of a province and a new area in it (四川天府新区) with its city, "" for others."""
    rest = remaining(text, province.end)
    area = _NEW_AREA.match(rest)
    place = _PLACE_OF[area[0]] if area else ""
    name = province.division.name
    return f"{place}{rest}" if place.startswith(name) and place != name else ""


def district_of_hong_kong(rest: str) -> str:
    """Return the district of Hong Kong in which the quarter lies that an address (simplified) goes on with, or ""."""
    match = _IN_HONG_KONG.match(rest)
    return _DISTRICT_OF[match[1]] if match else ""
