"""Reading many leads at once, on the fake and on PostgreSQL."""

from contextlib import aclosing

import pytest

from schemas.effects import NO_OFFSET, Change, Outputs
from tests.contract.conftest import AnyLibrary
from tests.contract.examples import SLOT, change

pytestmark = pytest.mark.anyio


async def fill(library: AnyLibrary) -> None:
    rows: list[Change] = []
    for number in range(7):
        lead = f"lead:{number}"
        rows.append(change(1, "region", "华东" if number % 2 else "华南", lead, offset=len(rows)))
        rows.append(change(2, "name", f"甲{number}", lead, offset=len(rows)))
    rows.append(change(1, "name", "没有区域", "lead:nowhere", offset=len(rows)))
    await library.commit("detect", SLOT, NO_OFFSET, len(rows), Outputs(changes=rows))


async def selected(
    library: AnyLibrary, where: dict[str, str], regions: list[str] | None, at_once: int
) -> list[list[str]]:
    return [[lead.lead_id for lead in some] async for some in library.select_leads(where, regions, at_once)]


async def test_leads_by_id_leaves_out_what_there_is_not(library: AnyLibrary) -> None:
    await fill(library)
    found = await library.leads_by_id(["lead:3", "lead:none", "lead:0", "lead:3"])
    assert {name: lead.fields["name"] for name, lead in found.items()} == {"lead:3": "甲3", "lead:0": "甲0"}
    assert await library.leads_by_id([]) == {}


async def test_leads_come_in_order_in_lists_of_the_size_asked_for(library: AnyLibrary) -> None:
    await fill(library)
    everything = [f"lead:{number}" for number in range(7)] + ["lead:nowhere"]
    assert await selected(library, {}, None, 3) == [everything[:3], everything[3:6], everything[6:]]


async def test_a_region_limits_what_is_seen(library: AnyLibrary) -> None:
    await fill(library)
    assert await selected(library, {}, ["华东"], 10) == [["lead:1", "lead:3", "lead:5"]]
    assert await selected(library, {}, [], 10) == []
    assert await selected(library, {"name": "甲2"}, ["华东"], 10) == []
    assert await selected(library, {"name": "甲2", "region": "华南"}, None, 10) == [["lead:2"]]


async def test_leads_that_go_by_another_s_name_are_left_out_unless_asked_for(library: AnyLibrary) -> None:
    await fill(library)
    merged = [change(3, "merged_into", "lead:1", "lead:2"), change(3, "merged_into", "lead:1", "lead:4"),
              change(4, "merged_into", None, "lead:4", old="lead:1")]  # fmt: skip
    await library.commit("detect", SLOT, 15, 16, Outputs(changes=merged))
    everything = [f"lead:{number}" for number in range(7)] + ["lead:nowhere"]
    assert await selected(library, {}, None, 100) == [[lead for lead in everything if lead != "lead:2"]]
    found = [lead.lead_id async for some in library.select_leads({}, None, 100, merged=True) for lead in some]
    assert found == everything


async def test_who_stops_reading_leaves_nothing_behind(library: AnyLibrary) -> None:
    await fill(library)
    for _ in range(6):  # more than there are connections
        async with aclosing(library.select_leads({}, None, 2)) as lists:
            async for some in lists:
                assert len(some) == 2
                break
    assert len(await selected(library, {}, None, 100)) == 1
