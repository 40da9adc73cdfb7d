"""The funnel in PostgreSQL, from what the detectors write into the history."""

import pytest

from schemas.effects import Outputs, Slot
from schemas.rules import RuleBook
from schemas.times import DAY, HOUR
from sinks.funnel import Funnel, StageCount
from sinks.postgres import PostgresLibrary
from streams.settings import Settings
from tests.unit.detector_bench import NINE, Bench

pytestmark = [pytest.mark.anyio, pytest.mark.services]


@pytest.fixture
async def funnel(dsn: str, isolated_settings: Settings):
    async with Funnel(dsn, isolated_settings.namespace, connections=1) as opened:
        yield opened


def story() -> Bench:
    """Four leads of two variants: a1 wins after a call, a2 waits, b1 is called, b2 wins too late to count."""
    bench = Bench(RuleBook())
    for name in ("a1", "a2", "b1", "b2"):
        bench.fact("form_submitted", NINE, f"lead:{name}", form="f", phone="+8613800138000", region="华东",
                   extra={"variant": name[0]})  # fmt: skip
    for name in ("a1", "b1"):
        bench.fact("followed_up", NINE + 2 * HOUR, f"lead:{name}")
    bench.fact("order_placed", NINE + DAY, "lead:a1", order_id="o", amount="1")
    bench.fact("order_placed", NINE + 20 * DAY, "lead:b2", order_id="o", amount="1")
    return bench


async def test_entries_exits_and_times_per_stage(funnel: Funnel, postgres_library: PostgresLibrary) -> None:
    await postgres_library.commit("detect", Slot("facts", "00000000", 0), -1, 99, Outputs(changes=story().changes))
    assert await funnel.stages("variant") == [
        StageCount("a", "contacted", 1, 1, 0, float(DAY - 2 * HOUR)),
        StageCount("a", "new", 2, 1, 1, float(2 * HOUR)),
        StageCount("a", "won", 1, 0, 1, None),
        StageCount("b", "contacted", 1, 0, 1, None),
        StageCount("b", "new", 2, 2, 0, float(2 * HOUR + (20 * DAY - 2 * HOUR) / 2)),
        StageCount("b", "won", 1, 0, 1, None),
    ]
    assert {(one.value, one.stage, one.entries) for one in await funnel.stages("source")} == {
        ("website", "new", 4), ("website", "contacted", 2), ("website", "won", 2),
    }  # fmt: skip
    assert [one.entries for one in await funnel.stages("region", NINE + 1, NINE + DAY)] == [2]


async def test_only_leads_whose_time_is_over_are_counted(funnel: Funnel, postgres_library: PostgresLibrary) -> None:
    await postgres_library.commit("detect", Slot("facts", "00000000", 0), -1, 99, Outputs(changes=story().changes))
    assert await funnel.trials("won", 14 * DAY, NINE + 14 * DAY - 1) == []
    assert await funnel.trials("won", 14 * DAY, NINE + 30 * DAY) == [("a", 2, 1), ("b", 2, 0)]
    assert await funnel.trials("won", 30 * DAY, NINE + 30 * DAY) == [("a", 2, 1), ("b", 2, 1)]


async def test_a_person_of_several_leads_is_counted_once(funnel: Funnel, postgres_library: PostgresLibrary) -> None:
    bench = story()
    bench.fact("leads_moved", NINE + 2 * DAY, "lead:a2", leads={"lead:a2": 1}, to="lead:a1", by="li", keep="lead:a1")
    await postgres_library.commit("detect", Slot("facts", "00000000", 0), -1, 99, Outputs(changes=bench.changes))
    assert [change.new for change in bench.changes if change.field == "merged_into"] == ["lead:a1"]
    assert [one.entries for one in await funnel.stages("all") if one.stage == "new"] == [3]
    assert await funnel.trials("won", 14 * DAY, NINE + 30 * DAY) == [("a", 1, 1), ("b", 2, 0)]
