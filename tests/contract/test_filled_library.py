"""A library that a benchmark has filled answers as one that workers have filled."""

import anyio
import pytest

from processors.identity import Known
from processors.resolver.live.keys import live_keys
from processors.resolver.packed import live_profile
from schemas.identity import IdKey
from sinks.postgres import PostgresLibrary
from streams.bench.library import fill
from streams.bench.population import somebody
from streams.settings import Settings

pytestmark = [pytest.mark.anyio, pytest.mark.services]

LEADS = 40


async def test_people_are_found_by_number_and_by_evidence(
    dsn: str, postgres_library: PostgresLibrary, isolated_settings: Settings
) -> None:
    await anyio.to_thread.run_sync(fill, dsn, isolated_settings.namespace, LEADS)
    for number in range(0, LEADS, 7):
        one, lead = somebody(number), f"lead:bench{number}"
        key = IdKey("phone", f"+86{one.phone}")
        assert (await postgres_library.lookup([key]))[key].lead == lead
        fields = (await postgres_library.leads_by_id([lead]))[lead].fields
        profile = live_profile(
            fields, [Known(IdKey(kind, fields[kind]), False) for kind in ("phone", "email") if kind in fields], 1, {}
        )
        near = await postgres_library.evidence_near(live_keys(profile).kept, [profile.content], 30)
        found = [record for record in near.records if record.node == profile.content]
        assert [record.lead for record in found] == [lead]
        assert any(profile.content in nodes for nodes in near.buckets.values())
    population = await postgres_library.population()
    assert population is not None
    assert population["people"] == LEADS
