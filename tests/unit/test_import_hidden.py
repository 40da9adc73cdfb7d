"""Rows and sheets that nobody sees who opens the workbook: read or left out, but never without a word."""

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import xlsxwriter
from click.testing import CliRunner
from python_calamine import CalamineWorkbook

from streams.cli import main
from streams.commands import import_ as command
from streams.importing.guard import check
from streams.importing.hidden import HiddenRows
from streams.importing.outcomes import OUTCOMES
from streams.importing.problems import FileProblem
from streams.importing.report import Report
from streams.importing.tables import Table, open_table

PEOPLE = [("张三", "13800138000"), ("李四", "13900139000"), ("王五", "13700137000"), ("赵六", "13600136000")]


@pytest.fixture
def filtered(tmp_path: Path) -> Path:
    """Write a table of which a filter leaves out line 3, and somebody line 5. Empty rows below are hidden too."""
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        other = book.add_worksheet("说明")
        other.set_row(3, None, None, {"hidden": True})
        page = book.add_worksheet("客户 & 名单")
        page.write_row(0, 0, ["姓名", "手机"])
        for line, cells in enumerate(PEOPLE, 1):
            page.write_row(line, 0, cells)
        page.autofilter(0, 0, len(PEOPLE), 1)
        for line in (2, 4, 7, 8):
            page.set_row(line, None, None, {"hidden": True})
        book.add_worksheet("旧名单").hide()
        book.add_worksheet("选项").very_hidden()
    return path


def told(table: Table) -> tuple[list[int], str]:
    lines = [row.line for row in table.rows()]
    return lines, str(table.hidden_told)


def test_hidden_rows_are_read_and_said(filtered: Path) -> None:
    with open_table(filtered) as table:
        lines, said = told(table)
        assert (lines, table.hidden_sheets) == ([2, 3, 4, 5], ("旧名单",))
    assert said.startswith("2 行在文件中被隐藏")
    assert "2 rows are hidden or filtered out in the file and were read" in said


def test_hidden_rows_are_left_out_where_that_is_asked_for(filtered: Path) -> None:
    with open_table(filtered, with_hidden=False) as table:
        lines, said = told(table)
    assert lines == [2, 4]
    assert (
        said == "2 行在文件中被隐藏或筛选掉，未导入 / 2 rows are hidden or filtered out in the file and were left out"
    )


def test_a_table_that_hides_nothing_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("姓名,手机\n张三,13800138000\n", encoding="utf-8")
    with open_table(path, with_hidden=False) as table:
        assert told(table) == ([2], "None")


def test_of_an_xls_nobody_knows_and_what_was_asked_for_is_refused() -> None:
    with pytest.raises(FileProblem) as caught:
        open_table(Path(__file__).parent / "data" / "leads.xls", with_hidden=False)
    assert caught.value.code == "hidden_unknown"


@pytest.mark.parametrize("flag", [b'hidden="1"', b"hidden='true'"])
@pytest.mark.parametrize("tag", [b"row", b"x:row"])
def test_a_hidden_row_is_found_wherever_its_sheet_is_cut_into_pieces(tag: bytes, flag: bytes) -> None:
    text = b'<col hidden="1"/>' + b"".join(
        b'<%s r="%d" spans="1:2" %s><c r="A%d"/></%s>' % (tag, line, flag if line % 2 else b'hidden="0"', line, tag)
        for line in range(1, 8)
    )
    for size in (1, 7, 64, 2_000):
        found = HiddenRows()
        for start in range(0, len(text), size):
            found.feed(text[start : start + size])
        assert list(found.lines) == [1, 3, 5, 7]


def test_the_report_says_it_too(filtered: Path, tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    with open_table(filtered) as table:
        report = Report(path, table.columns)
        told(table)
        report.close(table.hidden_told)
    summary = CalamineWorkbook.from_path(path).get_sheet_by_name("汇总 summary").to_python()
    assert str(summary[len(OUTCOMES) + 1][0]).startswith("2 行在文件中被隐藏")


def test_the_command_says_it_and_hands_on_what_was_asked_for(
    filtered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stores are away: the table is read through, and nothing is judged."""

    async def read(_: object, table: Table, *_args: object, **_options: object) -> dict[str, int]:
        told(table)
        return command.Counter(new=4)

    monkeypatch.setattr(command, "import_table", read)
    said = CliRunner().invoke(main, ["import", str(filtered), "--dry-run"])
    assert said.exit_code == 0, said.output
    assert "2 rows are hidden or filtered out in the file and were read" in said.stderr
    assert "hidden sheets not read, choose one with --sheet: 旧名单" in said.stderr
    options = ["--dry-run", "--no-hidden", "--report", str(tmp_path / "r.xlsx")]
    left_out = CliRunner().invoke(main, ["import", str(filtered), *options])
    assert left_out.exit_code == 0, left_out.output
    assert "2 rows are hidden or filtered out in the file and were left out" in left_out.stderr


def test_hidden_rows_are_those_of_their_sheet(filtered: Path) -> None:
    found = check(filtered).hidden
    assert {name: list(lines) for name, lines in found.items()} == {"说明": [4], "客户 & 名单": [3, 5, 8, 9]}


@pytest.mark.timeout(15)
@pytest.mark.parametrize(
    ("part", "beginning", "again"),
    [
        ("xl/worksheets/sheet1.xml", b"hidden", b"<row "),
        ("xl/worksheets/sheet1.xml", b"<f", b"<c "),
        ("xl/workbook.xml", b"", b"<workbookPr "),
        ("xl/workbook.xml", b"", b"<sheet "),
        ("xl/workbook.xml", b"<sheet ", b"a"),
        ("xl/_rels/workbook.xml.rels", b"", b"<Relationship "),
    ],
)
def test_tags_without_end_are_read_no_longer_than_others(
    tmp_path: Path, part: str, beginning: bytes, again: bytes
) -> None:
    hidden = b'<row r="2" hidden="1"></row>'
    path = tmp_path / "a.xlsx"
    names = dict.fromkeys(("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"), b"")
    names["xl/worksheets/sheet2.xml"] = hidden
    names[part] = beginning + again * (3 * 2**20 // len(again)) + (b">" if beginning else b"")
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, text in names.items():
            archive.writestr(name, text)
    assert check(path).kind == "xlsx"
