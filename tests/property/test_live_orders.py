"""The event path: people, their values and open questions do not depend on the order in which they are told of.

Stories are of a few people who are named, reached and known in several ways, alone and beside others of their home and
firm; their identifiers are their own. What an identifier under two quite different names does is told in decision 0044.
"""

import random
from typing import Any

import pytest

from tests.memory_world import World
from tests.unit.test_identity_live import form, people, run

PEOPLE = [
    {
        "name": ["张伟杰", "Zhang Weijie", "张先生", "伟杰"], "phone": ["13800138000"],
        "mask": ["138****8000", "13800*****0"], "email": ["zwj@bluesea.cn", "zwj@bleusea.cn"],
        "birth_date": ["1990-02-03", "1990-02-04"],
    },
    {
        "name": ["张伟", "Zhang Wei", "张总"], "phone": ["13811118000"], "mask": ["138****8000"],
        "email": ["zw@bluesea.cn", "zww@bluesea.cn"], "birth_date": ["1985-07-01", "1985-01-07"],
    },
    {
        "name": ["李小明", "李晓明", "李经理"], "phone": ["13900138000"], "mask": ["139****8000"],
        "email": ["lixm88@qq.com", "lixm88@gmail.com"], "birth_date": ["1980-05-06", "1980-05-16"],
    },
    {
        "name": ["王芳", "王小姐", "王方"], "phone": ["13711112222"], "mask": ["137****2222"],
        "email": ["wangfang@redsun.com", "wangfeng@redsun.com"], "birth_date": ["1992-11-30", "1992-11-03"],
    },
]  # fmt: skip
LINE, OFFICE = "0571-88123456", "info@bluesea.cn"
COMPANIES = ["北京百度网讯科技有限公司", "百度", "小米科技有限责任公司"]
ADDRESSES = ["浙江省杭州市西湖区文三路138号2栋301", "杭州西湖区文三路138号2幢301室", "北京市海淀区上地十街10号"]


def story(draw: random.Random) -> list[dict[str, Any]]:
    return [said(draw, f"e{number}") for number in range(draw.randint(3, 9))]


def said(draw: random.Random, event_id: str) -> dict[str, Any]:
    number = draw.randrange(draw.choice((1, 2, len(PEOPLE))))
    person, data = PEOPLE[number], {}
    told = {
        "name": draw.random() < 0.85 and draw.choice(person["name"]),
        "phone": draw.choice((person["phone"], person["phone"], person["mask"], [LINE], [""], [""], [""])),
        "email": draw.choice((person["email"], person["email"], person["email"], [OFFICE], [""], [""], [""])),
        "birth_date": draw.random() < 0.4 and draw.choice(person["birth_date"]),
        "company": draw.random() < 0.4 and draw.choice(COMPANIES),
        "address": draw.random() < 0.3 and draw.choice(ADDRESSES),
    }
    for field, value in told.items():
        text = draw.choice(value) if isinstance(value, list) else value
        if text:
            data[field] = text
    ids = [("customer", f"k{number}")] if draw.random() < 0.2 else []
    ids += [("wechat_unionid", f"u{number}")] if draw.random() < 0.15 else []
    return form(event_id, *ids, minute=draw.randint(0, 40), **data)


def through_systems(draw: random.Random) -> list[dict[str, Any]]:
    """Return a story of which parts come as forms, as rows of tables, and as what systems know anew; some sign in."""
    events = story(draw)
    for event in events:
        if draw.random() < 0.3:
            event.update(type="lead_imported", data={"row": event["data"], "file": "a.xlsx", "line": 2})
        elif draw.random() < 0.4:
            event.update(type="lead_updated", source="crm")
    told = [event for event in events if event["data"].get("row", event["data"])]
    return [*told, *(_signed_in(draw, f"s{number}") for number in range(draw.randint(0, 2)))]


def _signed_in(draw: random.Random, event_id: str) -> dict[str, Any]:
    number = draw.randrange(len(PEOPLE))
    ids = [("customer", f"k{number}"), ("phone", PEOPLE[number]["phone"][0])]
    event = form(event_id, *ids, minute=draw.randint(0, 40))
    event["subject"]["ids"][1]["verified"] = draw.random() < 0.7
    return {**event, "type": "login", "source": "app", "data": {}}


def asked(world: World) -> set[frozenset[frozenset[str]]]:
    """Return the pairs of people about whom a question is open, as their events."""
    evidence, groups = world.library.evidence, people(world)
    by_lead = {claim.lead: event_id for event_id, (claim, _) in world.library._events.items()}

    def events_of(lead: str) -> frozenset[str]:
        return next(group for group in groups if by_lead[lead] in group)

    return {
        frozenset((events_of(each.left), events_of(each.right)))
        for each in evidence.questions.values()
        if not each.closed
    }


def values(world: World) -> dict[frozenset[str], dict[str, Any]]:
    """Return the fields of each person in the library, by their events; not the rep, who is given by turns."""
    leads, evidence = world.library.leads, world.library.evidence
    found = {}
    for group in people(world):
        lead = world.library._events[min(group)][0].lead
        person = evidence.people[lead].person if lead in evidence.people else lead
        row = leads[person].fields if person in leads else {}  # nobody has a row of whom nothing was said
        found[group] = {field: value for field, value in row.items() if field != "rep_id"}
    return found


def stages(world: World) -> dict[frozenset[str], str | None]:
    """Return the stage of each person, None of those who are no lead, by their events."""
    return {group: fields.get("stage") for group, fields in values(world).items()}


@pytest.mark.parametrize("part", range(4))
def test_whose_lead_has_begun_does_not_depend_on_the_order_in_which_systems_tell(part: int) -> None:
    begun = not_begun = 0
    for seed in range(15 * part, 15 * part + 15):
        draw = random.Random(seed)
        events = through_systems(draw)
        expected = stages(run(events, partitions=1))
        begun += "new" in expected.values()
        not_begun += None in expected.values()
        for size in (1, 4):
            draw.shuffle(events)
            assert stages(run(events, partitions=1, cleanse_size=size)) == expected, (seed, events)
    assert begun > 5
    assert not_begun > 2


@pytest.mark.parametrize("part", range(8))
def test_people_their_values_and_questions_are_the_same_in_every_order(part: int) -> None:
    joined = questioned = 0
    for seed in range(25 * part, 25 * part + 25):
        draw = random.Random(seed)
        events = story(draw)
        expected = run(events, partitions=1)
        joined += any(len(each) > 1 for each in people(expected))
        questioned += bool(asked(expected))
        for size in (1, 3, 5):
            draw.shuffle(events)
            made = run(events, partitions=1, cleanse_size=size)
            order = [event["event_id"] for event in events]
            assert people(made) == people(expected), (seed, order)
            assert asked(made) == asked(expected), (seed, order)
            assert values(made) == values(expected), (seed, order)
    assert joined > 5
    assert questioned > 2
