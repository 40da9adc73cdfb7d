"""What was exported is imported again: nothing changes, and nobody comes back as somebody new."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from sinks.read import LeadRow
from streams.exporting.tables import HEADINGS, LANGUAGES, Language, export, open_target
from streams.importing.cells import harmless, text_of
from streams.importing.tables import open_table
from streams.importing.unusable import EXPORTED
from tests.memory_world import World
from tests.tables import AT, RULES, imported, workbook
from tests.unit.test_import_judging import HEADER, through

pytestmark = pytest.mark.anyio
DAY = 86_400_000


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def library(folder: Path) -> World:
    """Return a world that knows people of whom one has nothing but part of a number."""
    world = World(RULES)
    rows: list[list[object]] = [
        HEADER,
        ["张三", 13800138000, "zhang@example.cn", "蓝海科技有限公司", ""],
        ["李小明", "", "li@example.cn", "", ""],
        ["欧阳文静", "139****1234", "", "上海远景科技有限公司", ""],
        ["王芳", "13700137000，010-66400034转801；13600136000", "", "", ""],
        ["赵敏", "13500135000 / 13300133000", "zhao@example.cn", "", ""],
    ]
    await through(world, await imported(workbook(folder / "a.xlsx", rows), world.library))
    later = workbook(folder / "b.xlsx", [HEADER, ["赵敏", "0571-88886666", "zhao@example.cn", "", ""]])
    await through(world, await imported(later, world.library, at=AT + 1_000), AT + 1_000)
    assert ("+8657188886666", "+8613300133000; +8613500135000") in {
        (lead.fields.get("phone"), lead.fields.get("phone_others")) for lead in world.library.leads.values()
    }
    assert len(world.library.leads) == 5
    return world


async def exported(path: Path, world: World, *, masked: bool, language: Language) -> Path:
    async def leads() -> AsyncGenerator[list[LeadRow]]:
        yield list(world.library.leads.values())

    target = open_target(path)
    await export(leads(), target, masked=masked, progress=lambda _: None, language=language)
    target.close()
    return path


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["out.csv", "out.xlsx"])
@pytest.mark.parametrize("masked", [True, False])
async def test_an_export_that_is_imported_changes_nothing(
    tmp_path: Path, name: str, masked: bool, language: Language
) -> None:
    world = await library(tmp_path)
    before = dict(world.library.leads)
    result = await imported(await exported(tmp_path / name, world, masked=masked, language=language), world.library,
                            at=AT + DAY)  # fmt: skip
    await through(world, result, AT + DAY)
    assert {lead: row.fields for lead, row in world.library.leads.items()} == {
        lead: row.fields for lead, row in before.items()
    }
    held = [one for one in result.judged if one.outcome == "rejected"]
    assert [one.reason.zh.startswith(EXPORTED.zh) for one in held] == [True] * (len(before) if masked else 0)


async def test_part_of_a_number_in_an_unmasked_export_comes_in_where_nobody_knows_it(tmp_path: Path) -> None:
    world = await library(tmp_path)
    out = await exported(tmp_path / "out.xlsx", world, masked=False, language="zh")
    elsewhere = World(RULES)
    result = await imported(out, elsewhere.library, at=AT + DAY)
    assert set(result.outcomes().values()) == {"new"}
    await through(elsewhere, result, AT + DAY)
    named = {lead.fields["name"]: lead.fields for lead in elsewhere.library.leads.values()}
    assert named["欧阳文静"]["phone_masked"] == "139****1234"


async def test_an_exported_row_is_its_leads_own_though_nothing_in_it_tells_whose_it_is(tmp_path: Path) -> None:
    world = World(RULES)
    rows: list[list[object]] = [HEADER, ["陈", "0571-88886666", "", "", ""], ["张三", 13800138000, "", "", "客户"]]
    await through(world, await imported(workbook(tmp_path / "a.xlsx", rows), world.library))
    out = await exported(tmp_path / "out.csv", world, masked=False, language="zh")
    again = await imported(out, world.library, at=AT + DAY)
    assert again.outcomes() == {2: "duplicate", 3: "duplicate"}
    assert {one.lead for one in again.judged} == set(world.library.leads)
    assert again.sent == []
    out.write_text(out.read_text("utf-8-sig").replace("张三", "张三丰").replace("陈", "陈光标"), encoding="utf-8")
    changed = await imported(out, world.library, at=AT + DAY)
    assert "duplicate" not in changed.outcomes().values(), "what was changed in it is no echo"


async def test_part_of_a_number_from_elsewhere_is_somebody_still(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["线索编号", *HEADER],
        ["A-17", "欧阳文静", "139****1234", "", "上海远景科技有限公司", ""],
    ]
    result = await imported(workbook(tmp_path / "a.xlsx", rows), World(RULES).library)
    assert result.outcomes() == {2: "new"}


@pytest.mark.parametrize("sign", "＝＋－＠")
def test_full_width_signs_compute_no_more_than_others(sign: str) -> None:
    assert harmless(f"{sign}1") == f"'{sign}1"
    assert text_of(f"'{sign}1") == f"{sign}1"


async def test_a_number_that_is_written_into_an_export_reaches_the_lead_and_is_an_update(tmp_path: Path) -> None:
    world = await library(tmp_path)
    with open_table(await exported(tmp_path / "out.csv", world, masked=False, language="zh")) as table:
        cells = [list(row.cells) for row in table.rows()]
    header = list(HEADINGS["zh"])
    place = header.index("其他电话")
    wang = next(row for row in cells if "王芳" in row)
    assert wang[place] == "+861066400034 ext. 801; +8613600136000"
    wang[place] += "；13500135000"
    result = await imported(workbook(tmp_path / "b.xlsx", [header, *cells]), world.library, at=AT + DAY)
    assert [one.outcome for one in result.judged if one.row.cells[place] == wang[place]] == ["update"]
    await through(world, result, AT + DAY)
    (fields,) = [lead.fields for lead in world.library.leads.values() if lead.fields.get("name") == "王芳"]
    assert fields["phone_others"].split("; ")[0] == "+861066400034 ext. 801"
    assert set(fields["phone_others"].split("; ")[1:]) == {"+8613600136000", "+8613500135000"}


@pytest.mark.parametrize("name", ["郑*", ""])
async def test_a_lead_that_came_masked_is_its_own_echo(tmp_path: Path, name: str) -> None:
    world = World(RULES)
    rows: list[list[object]] = [HEADER, [name, "159****3344", "", "杭州远景科技有限公司", ""]]
    await through(world, await imported(workbook(tmp_path / "a.xlsx", rows), world.library))
    (lead,) = world.library.leads
    out = await exported(tmp_path / "out.xlsx", world, masked=False, language="zh")
    again = await imported(out, world.library, at=AT + DAY)
    assert [(one.outcome, one.lead, one.record) for one in again.judged] == [("duplicate", lead, None)]
