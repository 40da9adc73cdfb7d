"""Addresses of Hong Kong and Macau that name only an area: 九龙观塘道, 新界元朗, 氹仔."""

import re

# 九龙, 新界 and 港岛 are also towns, lakes, roads and firms of the mainland: what follows must belong to Hong Kong.
_KOWLOON = (
    "尖沙咀 尖东 佐敦 油麻地 旺角 大角咀 太子 奥运 红磡 黄埔 土瓜湾 马头围 马头角 启德 何文田 又一村 九龙塘 九龙城 "
    "黄大仙 新蒲岗 钻石山 慈云山 乐富 彩虹 彩云 牛池湾 横头磡 牛头角 观塘 蓝田 油塘 鲤鱼门 秀茂坪 顺利 深水埗 长沙湾 "
    "荔枝角 美孚 石硖尾 弥敦道 亚皆老街 窝打老道 界限街 柯士甸 广东道 漆咸道"
)
_NEW_TERRITORIES = (
    "荃湾 葵涌 葵芳 葵青 葵兴 青衣 沙田 大围 火炭 石门 马鞍山 大埔 太和 粉岭 上水 元朗 天水围 屯门 西贡 将军澳 坑口 "
    "调景岭 清水湾 离岛 大屿山 东涌 长洲 南丫岛 坪洲 愉景湾 流浮山 锦田 落马洲 新田 古洞 沙头角 深井 北区"
)
_ISLAND = (
    "中环 金钟 上环 西环 西营盘 坚尼地城 湾仔 铜锣湾 跑马地 大坑 天后 炮台山 北角 鲗鱼涌 太古 西湾河 筲箕湾 柴湾 "
    "小西湾 香港仔 鸭脷洲 黄竹坑 赤柱 浅水湾 深水湾 薄扶林 半山 山顶 石澳 大潭 田湾 中西区 东区 南区"
)
_COLOANE = "市区 石排湾 黑沙 竹湾 九澳 联生 荔枝碗 叠石塘 十月初五 恩尼斯 船人街 田畔街 水泉"
_ALONE = r"(?![\u3400-\u9fff\dA-Za-z])"
_ROAD = r"[\u3400-\u9fff]{2,3}(?<![大街车步隧管通])道(?=\d|$)"


def _area(name: str, places: str) -> str:
    return rf"{name}(?:{_ALONE}|{_ROAD}|半岛|{'|'.join(places.split())})"


_AREAS = (_area("九龙", _KOWLOON), _area("新界", _NEW_TERRITORIES), _area("港岛", _ISLAND))
_HONG_KONG = re.compile("|".join((*_AREAS, rf"九龙[塘湾城](?:{_ALONE}|道)")))
_MACAU = re.compile(rf"(?:氹仔|路氹)(?![镇乡村])|{_area('路环', _COLOANE)}")


def with_region(text: str) -> str:
    """Return an address (simplified characters) with the name of the region that its area is in, "" for others."""
    if _HONG_KONG.match(text):
        return f"香港特别行政区{text}"
    return f"澳门特别行政区{text}" if _MACAU.match(text) else ""
