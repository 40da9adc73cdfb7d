"""Identity through both stages with the evidence in PostgreSQL: the same people as with the fake, in any order."""

import random
from collections.abc import Sequence
from typing import Any

import pytest

from schemas.times import HOUR
from sinks.memory import MemoryLibrary
from sinks.postgres import PostgresLibrary
from tests.contract.conftest import AnyLibrary
from tests.memory_world import World
from tests.unit.detector_bench import NINE
from tests.unit.test_identity_live import RULES, STORY
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
