"""Crowds of people who look alike, merged and parted at random: who holds which lead in the end, and that it ends."""

import asyncio
from random import Random
from typing import Any

import pytest

from processors.history import damages
from processors.state import decode_entity
from schemas.effects import Slot
from schemas.rules import RuleBook
from schemas.times import HOUR
from tests.memory_world import INCARNATIONS, World
from tests.unit.detector_bench import NINE
from tests.unit.test_identity_live import BAIDU, XIAOMI, changed, form
from tests.unit.test_merging_live import judged

NAMES = ["张伟杰", "王建国", "李晓明", "欧阳锋", "刘德华", "陈思思", "章伟杰", "王建囯"]
MOST_TURNS = 3_000


def said(event_id: str, minute: int, chance: Random, span: int) -> dict[str, Any]:
    """Return a form of somebody, some of it masked or left out, or a confirmed change of number."""
    phone = str(13800138000 + chance.randrange(span) * chance.choice([1, 7]))
    if chance.random() < 0.1:
        return changed(event_id, phone, str(13800138000 + chance.randrange(span)), minute)
    given = {
        "phone": phone if chance.random() < 0.6 else f"{phone[:3]}****{phone[7:]}",
        "email": f"u{chance.randrange(span)}@example.com",
        "company": chance.choice([BAIDU, XIAOMI]),
        "wechat": f"wx_abc{chance.randrange(span)}",
    }
    told = {name: value for name, value in given.items() if chance.random() < 0.4}
    ids = [("device", f"d{chance.randrange(span)}"), ("phone", phone)]
    return form(
        event_id, *(one for one in ids if chance.random() < 0.3), minute=minute, name=chance.choice(NAMES), **told
    )


async def to_the_end(world: World) -> None:
    await world._open()
    for _ in range(MOST_TURNS):
        if not await world._turn():
            return
    raise AssertionError("facts are passed on for ever")


def crowd(seed: int) -> World:
    """Run some steps: what people say, and what managers decide of the leads that are there by then."""
    chance = Random(seed)
    sizes: dict[str, Any] = {
        "partitions": chance.choice([1, 2, 3]), "cleanse_size": chance.choice([1, 5, 40]),
        "detect_size": chance.choice([1, 5, 40]),
    }  # fmt: skip
    world = World(RuleBook(), **sizes)
    span, number = chance.choice([3, 20, 200]), 0
    for step in range(chance.choice([1, 3, 6])):
        events = [said(f"e{number + n}", number + n, chance, span) for n in range(chance.choice([5, 20]))]
        number += len(events)
        leads = sorted({claim.lead for claim, _ in world.library._events.values() if claim.lead})
        for n in range(chance.randrange(6) if len(leads) > 1 else 0):
            answer = chance.choice(["same", "same", "different", "withdrawn"])
            events.insert(
                chance.randrange(len(events)),
                judged(f"j{step}-{n}", answer, *chance.sample(leads, 2), minute=200 + step),
            )
        world.publish(events, NINE + (9 + step) * HOUR)
        asyncio.run(to_the_end(world))
    return world


@pytest.mark.parametrize("seed", range(12))
def test_every_memory_ends_with_its_person(seed: int) -> None:
    world = crowd(seed)
    slots = [Slot("facts", INCARNATIONS["facts"], number) for number in range(world.settings.fact_partitions)]
    entities = {name: blob for slot in slots for name, blob in world.state.states(slot).items()}
    begun = {claim.lead for claim, _ in world.library._events.values()}
    for lead, member in world.library.evidence.people.items():
        if lead in begun:
            together = decode_entity(entities[member.person]).together
            assert (together is None and lead == member.person) or lead in together.members, (lead, member)
    for lead in world.library.leads:
        assert not list(damages(world.library.history(lead)))
