"""A conflict that a person decided stays decided when the file that it stood in is imported again."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from streams.importing.deciding import DECIDED_BEFORE
from streams.importing.outcomes import IMPORTED_BEFORE
from streams.importing.report import Report
from streams.importing.saved_map import SavedMap, read_map
from streams.importing.tables import open_table
from tests.memory_world import World
from tests.tables import AT, RULES, Imported, imported, workbook
from tests.unit.test_import_judging import through

pytestmark = pytest.mark.anyio
HEADER = ["姓名", "手机", "备注"]
MAP = read_map("customer: 客户号\nname: 姓名\nphone: 手机\n")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def reported(file: Path, result: Imported, target: Path, saved: SavedMap | None = None) -> Path:
    """Write the report of an import."""
    with open_table(file, saved) as table:
        report = Report(target, table.columns)
        report.add(result.judged)
        report.close()
    return target


def decided(report: Path, path: Path, decisions: Sequence[str], changes: dict[str, str] | None = None) -> Path:
    """Write the conflicts of a report with these decisions on them, and cells of them changed."""
    with open_table(report) as table:
        headings, rows = table.columns.headings, [row.cells for row in table.rows()]
    filled = [[*row, *[""] * (len(headings) - len(row))] for row in rows]
    mended = [[(changes or {}).get(cell, cell) for cell in row] for row in filled]
    return workbook(path, [headings, *([one, *row[1:]] for one, row in zip(decisions, mended, strict=True))])


async def conflicting(tmp_path: Path, *rows: Sequence[object]) -> tuple[World, Path, Path]:
    """Return a world that knows 张三, a file that says otherwise, and the report of its import."""
    world = World(RULES)
    known = [HEADER, ["张三", 13800138000, ""], ["王五", 13900139000, ""]]
    await through(world, await imported(workbook(tmp_path / "known.xlsx", known), world.library))
    file = workbook(tmp_path / "a.xlsx", [HEADER, ["李四", 13800138000, " 展会\n名单"], *rows])
    first = await imported(file, world.library, at=AT + 10)
    await through(world, first, AT + 10)
    return world, file, reported(file, first, tmp_path / "report.xlsx")


@pytest.mark.parametrize("decision", ["文件", "库"])
async def test_the_original_file_changes_nothing_once_its_conflict_is_decided(tmp_path: Path, decision: str) -> None:
    world, file, report = await conflicting(tmp_path, ["新人", 13700137000, ""])
    answer = decided(report, tmp_path / "decided.xlsx", [decision])
    await through(world, await imported(answer, world.library, at=AT + 20), AT + 20)
    later = [HEADER, ["李思思", 13800138000, ""]]  # the lead changes once more, by a decision too
    renamed = [[*row, "文件" if line else "※采用/decision"] for line, row in enumerate(later)]
    await through(world, await imported(workbook(tmp_path / "b.xlsx", renamed), world.library, at=AT + 30), AT + 30)
    before = world.states(), world.library.leads
    again = await imported(file, world.library, at=AT + 40)
    assert again.outcomes() == {2: "duplicate", 3: "duplicate"}
    assert [one.reason for one in again.judged] == [DECIDED_BEFORE, IMPORTED_BEFORE]
    assert again.judged[0].lead in world.library.leads
    assert again.sent == []
    report_again = await imported(answer, world.library, at=AT + 50)
    assert [one.reason for one in report_again.judged] == [IMPORTED_BEFORE]
    assert (world.states(), world.library.leads) == before


async def test_what_is_undecided_is_a_conflict_still_and_a_decision_can_be_changed(tmp_path: Path) -> None:
    world, file, report = await conflicting(tmp_path, ["赵六", 13900139000, ""])
    kept = decided(report, tmp_path / "one.xlsx", ["库", ""])
    found = await imported(kept, world.library, at=AT + 20)
    assert found.outcomes() == {2: "duplicate", 3: "conflict"}
    await through(world, found, AT + 20)
    assert (await imported(file, world.library, at=AT + 30)).outcomes() == {2: "duplicate", 3: "conflict"}
    taken = decided(report, tmp_path / "two.xlsx", ["文件", ""])
    await through(world, await imported(taken, world.library, at=AT + 40), AT + 40)
    assert {lead.fields["name"] for lead in world.library.leads.values()} == {"李四", "王五"}


async def test_a_row_that_was_changed_in_the_report_is_another_one(tmp_path: Path) -> None:
    world, file, report = await conflicting(tmp_path)
    taken = await imported(decided(report, tmp_path / "one.xlsx", ["文件"]), world.library, at=AT + 20)
    await through(world, taken, AT + 20)
    changed = decided(report, tmp_path / "two.xlsx", ["文件"], {"李四": "李思思"})
    found = await imported(changed, world.library, at=AT + 30)
    assert found.outcomes() == {2: "update"}
    await through(world, found, AT + 30)
    assert {lead.fields["name"] for lead in world.library.leads.values()} == {"李思思", "王五"}
    assert (await imported(file, world.library, at=AT + 40)).sent == []


async def test_a_systems_id_of_somebody_else_is_left_out_where_the_library_is_kept(tmp_path: Path) -> None:
    world = World(RULES)
    header = ["客户号", "姓名", "手机"]
    known = workbook(tmp_path / "known.xlsx", [header, ["K1", "张三", 13800138000]])
    await through(world, await imported(known, world.library, saved=MAP))
    file = workbook(tmp_path / "a.xlsx", [header, ["K2", "张三", 13800138000]])
    first = await imported(file, world.library, at=AT + 10, saved=MAP)
    assert first.outcomes() == {2: "conflict"}
    answer = decided(reported(file, first, tmp_path / "r.xlsx", MAP), tmp_path / "d.xlsx", ["库"])
    kept = await imported(answer, world.library, at=AT + 20, saved=MAP)
    assert kept.outcomes() == {2: "duplicate"}
    await through(world, kept, AT + 20)
    again = await imported(file, world.library, at=AT + 30, saved=MAP)
    assert [(one.outcome, one.reason) for one in again.judged] == [("duplicate", DECIDED_BEFORE)]
