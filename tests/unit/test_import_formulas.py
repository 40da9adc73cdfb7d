"""Formulas that were never computed: their rows are rejected by name, the rest of the workbook is read."""

from pathlib import Path

import pytest
import xlsxwriter

from streams.importing.guard import check
from streams.importing.problems import FileProblem
from streams.importing.tables import open_table
from streams.importing.uncomputed import Uncomputed
from tests.memory_world import World
from tests.tables import RULES, archive, imported, uncomputed, with_formulas


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.anyio
@pytest.mark.parametrize("processes", [0, 1])
async def test_a_row_with_a_formula_never_computed_is_rejected_and_the_others_are_imported(
    tmp_path: Path, processes: int
) -> None:
    file = uncomputed(with_formulas(tmp_path / "a.xlsx", (3, 2, 1)), "C4")
    result = await imported(file, World(RULES).library, processes=processes)
    assert result.outcomes() == {3: "new", 4: "rejected"}
    assert "C4" in result.judged[1].reason.zh
    assert "C4" in result.judged[1].reason.en
    assert len(result.sent) == 1


def test_a_formula_never_computed_marks_its_row_and_no_other(tmp_path: Path) -> None:
    file = uncomputed(with_formulas(tmp_path / "a.xlsx", (3, 2, 1), (5, 3, 1)), "C4", "D6", "B3")
    with open_table(file) as table:
        found = [(row.line, row.cells[:2], row.uncomputed) for row in table.rows()]
    assert found == [(3, ["张三", "13800138000"], ()), (4, ["李四", ""], ("C4",)), (6, [], ("D6",))]


def test_other_columns_and_other_sheets_do_not_matter(tmp_path: Path) -> None:
    file = uncomputed(with_formulas(tmp_path / "a.xlsx", (3, 4, 1)), "E4", "B3")
    assert [row.uncomputed for row in open_table(file).rows()] == [(), ()]
    assert set(check(file).uncomputed) == {"计算 & 说明", "客户", ""}


def test_a_sheet_of_formulas_beside_the_table_refuses_nothing_and_its_formulas_are_not_counted(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    sums = book.add_worksheet("统计")
    sums.write_row(0, 0, ["姓名", "手机"])
    for line in range(1, 301):
        sums.write_formula(line, 0, "=A1", None, "张三")
    page = book.add_worksheet("客户")
    page.write_row(0, 0, ["姓名", "手机"])
    page.write_row(1, 0, ["张三", "13800138000"])
    book.close()
    with open_table(tmp_path / "a.xlsx", sheet="客户") as table:
        assert (table.formulas, len(list(table.rows()))) == (0, 1)
    for chosen in ("统计", None):  # the first one with a header
        with pytest.raises(FileProblem) as caught:
            open_table(tmp_path / "a.xlsx", sheet=chosen)
        assert (caught.value.code, "300" in str(caught.value)) == ("formulas", True)


def test_a_formula_whose_result_is_an_empty_text_was_computed(tmp_path: Path) -> None:
    archive(
        tmp_path / "a.xlsx",
        {"xl/workbook.xml": b"<x/>", "s": b'<row><c r="A1" t="str"><f>IF(1,"")</f><v></v></c></row>'},
    )
    assert check(tmp_path / "a.xlsx").uncomputed == {}


def test_a_formula_is_found_wherever_its_sheet_is_cut_into_pieces() -> None:
    cell = b'<c r="B7"><f>' + b"A" * 500 + b"</f></c>"
    for size in (1, 7, 64, 300, 2_000):
        found, text = Uncomputed(), b"<row>" + cell + b"</row>"
        for start in range(0, len(text), size):
            found.feed(text[start : start + size])
        assert found.places == {(7, 2, "B7")}


def test_an_uncomputed_header_and_cells_that_stand_nowhere_refuse_the_file(tmp_path: Path) -> None:
    header = uncomputed(with_formulas(tmp_path / "a.xlsx", (1, 4, 1)), "E2")
    nowhere = archive(tmp_path / "b.xlsx", {"xl/workbook.xml": b"<x/>", "s": b"<row><c ><f>A1</f></c></row>"})
    for file in (header, nowhere):
        with pytest.raises(FileProblem) as caught:
            open_table(file)
        assert caught.value.code == "formulas"
