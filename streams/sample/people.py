"""Simulated people who become leads: names, companies and identifiers, drawn from a seeded source."""

from random import Random
from typing import NamedTuple

from streams.sample.phones import Numbers, Phone
from streams.sample.wire import Id

REGIONS = ("华东", "华南", "华北", "西南")
CITIES = {"华东": "上海", "华南": "广州", "华北": "北京", "西南": "成都"}
SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹"
DOUBLE_SURNAMES = ("欧阳", "上官", "司马", "诸葛")
GIVEN = (
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "涛", "明", "超", "秀英", "志强",
    "建国", "晓东", "海燕", "雨桐", "子涵", "浩然", "思远", "嘉欣", "文博", "俊峰", "雪梅", "国栋",
)  # fmt: skip
TRADES = ("科技", "网络", "信息技术", "机械", "医疗器械", "物流", "食品", "新能源", "教育咨询", "电子", "建材", "化工")
BRANDS = (
    "恒信",
    "华瑞",
    "远景",
    "博通",
    "金桥",
    "瑞丰",
    "天合",
    "创联",
    "宏达",
    "盛世",
    "鼎新",
    "安泰",
    "中科",
    "万和",
    "启明",
)
MOST_MOVES = 100
INTERESTS = ("crm", "marketing", "service", "analytics", "mobile", "integration")


class Person(NamedTuple):
    """Somebody who leaves contact data. `primary` is the identifier that all their touchpoints carry first."""

    number: int
    name: str
    company: str
    region: str
    interest: str
    phone: Phone | None
    email: str | None
    primary: Id


def person(number: int, random: Random, numbers: Numbers, *, imported: bool) -> Person:
    """Draw one person: 1 in 12 leaves an e-mail address only, 1 in 8 of the others a landline."""
    region = random.choice(REGIONS)
    surname = random.choice(DOUBLE_SURNAMES) if random.random() < 0.05 else random.choice(SURNAMES)
    email = f"lead{number}@{random.choice(('qq.com', '163.com', 'example.com', 'example.cn'))}"
    by_mail = random.random() < 1 / 12
    phone = numbers.landline(region) if random.random() < 1 / 8 else numbers.mobile()
    return Person(
        number=number,
        name=surname + random.choice(GIVEN),
        company=f"{CITIES[region]}{random.choice(BRANDS)}{random.choice(TRADES)}有限公司",
        region=region,
        interest=random.choice(INTERESTS),
        phone=None if by_mail else phone,
        email=email if by_mail or random.random() < 0.4 else None,
        primary=("crm:sample", f"row-{number}") if imported else ("device", device(random)),
    )


class Colleagues:
    """Who works where: name, company and region alike make two people one, by the evidence (docs/identity.md)."""

    def __init__(self) -> None:
        self._known: set[tuple[str, str]] = set()

    def among(self, one: Person, random: Random) -> Person:
        """Return a person, at another company of the city where one of that given name works already."""
        for _ in range(MOST_MOVES):
            if (one.name[-1:], one.company) not in self._known:
                break
            company = f"{CITIES[one.region]}{random.choice(BRANDS)}{random.choice(TRADES)}有限公司"
            one = one._replace(company=company)
        self._known.add((one.name[-1:], one.company))
        return one


def device(random: Random) -> str:
    """Return a first-party visitor id as the browser snippet makes them: 32 hex digits."""
    return f"{random.getrandbits(128):032x}"


def messy(text: str, random: Random) -> str:
    """Return a text as people type it: now and then with spaces, full-width letters or invisible characters."""
    forms = (text, text, text, f" {text}", f"{text}　", f"{text[:1]}\u200b{text[1:]}", f"\ufeff{text}")
    return random.choice(forms)
