"""Simulated people by the hundred thousand, as alike as people in China are: what benchmarks fill a library with.

Surnames have their real frequencies (the commonest ones of the Ministry of Public Security's yearly report), numbers
stand in segments of the three operators, addresses in every county, and few people share an employer: one in six works
for one of two thousand large companies, the larger the likelier.
"""

from functools import cache
from random import Random
from typing import NamedTuple

from processors.cleansing.divisions import DISTRICT, divisions

FREQUENCIES = (
    "王7.1 李7.0 张6.7 刘5.1 陈4.6 杨3.1 黄2.3 赵2.1 吴2.0 周1.9 徐1.5 孙1.4 马1.3 朱1.2 "
    "胡1.2 郭1.1 何1.1 林1.1 罗1.0 高1.0 郑0.9 梁0.9 谢0.8 宋0.8 唐0.7 许0.7 韩0.7 邓0.7"
)
SHARES = FREQUENCIES.split()
SURNAMES, WEIGHTS = [share[0] for share in SHARES], [float(share[1:]) for share in SHARES]
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅建国文志海燕春雪晨宇轩浩然子涵欣怡博思远佳琪雨婷俊峰"
CHARACTERS = (
    "安宝彬斌冰波才彩昌长成诚川翠丹德东栋方飞菲丰福富刚庚光广贵国翰豪恒宏鸿厚欢辉慧惠吉继佳家嘉坚健江娇洁金锦进京晶景"
    "君凯康可坤兰乐莉立连良琳玲龙璐伦茂苗民鸣楠宁鹏萍奇启谦倩青清庆琼全群仁荣瑞润若森善尚升圣胜诗世书树双顺松泰天田"
    "庭万威巍维文武希喜贤祥翔向晓心新信兴星旭学雅亚岩耀业一依义艺益毅银影永友有余瑜羽育元源月悦云韵泽展昭哲真振正之芝"
)
PREFIXES = "134 135 136 137 138 139 150 151 152 157 158 159 182 183 187 188 130 131 132 155 156 185 186 133 153 180 189"
SEGMENTS = PREFIXES.split()
STREETS = (
    "中山路 人民路 解放路 建设路 和平路 新华路 文化路 长江路 黄河路 北京路 上海路 南京路 胜利路 迎宾大道 世纪大道 "
    "科技路 学院路 体育路 健康路 幸福路 光明路 朝阳路 东风路 红旗路 青年路 滨江路 环城东路 环城西路 工业路 "
    "商业街 创业路 振兴路"
)
ROADS = STREETS.split()
TRADES = ("科技", "网络", "信息技术", "机械", "医疗器械", "物流", "食品", "新能源", "教育咨询", "电子", "建材", "化工")
REGIONS = ("华东", "华南", "华北", "西南")
LARGE, LARGE_SHARE = 2_000, 1 / 6
ADDRESS_SHARE, EMPLOYER_SHARE, EMAIL_SHARE = 0.5, 0.4, 0.3


class Somebody(NamedTuple):
    """A person; empty what they have not told. `phone` is national, `address` as a person writes it."""

    name: str
    phone: str
    email: str
    company: str
    region: str
    division: tuple[str, str, str]
    road: str

    @property
    def address(self) -> str:
        """The whole address; empty without a road."""
        return "".join(dict.fromkeys(self.division)) + self.road if self.road else ""


def somebody(number: int) -> Somebody:
    """Return the person of a number below 2.7 thousand million: always the same, with a phone number of their own."""
    draw = Random(number)  # noqa: S311 (a seeded input)
    surname = draw.choices(SURNAMES, WEIGHTS)[0]
    given = "".join(_character(draw) for _ in range(draw.choice((1, 2, 2, 2))))
    phone = f"{SEGMENTS[number % len(SEGMENTS)]}{number * 48_271 % 10**8:08d}"
    placed = draw.random() < ADDRESS_SHARE
    return Somebody(
        name=surname + given,
        phone=phone,
        email=f"p{number}@{draw.choice(('qq.com', '163.com', 'example.com'))}" if draw.random() < EMAIL_SHARE else "",
        company=_employer(draw) if draw.random() < EMPLOYER_SHARE else "",
        region=draw.choice(REGIONS),
        division=draw.choice(_counties()),
        road=f"{draw.choice(ROADS)}{draw.randrange(1, 900)}号" if placed else "",
    )


def _character(draw: Random) -> str:
    return draw.choice(GIVEN if draw.random() < 0.6 else CHARACTERS)


def _employer(draw: Random) -> str:
    """Return the name of a company: the n-th largest is n times rarer than the largest, small ones have one contact."""
    large = draw.random() < LARGE_SHARE
    number = int(LARGE ** draw.random()) if large else LARGE + draw.randrange(10**8)
    naming = Random(number)  # noqa: S311 (a seeded input)
    province, city, _ = naming.choice(_counties())
    brand = "".join(naming.choices(CHARACTERS, k=3 if large else 4))
    return f"{(city or province).removesuffix('市')}{brand}{naming.choice(TRADES)}有限公司"


@cache
def _counties() -> tuple[tuple[str, str, str], ...]:
    """Return the names of province, city and district of every county of today on the mainland."""
    known = divisions()
    return tuple(
        (known[one.province].name, known[one.city].name, one.name)
        for one in known.values()
        if one.level == DISTRICT and not one.changed_on and one.city and one.code < "7"
    )
