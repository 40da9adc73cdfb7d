"""Reading many leads at once, on the fake and on PostgreSQL."""

from contextlib import aclosing
from typing import Any

import pytest

from schemas.effects import NO_OFFSET, Change, Outputs
from schemas.lead_query import Bound, Condition, LeadQuery, Operator, Sight
from tests.contract.conftest import AnyLibrary
from tests.contract.examples import SLOT, change

pytestmark = pytest.mark.anyio

EVERY_LEAD = LeadQuery()


async def fill(library: AnyLibrary) -> None:
    rows: list[Change] = []
    for number in range(7):
        lead = f"lead:{number}"
        rows.append(change(1, "region", "华东" if number % 2 else "华南", lead, offset=len(rows)))
        rows.append(change(2, "name", f"甲{number}", lead, offset=len(rows)))
    rows.append(change(1, "name", "没有区域", "lead:nowhere", offset=len(rows)))
    await library.commit("detect", SLOT, NO_OFFSET, len(rows), Outputs(changes=rows))


async def selected(library: AnyLibrary, query: LeadQuery = EVERY_LEAD, at_once: int = 100) -> list[list[str]]:
    return [[lead.lead_id for lead in some] async for some in library.select_leads(query, at_once)]


async def found(library: AnyLibrary, *conditions: Condition, **other: Any) -> list[str]:
    """Return the numbers of the leads that a query finds."""
    lists = await selected(library, LeadQuery(conditions, **other))
    return [lead.removeprefix("lead:") for some in lists for lead in some]


def where(field: str, operator: Operator, *values: str) -> Condition:
    return Condition(field, operator, values)


async def test_leads_by_id_leaves_out_what_there_is_not(library: AnyLibrary) -> None:
    await fill(library)
    found = await library.leads_by_id(["lead:3", "lead:none", "lead:0", "lead:3"])
    assert {name: lead.fields["name"] for name, lead in found.items()} == {"lead:3": "甲3", "lead:0": "甲0"}
    assert await library.leads_by_id([]) == {}


async def test_leads_come_in_order_in_lists_of_the_size_asked_for(library: AnyLibrary) -> None:
    await fill(library)
    everything = [f"lead:{number}" for number in range(7)] + ["lead:nowhere"]
    assert await selected(library, at_once=3) == [everything[:3], everything[3:6], everything[6:]]


async def test_who_sees_whose_leads(library: AnyLibrary) -> None:
    await fill(library)
    reps = [change(3, "rep_id", f"r{number % 3}", f"lead:{number}", offset=15 + number) for number in range(7)]
    await library.commit("detect", SLOT, 15, 22, Outputs(changes=reps))
    assert await found(library, sight=Sight(regions=("华东",))) == ["1", "3", "5"]
    assert await found(library, sight=Sight(regions=())) == []
    assert await found(library, sight=Sight(("r0",), ())) == ["0", "3", "6"]
    assert await found(library, sight=Sight(("r0",), ("华东",))) == ["0", "1", "3", "5", "6"]
    assert await found(library, sight=Sight(("r0",))) == [*"0123456", "nowhere"]
    assert await found(library, where("name", "is", "甲2"), sight=Sight(("r0",), ())) == []
    assert await found(library, where("name", "is", "甲3"), sight=Sight(("r0",), ())) == ["3"]


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([where("name", "is", "甲2"), where("region", "is", "华南")], ["2"]),
        ([where("name", "is", "甲2", "甲3", "乙")], ["2", "3"]),
        ([where("region", "is")], ["nowhere"]),
        ([where("region", "not")], [*"0123456"]),
        ([where("region", "not", "华东")], ["0", "2", "4", "6", "nowhere"]),
        ([where("name", "not", "甲1", "甲2"), where("region", "not", "华东")], ["0", "4", "6", "nowhere"]),
        ([where("name", "contains", "没有")], ["nowhere"]),
        ([where("name", "contains", "5", "甲6")], ["5", "6"]),
        ([where("company", "contains", "aCME c")], ["0"]),
        ([where("company", "contains", "%")], ["1"]),
        ([where("company", "contains", "ｅ")], ["2"]),
        ([where("company", "contains")], []),
        ([where("name", "from", "甲5")], ["5", "6"]),
        ([where("name", "from", "甲3"), where("name", "to", "甲4")], ["3", "4"]),
        ([where("company", "from", "a")], ["2"]),
        ([where("company", "to", "Z")], ["0", "1"]),
        ([where("nothing", "is", "x")], []),
        ([where("fields' OR true --", "is", "x", "y")], []),
        ([where("name", "is", "'; DROP TABLE leads", "甲1")], ["1"]),
    ],
)
async def test_a_query_finds_the_same_everywhere(
    library: AnyLibrary, conditions: list[Condition], expected: list[str]
) -> None:
    await fill(library)
    companies = ["ACME Company", "A 100 % company", "ｅ-Shop"]  # a capital, a wildcard, and a letter of full width
    rows = [change(3, "company", text, f"lead:{number}", offset=15 + number) for number, text in enumerate(companies)]
    await library.commit("detect", SLOT, 15, 18, Outputs(changes=rows))
    assert await found(library, *conditions) == expected


async def test_leads_are_found_by_when_they_began_and_changed(library: AnyLibrary) -> None:
    rows = [change(1, "name", "甲", f"lead:{number}", at=1_000 + number, offset=number) for number in range(4)]
    rows.append(change(2, "name", "乙", "lead:1", at=2_000, offset=4))
    await library.commit("detect", SLOT, NO_OFFSET, len(rows), Outputs(changes=rows))
    assert await found(library, bounds=(Bound("created_at", "from", 1_002),)) == ["2", "3"]
    assert await found(library, bounds=(Bound("created_at", "to", 1_001),)) == ["0", "1"]
    assert await found(library, bounds=(Bound("updated_at", "from", 2_000),)) == ["1"]
    both = Bound("created_at", "from", 1_001), Bound("updated_at", "to", 1_999)
    assert await found(library, bounds=both) == ["2", "3"]


async def test_leads_that_go_by_another_s_name_are_left_out_unless_asked_for(library: AnyLibrary) -> None:
    await fill(library)
    merged = [change(3, "merged_into", "lead:1", "lead:2"), change(3, "merged_into", "lead:1", "lead:4"),
              change(4, "merged_into", None, "lead:4", old="lead:1")]  # fmt: skip
    await library.commit("detect", SLOT, 15, 16, Outputs(changes=merged))
    everything = [*"0123456", "nowhere"]
    assert await found(library) == [lead for lead in everything if lead != "2"]
    assert await found(library, merged=True) == everything


async def test_who_stops_reading_leaves_nothing_behind(library: AnyLibrary) -> None:
    await fill(library)
    for _ in range(6):  # more than there are connections
        async with aclosing(library.select_leads(EVERY_LEAD, 2)) as lists:
            async for some in lists:
                assert len(some) == 2
                break
    assert len(await selected(library)) == 1
