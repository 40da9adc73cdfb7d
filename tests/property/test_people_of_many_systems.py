"""People of whom many systems tell a part, in every order: who is merged, parted and merged again while facts are on
their way keeps every contact.

Stories are of people with identifiers of their own; where two may be one, evidence that comes later decides.
"""

import random
from typing import Any

import pytest

from tests.property.test_live_orders import ADDRESSES, COMPANIES, LINE, asked, people, values
from tests.unit.test_identity_live import form, run

PEOPLE: list[dict[str, list[str]]] = [
    {
        "name": ["张伟杰", "張偉傑", "Zhang Weijie", "张先生"], "phone": ["13800138000", "+86 138 0013 8000"],
        "second": ["15912340001"], "mask": ["138****8000", "13800*****0"], "email": ["zwj@bluesea.cn"],
        "birth_date": ["1990-02-03"], "wechat": ["zhangwj_88"], "qq": ["23456789"],
    },
    {
        "name": ["张伟", "Zhang Wei", "张总"], "phone": ["13811118000", "138-1111-8000"], "second": ["15912340002"],
        "mask": ["138****8000"], "email": ["zw@bluesea.cn"], "birth_date": ["1985-07-01"], "wechat": ["zw_1985"],
        "qq": ["34567890"],
    },
    {
        "name": ["李小明", "李晓明", "李经理"], "phone": ["13900138000"], "second": ["15912340003"],
        "mask": ["139****8000"], "email": ["lixm88@qq.com", "lixm88@gmail.com"], "birth_date": ["1980-05-06"],
        "wechat": ["lixm88x"], "qq": ["45678901"],
    },
]  # fmt: skip
OFTEN = {"name": 0.8, "email": 0.3, "birth_date": 0.2, "wechat": 0.2, "qq": 0.1, "company": 0.3, "address": 0.3}


def told(draw: random.Random, number: int) -> dict[str, Any] | None:
    """Return what one system tells of somebody; None where that is nothing."""
    who = draw.randrange(draw.choice((1, 2, len(PEOPLE))))
    person = {**PEOPLE[who], "company": COMPANIES, "address": ADDRESSES}
    data = {field: draw.choice(person[field]) for field, often in OFTEN.items() if draw.random() < often}
    phone, second, mask = (draw.choice(person[field]) for field in ("phone", "second", "mask"))
    data["phone"] = draw.choice((phone, phone, phone, f"{phone}、{second}", second, mask, LINE, "", "", "", ""))
    data = {field: text for field, text in data.items() if text}
    event = form(f"e{number}", *([("customer", f"k{who}")] if draw.random() < 0.15 else []), **data,
                 minute=draw.randint(0, 60))  # fmt: skip
    kind = draw.random()
    if kind < 0.25:
        event.update(type="lead_imported", data={"row": data, "file": "a.xlsx", "line": number})
    elif kind < 0.5:
        event.update(type="lead_updated", source="crm", data=data)
    return event if data else None


def story(seed: int) -> tuple[list[dict[str, Any]], random.Random]:
    draw = random.Random(f"systems {seed}")
    events = [told(draw, number) for number in range(draw.randint(4, 14))]
    return [event for event in events if event is not None], draw


def same_in_other_orders(events: list[dict[str, Any]], orders: list[tuple[list[str], int]]) -> None:
    expected, by_id = run(events, partitions=1), {event["event_id"]: event for event in events}
    for order, size in orders:
        made = run([by_id[each] for each in order], partitions=1, cleanse_size=size)
        assert people(made) == people(expected), order
        assert asked(made) == asked(expected), order
        assert values(made) == values(expected), order


@pytest.mark.parametrize("part", range(4))
def test_every_order_gives_the_same_people_with_the_same_values(part: int) -> None:
    for seed in range(40 * part, 40 * part + 40):
        events, draw = story(seed)
        ids = [event["event_id"] for event in events]
        same_in_other_orders(events, [(draw.sample(ids, len(ids)), size) for size in (1, 4)])


def row(number: int, minute: int, **data: str) -> dict[str, Any]:
    event = form(f"e{number}", minute=minute)
    return {**event, "type": "lead_imported", "data": {"row": data, "file": "a.xlsx", "line": number}}


def update(number: int, minute: int, *ids: tuple[str, str], **data: str) -> dict[str, Any]:
    return {**form(f"e{number}", *ids, minute=minute), "type": "lead_updated", "source": "crm", "data": data}


ROADS = ("浙江省杭州市西湖区文三路138号2栋301", "杭州西湖区文三路138号2幢301室")
PLACE = "北京市海淀区上地十街10号"
BAIDU = "北京百度网讯科技有限公司"
"""Stories in which a lead is asked to move on while its memory, or that of another, is still on the way to it."""


def test_what_comes_while_the_own_lead_of_an_entity_is_away_goes_with_whom_it_was_said_of() -> None:
    events = [
        form("e1", minute=14, phone="13811118000", company="百度"),
        update(3, 41, email="zwj@bluesea.cn", birth_date="1990-02-03"),
        form("e6", minute=13, phone="13800138000", email="zwj@bluesea.cn", company="百度", address=ROADS[1]),
        form("e7", minute=15, name="张伟", wechat="zw_1985", company=BAIDU),
        row(11, 44, phone="13811118000", email="zw@bluesea.cn", birth_date="1985-07-01", address=ROADS[0]),
        row(13, 14, name="张伟", phone="13811118000", company=BAIDU),
    ]
    same_in_other_orders(events, [(["e6", "e11", "e13", "e3", "e7", "e1"], 4)])


def test_what_is_passed_on_stays_behind_a_memory_that_is_on_its_way_back() -> None:
    events = [
        form("e1", minute=14, phone="13811118000", company="百度"),
        update(3, 41, email="zwj@bluesea.cn", birth_date="1990-02-03"),
        form("e6", minute=13, phone="13800138000", email="zwj@bluesea.cn", company="百度", address=ROADS[1]),
        form("e7", minute=14, name="张伟", wechat="zw_1985", company=BAIDU),
        row(11, 44, phone="13811118000", email="zw@bluesea.cn", birth_date="1985-07-01", address=ROADS[0]),
        row(12, 10, wechat="zw_1985", address=f"{PLACE}百度大厦"),
        row(13, 14, name="张伟", phone="13811118000", company=BAIDU),
    ]
    same_in_other_orders(events, [(["e12", "e6", "e11", "e13", "e3", "e7", "e1"], 4)])


def test_a_lead_that_began_under_anothers_name_hands_on_nothing_before_its_memory_is_there() -> None:
    mailbox = {"email": "zwj@bluesea.cn"}
    events = [
        form("e0", minute=59, name="張偉傑", phone="13800138000、15912340001", address=f"{PLACE}百度大厦", **mailbox),
        row(1, 26, name="Zhang Wei", phone="13811118000", email="zw@bluesea.cn", birth_date="1985-7-1", company=BAIDU),
        row(2, 42, name="Zhang Weijie", address=ROADS[1], **mailbox),
        update(3, 6, company=BAIDU, **mailbox),
        update(6, 0, name="張偉傑", **mailbox),
        update(8, 25, phone="13811118000", address=PLACE),
        form("e10", minute=29, company="百度", **mailbox),
        update(11, 39, name="張偉傑", birth_date="1990-02-03", **mailbox),
    ]
    same_in_other_orders(events, [(["e11", "e2", "e3", "e1", "e0", "e8", "e6", "e10"], 1)])
