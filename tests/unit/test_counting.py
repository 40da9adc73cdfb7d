"""Counting how common values are: when the library has doubled, and what it changes."""

import asyncio

import pytest

from processors.resolver.packed import live_profile, pack
from processors.resolver.population import from_document, weights_of
from schemas.evidence import EvidenceClaim, EvidenceRecord
from schemas.rules.identity import IdentityRules
from sinks.memory import MemoryLibrary
from streams.worker.counting import FIRST, count


async def add(library: MemoryLibrary, begin: int, end: int) -> None:
    records = []
    for number in range(begin, end):
        profile = live_profile({"name": "王伟" if number % 2 else f"欧阳{chr(0x4E00 + number)}"}, (), 1, {})
        record = EvidenceRecord(
            node=f"n{number}", lead=f"lead:{number}", profile=pack(profile), at=1, event_id="e", keys=(number,)
        )
        records.append(record)
    claim = EvidenceClaim(looked=(), newest=begin, region=(), changed=0, records=tuple(records))
    await library.claim([], evidence=claim)


def test_values_are_counted_when_the_library_has_doubled() -> None:
    async def story() -> list[bool]:
        library, done = MemoryLibrary(), []
        for begin, end in ((0, FIRST - 1), (FIRST - 1, FIRST), (FIRST, 2 * FIRST - 1), (2 * FIRST - 1, 2 * FIRST)):
            await add(library, begin, end)
            done.append(await count(library))
        document = await library.population()
        assert document is not None
        weights = weights_of(IdentityRules(), from_document(document))
        population = from_document(document)
        assert population.people == 2 * FIRST
        assert population.frequency("name", "王", 0.01) == pytest.approx(0.25, rel=0.1)  # a half, of two words a name
        assert weights.prior < -13  # the rule book's population, while fewer are known
        return done

    assert asyncio.run(story()) == [False, True, False, True]
