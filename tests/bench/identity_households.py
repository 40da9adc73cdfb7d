"""Simulated leads in Chinese that are hard to tell apart: shared homes, numbers and employers, and much left out.

Each person has name, number, address, employer and birth date; one home in seven has a second person with the same
number, address and surname. Every record lacks each field with a chance of 35 %, masks a fifth of the numbers, and
writes a sixth of the names as 王总.
"""

import random

from processors.resolver.profile import profile_of
from processors.resolver.resolver import Resolver
from tests.bench.identity_masks import GIVEN, people

CITIES = ["北京市海淀区", "上海市徐汇区", "广州市天河区", "深圳市南山区", "杭州市西湖区", "成都市武侯区"]
ROADS = ["中关村大街", "人民路", "解放路", "建设路", "和平路", "新华街", "文化路", "长江路"]
HOMES = 1_200

Row = dict[str, str]


def persons(random_: random.Random, employers: list[str], *, shared: bool) -> list[tuple[Row, str]]:
    """Return what is true of each person, with the person's id. `shared`: two of one home have one number."""
    found: list[tuple[Row, str]] = []
    for home, (name, phone) in enumerate(people(random_)):
        if home == HOMES:
            break
        place_name = random_.choice(CITIES) + random_.choice(ROADS)
        address = f"{place_name}{random_.randrange(1, 300)}号{random_.randrange(100, 2500)}室"
        names = [name]
        if random_.random() < 0.15:
            names.append(name[0] + random_.choice(GIVEN) + random_.choice(GIVEN))
        for place, each in enumerate(names):
            born = f"{random_.randrange(1960, 2004)}-{random_.randrange(1, 13):02d}-{random_.randrange(1, 29):02d}"
            row = {
                "name": each,
                "phone": phone if shared or not place else f"13{home * 7_919 % 10**9:09d}",
                "address": address,
                "company": random_.choice(employers),
                "birth_date": born,
            }
            found.append((row, f"{home}-{place}"))
    return found


def records(seed: int, *, shared_numbers: bool = True) -> list[tuple[Row, str]]:
    """Return the records in their order of arrival, each with the id of its person."""
    random_ = random.Random(seed)
    employers = ["".join(random_.choices(GIVEN, k=3)) + "科技有限公司" for _ in range(200)]
    found = []
    for row, person in persons(random_, employers, shared=shared_numbers):
        for _ in range(random_.choice((1, 1, 2, 3))):
            kept = {field: value for field, value in row.items() if random_.random() >= 0.35}
            if "phone" in kept and random_.random() < 0.2:
                kept["phone"] = kept["phone"][:3] + "****" + kept["phone"][7:]
            if "name" in kept and random_.random() < 0.15:
                kept["name"] = kept["name"][0] + random_.choice(["总", "先生", "女士"])
            found.append((kept, person))
    random_.shuffle(found)
    return found


def resolved(rows: list[tuple[Row, str]]) -> tuple[list[str], int]:
    """Return the lead of each record, and how many questions there are."""
    resolver = Resolver()
    for place, (row, _) in enumerate(rows):
        resolver.resolve(str(place), profile_of(row))
    resolver.settle()
    return [resolver.lead_of(str(place)) for place in range(len(rows))], len(resolver.reviews())
