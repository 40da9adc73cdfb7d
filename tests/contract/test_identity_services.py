"""Identity through both stages with the evidence in PostgreSQL: the same people as with the fake, in any order."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import pytest

from schemas.times import HOUR
from sinks.memory import MemoryLibrary
from sinks.postgres import PostgresLibrary
from streams.metrics import RACES_LOST
from streams.settings import Settings
from tests.contract.conftest import AnyLibrary
from tests.memory_world import World
from tests.unit.detector_bench import NINE
from tests.unit.test_identity_live import RULES, STORY, form
from tests.unit.test_merging_live import A, B, alone, events_of, judged

pytestmark = pytest.mark.anyio


async def run(library: AnyLibrary, *steps: Sequence[Any], size: int = 4) -> World:
    made = World(RULES, partitions=1, cleanse_size=size)
    made.library = library  # type: ignore[assignment]
    made._start()
    for number, step in enumerate(steps):
        made.publish(list(step), NINE + 9 * HOUR + number)
        await made.run()
    return made


async def people(library: AnyLibrary, events: Sequence[Any]) -> tuple[set[frozenset[str]], int]:
    """Return the events of each person, and how many questions are open."""
    claims = await library.decisions([event["event_id"] for event in events])
    members = await library.people([claim.lead for claim in claims.values()])
    groups: dict[str, set[str]] = {}
    for event_id, claim in claims.items():
        person = members[claim.lead].person if claim.lead in members else claim.lead
        groups.setdefault(person, set()).add(event_id)
    return set(map(frozenset, groups.values())), len(await library.questions())


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_order_of_arrival_changes_nobody(library: AnyLibrary, seed: int) -> None:
    expected = MemoryLibrary()
    await run(expected, STORY)
    shuffled = list(STORY)
    random.Random(seed).shuffle(shuffled)
    await run(library, shuffled, size=1 + 3 * seed)
    assert await people(library, STORY) == await people(expected, STORY)


async def test_slices_side_by_side_that_share_keys_lose_no_race(
    postgres_library: PostgresLibrary, dsn: str, isolated_settings: Settings
) -> None:
    """A lost one would be made again, and again lost: an import of one town ended its worker."""
    events = [
        form(f"{number}", ("phone", f"+861380013{number:04}"), name="张伟", company="小米科技有限责任公司")
        for number in range(96)
    ]
    before = RACES_LOST._value.get()

    async def handle(world: World, partition: int) -> None:
        piece = world._piece("touchpoints", partition)
        assert piece is not None
        await world.cleanse.assigned(partition)
        await world.cleanse.handle(piece)

    async with PostgresLibrary(dsn, isolated_settings.namespace) as elsewhere:
        worlds = []
        for library in (postgres_library, elsewhere):
            world = World(RULES, partitions=6, cleanse_size=16)
            world.library = library  # type: ignore[assignment]
            world._start()
            world.publish(events, NINE)
            worlds.append(world)
        await asyncio.gather(*[handle(worlds[partition % 2], partition) for partition in range(6)])
    assert RACES_LOST._value.get() == before
    assert len(await postgres_library.decisions([event["event_id"] for event in events])) == len(events)


async def test_what_was_merged_is_given_back(postgres_library: PostgresLibrary) -> None:
    plain = await run(MemoryLibrary(), [A, B], [], events_of(40), [], events_of(60))
    claims = await plain.library.decisions(["a", "b"])
    a, b = claims["a"].lead, claims["b"].lead
    made = await run(
        postgres_library, [A, B], [judged("j", "same", a, b)], events_of(40),
        [judged("k", "different", a, b, 55)], events_of(60),
    )  # fmt: skip
    rows = await postgres_library.leads_by_id([a, b])
    for lead in (a, b):
        assert alone(made, lead) == alone(plain, lead)
        assert dict(rows[lead].fields) == dict(plain.library.leads[lead].fields)
