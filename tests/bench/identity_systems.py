"""Simulated leads in Chinese as several systems know them: a few cities, common names, and each system tells a part.

Who reads `张总, 广东省` beside `张伟, 广东省深圳市` must not join them. Names have their real frequencies, numbers
their segments. A record is written by one system: it lacks fields, masks a number, shortens a company, says a province
or the whole address, writes 王总 or pinyin, or hears a character of the same sound. Nobody shares a number, so that
every two people who are joined are a fault.
"""

from collections.abc import Iterator, Mapping
from random import Random

from processors.cleansing.hanzi import reading
from streams.bench.population import CHARACTERS, GIVEN, ROADS, SEGMENTS, SURNAMES, TRADES, WEIGHTS

Row = dict[str, str]
PERSONS = 3_000
TOWNS = [
    *[("广东省", "深圳市", district) for district in ("南山区", "福田区", "宝安区", "龙岗区")],
    *[("广东省", "广州市", district) for district in ("天河区", "越秀区", "白云区")],
    *[("浙江省", "杭州市", district) for district in ("西湖区", "余杭区")],
    ("湖南省", "长沙市", "岳麓区"),
    ("湖北省", "武汉市", "洪山区"),
]
STYLES = ("总", "经理", "先生", "女士", "老师", "主任")
JOBS = ("销售经理", "总经理", "采购", "工程师", "财务", "人事经理", "店长", "医生", "教师", "会计")
HOSTS = ("qq.com", "163.com", "126.com", "gmail.com", "sina.com")
HEARD = {"张": "章", "伟": "炜", "丽": "莉", "静": "婧", "杰": "洁", "涛": "韬", "军": "君", "芳": "方"}
CHANCES = {"birth_date": 0.15, "wechat": 0.15, "email": 0.2, "title": 0.2}


def persons(draw: Random) -> Iterator[Row]:
    """Yield what is true of each person."""
    firms = [
        (draw.choice(TOWNS)[1], "".join(draw.choices(CHARACTERS, k=2)) + draw.choice(TRADES), f"0755{place:08d}")
        for place in range(20_000_000, 20_000_000 + PERSONS // 15)
    ]
    for number in range(PERSONS):
        surname = draw.choices(SURNAMES, WEIGHTS)[0]
        characters = GIVEN if draw.random() < 0.75 else CHARACTERS
        name = surname + "".join(draw.choices(characters, k=draw.choice((1, 2, 2, 2))))
        province, city, district = draw.choice(TOWNS)
        seat, firm, line = draw.choice(firms)
        spelled = reading(name).replace(" ", "")
        yield {
            "name": name,
            "phone": f"{draw.choice(SEGMENTS)}{draw.randrange(10**4):04d}{number:04d}",
            "province": province,
            "city": city,
            "district": district,
            "road": draw.choice(ROADS),
            "house": f"{draw.randrange(1, 400)}号",
            "seat": seat,
            "firm": firm,
            "line": line,
            "birth_date": f"{draw.randrange(1960, 2004)}-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}",
            "wechat": f"wx{draw.randrange(10**6)}x{number}",
            "email": draw.choice((f"{10**8 + number}@qq.com", f"{spelled}{number}@{draw.choice(HOSTS)}")),
            "title": draw.choice(JOBS),
        }


def written(draw: Random, person: Mapping[str, str]) -> Row:
    """Return what one system knows of a person."""
    row = {field: person[field] for field, chance in CHANCES.items() if draw.random() < chance}
    if draw.random() < 0.9:
        row["name"] = _name(draw, person["name"])
    number = draw.random()
    if number < 0.75:
        row["phone"] = person["phone"] if number < 0.6 else person["phone"][:3] + "****" + person["phone"][7:]
    if draw.random() < 0.5:
        row["address"] = _address(draw, person)
    if draw.random() < 0.35:
        firm = person["firm"]
        row["company"] = draw.choice((person["seat"] + firm + "有限公司", firm + "有限公司", firm))
        if "phone" not in row and draw.random() < 0.15:
            row["phone"] = person["line"]
    return row


def _name(draw: Random, name: str) -> str:
    way = draw.random()
    if way < 0.1:
        return name[0] + draw.choice(STYLES)
    if way < 0.14:
        return name + draw.choice(STYLES)
    if way < 0.17:
        misheard = next((char for char in name if char in HEARD), "")
        return name.replace(misheard, HEARD[misheard]) if misheard else name
    if way < 0.2:
        return f"{reading(name[1:]).replace(' ', '')} {reading(name[0])}".title()
    return name


def _address(draw: Random, person: Mapping[str, str]) -> str:
    province, city, district = person["province"], person["city"], person["district"]
    street = person["road"] + (person["house"] if draw.random() < 0.5 else "")
    ways = (province, draw.choice((city, city[:-1], province + city)), city + district, city + district + street)
    return draw.choice((*ways, province + city + district + street))


def records(seed: int) -> list[tuple[Row, str]]:
    """Return the records in their order of arrival, each with the id of its person."""
    draw = Random(seed)
    found = []
    for number, person in enumerate(persons(draw)):
        rows = [written(draw, person) for _ in range(draw.choice((1, 1, 2, 3, 4)))]
        found += [(row, str(number)) for row in rows if row]
    draw.shuffle(found)
    return found
