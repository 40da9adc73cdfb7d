"""The sample's messy file: its truth holds on the shipped fakes, whatever the seed, and it is shown."""

from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from sinks.memory import MemoryLibrary
from streams.importing.tables import open_table
from streams.sample.importing import Imported, Row, checks
from streams.sample.screen import Screen
from streams.sample.showing import show
from streams.sample.truth import LeadTruth, Truth
from streams.sample.workbook import Entry, Plan, plan, write
from tests.tables import imported

pytestmark = pytest.mark.anyio


def truth(seed: int = 7, leads: int = 0) -> Truth:
    made = {
        f"form-{number}": LeadTruth(
            region="华东", phone=f"+86139000000{number:02}", email=f"lead{number}@example.cn", overdue=False
        )
        for number in range(leads)
    }
    return Truth(seed=seed, end=0, days=30, rosters={}, leads=made)


@pytest.mark.parametrize("seed", [1, 7, 2026])
async def test_every_row_becomes_what_the_truth_says(tmp_path: Path, seed: int) -> None:
    planned = plan(truth(seed))
    write(tmp_path / "a.xlsx", planned)
    found = await imported(tmp_path / "a.xlsx", MemoryLibrary())
    assert found.outcomes() == {line: entry.outcome for line, entry in planned.lines()}
    assert set(planned.counts) == {"new", "update", "duplicate", "conflict", "rejected"}


def test_equal_seeds_make_equal_rows_and_others_others() -> None:
    assert plan(truth(7)) == plan(truth(7))
    assert plan(truth(7)) != plan(truth(8))


def test_known_leads_are_updated_and_mixed_ones_are_conflicts() -> None:
    counts = plan(truth(leads=9)).counts - plan(truth()).counts
    assert counts == Counter(update=3, conflict=2)


def test_the_header_is_found_below_the_title_on_the_second_sheet(tmp_path: Path) -> None:
    write(tmp_path / "a.xlsx", plan(truth()))
    with open_table(tmp_path / "a.xlsx") as table:
        assert (table.sheet, table.columns.line, table.formulas) == ("客户名单", 4, 1)
        assert table.columns.unknown == ("序号", "备注")
        assert set(table.columns.fields) == {
            "phone", "name", "company", "title", "address", "email", "wechat", "interest", "region",
        }  # fmt: skip


class FakeLeads:
    """Leads that are as their rows say, but for one phone."""

    def __init__(self, wrong: str = "") -> None:
        self.wrong = wrong

    def fields(self, entry: Entry) -> tuple[str, dict[str, str]]:
        return "lead:a", {} if entry.values.get("phone") == self.wrong else dict(entry.values)

    def history(self, lead: str) -> list[Row]:
        return [Row("wechat", None, "expo_wx_01", "lead_imported.newer", "expo")]


async def _import(path: Path, planned: Plan) -> Imported:
    write(path, planned)
    found = await imported(path, MemoryLibrary())
    return Imported(found.judged, found.counts)


async def test_the_verdict_names_the_lines_that_are_not_as_they_should_be(tmp_path: Path) -> None:
    planned = plan(truth())
    first = await _import(tmp_path / "a.xlsx", planned)
    nothing = Imported([], Counter())
    right = checks(planned, first, first, nothing, FakeLeads())  # type: ignore[arg-type]
    assert [check.met for check in right] == [True] * 4
    line, entry = next(planned.lines())
    wrong = checks(planned, nothing, first, first, FakeLeads(entry.values["phone"]))  # type: ignore[arg-type]
    assert [check.met for check in wrong] == [True, False, False, False]
    assert f"lines {line}" in wrong[2].actual


async def test_rows_before_and_after_the_queue_and_a_history_are_shown(tmp_path: Path) -> None:
    planned = plan(truth(leads=9))
    first = await _import(tmp_path / "a.xlsx", plan(truth()))
    text = StringIO()
    show(Screen(Console(file=text, width=160)), planned, first, FakeLeads())  # type: ignore[arg-type]
    shown = text.getvalue()
    assert "王小明" in shown
    assert "line 13 of this file says otherwise" in shown
    assert "lead_imported.newer" in shown
    assert "C calc" in shown  # shown as text
