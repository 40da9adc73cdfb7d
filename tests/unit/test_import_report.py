"""Reports and exports: every cell is text, both sides of a conflict stand side by side, what is hidden is hidden."""

import csv
from collections.abc import AsyncGenerator
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml
from click.testing import CliRunner
from python_calamine import CalamineWorkbook

from processors.detectors.lead import FIELD_NAMES
from sinks.base import SinkUnavailable
from sinks.memory import MemoryLibrary
from sinks.read import LeadRow
from streams.cli import main
from streams.commands import import_
from streams.exporting.tables import HEADINGS, LANGUAGES, Language, export, open_target, row_of
from streams.importing import book
from streams.importing.cells import text_of
from streams.importing.outcomes import NAMES, NEWER_WINS, OUTCOMES, VERIFIED, Difference, Judged
from streams.importing.problems import Said
from streams.importing.report import Report
from streams.importing.saved_map import read_map
from streams.importing.tables import Row, open_table
from tests.tables import imported, workbook

pytestmark = pytest.mark.anyio
EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x.example","y")', "http://x.example", "{=1}", "a\tb"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def sheets(file: Path) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_path(file)
    return {name: list(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names}


def has_no_formula(file: Path) -> bool:
    with ZipFile(file) as archive:
        pages = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/")]
    return not any(b"<f>" in page or b"<hyperlink" in page for page in pages)


async def test_a_sheet_per_outcome_with_reasons_and_nothing_that_computes(tmp_path: Path) -> None:
    rows: list[list[object]] = [["姓名", "手机", "备注"]]
    rows += [[f"{'赵钱孙李周吴郑王冯陈'[number]}建国", 13800138000 + number, evil] for number, evil in enumerate(EVIL)]
    file = workbook(tmp_path / "a.xlsx", [*rows, ["李四", 13800138000, "=1"], ["x", "none", "=2"]])
    target = tmp_path / "report.xlsx"
    result = await imported(file, MemoryLibrary())
    with open_table(file) as table:
        written = Report(target, table.columns)
        written.add(result.judged)
        written.close()
    found = sheets(target)
    assert list(found) == [*(f"{NAMES[outcome].zh} {outcome}" for outcome in OUTCOMES), "汇总 summary"]
    assert [row[-1] for row in found["新增 new"][1:]] == EVIL
    (conflict,) = found["冲突 conflict"][1:]
    assert conflict[:3] == ["", "姓名/name: 赵建国", "姓名/name: 李四"]
    (rejected,) = found["拒绝 rejected"][1:]
    assert "联系方式" in str(rejected[1])
    assert ["更新 / update", "0"] in found["汇总 summary"]
    assert ["未识别的列 / columns not understood", "备注"] in found["汇总 summary"]
    assert has_no_formula(target)


def test_a_report_goes_on_in_another_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "MOST_ROWS", 3)
    with open_table(workbook(tmp_path / "a.xlsx", [["手机"], ["1"]])) as table:
        written = Report(tmp_path / "r.xlsx", table.columns)
    difference = Difference("phone", "x" * 40_000, "y", VERIFIED)
    judged = [Judged(Row(n, ["1"]), "conflict", Said("理由", "why"), None, (difference,)) for n in range(5)]
    written.add(judged)
    written.close()
    found = sheets(tmp_path / "r.xlsx")
    assert [len(found[name]) for name in ("冲突 conflict", "冲突 conflict 2", "冲突 conflict 3")] == [3, 3, 2]
    assert set(OUTCOMES) <= {name.split()[1] for name in found}


EVIL_LEAD = {"name": "=cmd|'/C calc'!A0", "phone": "+8613800138000", "region": "华东", "company": "蓝海"}
LEADS = [
    LeadRow("lead:a", EVIL_LEAD, 0, 1, 2),
    LeadRow("lead:b", {"email": "zhang@example.cn", "address": "文三路1号", "company": "蓝海 13800138000"}, 0, 1, 2),
]


async def some_leads() -> AsyncGenerator[list[LeadRow]]:
    for lead in LEADS:
        yield [lead]


@pytest.mark.parametrize("name", ["out.csv", "out.xlsx"])
@pytest.mark.parametrize("masked", [True, False])
async def test_an_export_holds_no_formulas_and_is_masked(tmp_path: Path, name: str, masked: bool) -> None:
    target = open_target(tmp_path / name)
    heard: list[int] = []
    assert await export(some_leads(), target, masked=masked, progress=heard.append) == 2
    target.close()
    assert heard == [1, 1]
    if name.endswith(".csv"):
        content = (tmp_path / name).read_text(encoding="utf-8-sig")
        cells = list(csv.reader(content.splitlines()))
        assert not any(cell.startswith(("=", "+", "-", "@")) for row in cells for cell in row)
        cells = [[text_of(cell) for cell in row] for row in cells]
    else:
        assert has_no_formula(tmp_path / name)
        cells = [[str(cell) for cell in row] for row in sheets(tmp_path / name)["leads"]]
    first = dict(zip(HEADINGS["zh"], cells[1], strict=False))
    expected = ("=*", "+86138****8000") if masked else ("=cmd|'/C calc'!A0", "+8613800138000")
    assert (first["姓名"], first["电话"]) == expected
    second = dict(zip(HEADINGS["zh"], cells[2], strict=False))
    assert second["公司"] == ("蓝海 138****8000" if masked else "蓝海 13800138000")
    assert (first["区域"], first["公司"], first["线索编号"]) == ("华东", "蓝海", "lead:a")


def test_a_report_that_cannot_be_written_is_noticed_before_anything_is_sent(tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_text("name,phone\n张三,13800138000\n", encoding="utf-8")
    command = ["import", str(file), "--report", str(tmp_path / "nowhere" / "r.xlsx")]
    result = CliRunner().invoke(main, command, env={"WHETSTONE_POSTGRES_DSN": "never asked"})
    assert result.exit_code == 1
    assert "nowhere/r.xlsx" in result.output
    with open_table(file) as table, pytest.raises(FileNotFoundError):
        Report(tmp_path / "nowhere" / "r.xlsx", table.columns)


def conflicts(path: Path, written: Path) -> Report:
    """Return a report of three conflicts, two with the library and one within the file, and of an update."""
    with open_table(workbook(path, [["手机"], ["1"]])) as table:
        found = Report(written, table.columns)
    for lead, where in (("lead:a", VERIFIED), ("lead:b", 3), ("lead:c", NEWER_WINS)):
        found.add([Judged(Row(2, ["1"]), "conflict", Said("", ""), lead, (Difference("phone", "x", "y", where),))])
    found.add([Judged(Row(2, ["1"]), "update", Said("", ""), "lead:d", (Difference("phone", "x", "y", VERIFIED),))])
    return found


def test_whose_leads_a_report_shows_is_written_down_before_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []

    async def disclosed(who: str, leads: list[str]) -> None:
        told.append((who, leads, (tmp_path / "r.xlsx").stat().st_size))

    monkeypatch.setattr(import_, "_disclosed", disclosed)
    import_._give(conflicts(tmp_path / "a.xlsx", tmp_path / "r.xlsx"), "li")
    assert told == [("li", ["lead:a", "lead:c"], 0)]
    assert "冲突 conflict" in sheets(tmp_path / "r.xlsx")


def test_a_report_of_which_nobody_can_write_down_who_saw_it_is_not_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise SinkUnavailable("postgres", "away")

    monkeypatch.setattr(import_, "_disclosed", away)
    for name, before in (("new.xlsx", None), ("old.xlsx", b"before")):
        if before:
            (tmp_path / name).write_bytes(before)
        with pytest.raises(SinkUnavailable):
            import_._give(conflicts(tmp_path / "a.xlsx", tmp_path / name), "li")
        assert ((tmp_path / name).read_bytes() if (tmp_path / name).exists() else None) == before
    assert not list(tmp_path.glob("*.part"))


def test_a_report_says_how_rejected_rows_that_were_mended_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    conflicts(tmp_path / "a.xlsx", tmp_path / "r.xlsx").close()
    for sheet, told in ((None, True), ("拒绝 rejected", False)):
        with open_table(tmp_path / "r.xlsx", None, sheet) as table:
            import_._describe(table)
        assert ("--sheet '拒绝 rejected'" in capsys.readouterr().err) == told


def test_a_report_names_ids_of_a_system_that_differ(tmp_path: Path) -> None:
    with open_table(workbook(tmp_path / "a.xlsx", [["手机"], ["1"]])) as table:
        written = Report(tmp_path / "r.xlsx", table.columns)
    differences = (Difference("crm:sap", "C1", "C2", VERIFIED), Difference("customer", "K1", "K2", 3))
    written.add([Judged(Row(2, ["1"]), "conflict", Said("", ""), "lead:a", differences)])
    written.close()
    (conflict,) = sheets(tmp_path / "r.xlsx")["冲突 conflict"][1:]
    assert conflict[1:3] == ["crm:sap: C1\n客户号/customer number: K1", "crm:sap: C2\n客户号/customer number: K2"]


def test_each_column_that_is_read_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = read_map("crm:sap: 编号\nextra.stage: 阶段\nphone: 联络\n")
    with open_table(workbook(tmp_path / "a.xlsx", [["编号", "阶段", "联络"], ["C1", "二", "1"]]), saved) as table:
        import_._describe(table)
    told = capsys.readouterr().err
    assert [line for line in told.splitlines() if "←" in line] == [
        "  phone ← 联络", "  crm:sap ← 编号", "  extra.stage ← 阶段"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("option", "name", "why"),
    [
        ("--report", "客户.csv", "the file that is imported"),
        ("--save-map", "客户.csv", "the file that is imported"),
        ("--report", "r.csv", "ends in .xlsx"),
    ],
)
def test_an_import_never_writes_over_its_own_file(tmp_path: Path, option: str, name: str, why: str) -> None:
    file = tmp_path / "客户.csv"
    file.write_text("name,phone\n张三,13800138000\n", encoding="utf-8")
    result = CliRunner().invoke(main, ["import", str(file), "--dry-run", option, str(tmp_path / name)])
    assert result.exit_code == 2
    assert why in result.output
    assert [each.name for each in tmp_path.iterdir()] == ["客户.csv"]
    assert file.read_text(encoding="utf-8") == "name,phone\n张三,13800138000\n"


def test_what_is_exported_in_full_can_be_imported(tmp_path: Path) -> None:
    target = open_target(tmp_path / "out.csv")
    target.write(HEADINGS["zh"])
    target.write(row_of(LEADS[0], masked=False))
    target.close()
    with open_table(tmp_path / "out.csv") as table:
        (row,) = table.rows()
        assert table.columns.row(row.cells)["phone"] == "+8613800138000"


EVERYTHING = {
    "name": "王伟", "phone": "+8613800138000", "email": "wang@example.cn", "wechat": "wang_wei", "qq": "12345678",
    "douyin": "wang.dy", "kuaishou": "wang.ks", "company": "蓝海", "title": "经理", "address": "文三路1号",
    "birth_date": "1990-01-02", "id_number": "id1-0", "postcode": "310000", "location": "geo:30,120",
    "region": "华东", "interest": "CRM", "phone_masked": "138****8000",
    "phone_others": "+8613900139000; +861066400034 ext. 801",
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["out.csv", "out.xlsx"])
async def test_an_export_imports_again_with_its_headings_in_either_language(
    tmp_path: Path, name: str, language: Language
) -> None:
    assert set(EVERYTHING) == set(FIELD_NAMES)

    async def leads() -> AsyncGenerator[list[LeadRow]]:
        yield [LeadRow("lead:a", {**EVERYTHING, "merged_into": "lead:b"}, 0, 1, 2)]

    target = open_target(tmp_path / name)
    await export(leads(), target, masked=False, progress=lambda _: None, language=language)
    target.close()
    with open_table(tmp_path / name) as table:
        (row,) = table.rows()
        found = table.columns.row(row.cells)
        assert set(table.columns.unknown) < set(HEADINGS[language])
    told = (EVERYTHING[name] for name in ("phone", "phone_masked", "phone_others"))
    expected = EVERYTHING | {"phone": " / ".join(told)}
    for name in ("phone_masked", "phone_others"):
        expected.pop(name)
    assert {name: found[name] for name in expected} == expected


def test_headings_and_the_next_field_follow_the_reader() -> None:
    assert len(HEADINGS["zh"]) == len(HEADINGS["en"]) == len(set(HEADINGS["zh"])) == len(set(HEADINGS["en"]))
    assert not any(heading.isascii() for heading in HEADINGS["zh"] if heading != "QQ")
    assert all(heading.isascii() for heading in HEADINGS["en"])
    rows = {
        each: dict(zip(HEADINGS[each], row_of(LEADS[1], masked=True, language=each), strict=True)) for each in LANGUAGES
    }
    assert (rows["zh"]["待补信息"], rows["en"]["next_field"]) == ("电话", "phone")


def test_an_export_tells_facets_but_none_of_digits_that_it_hides() -> None:
    lead = LeadRow("lead:a", {"phone": "+8613800138000", "title": "采购总监"}, 0, 1, 2)
    names = ("号码类型", "运营商", "号码归属地", "职级", "职能")
    whole, hidden = (dict(zip(HEADINGS["zh"], row_of(lead, masked=each), strict=True)) for each in (False, True))
    assert [whole[name] for name in names] == ["手机", "中国移动", "北京", "高管", "采购"]
    assert [hidden[name] for name in names] == ["手机", "", "", "高管", "采购"]


def test_a_broken_export_leaves_no_file(tmp_path: Path) -> None:
    for name in ("out.csv", "out.xlsx"):
        target = open_target(tmp_path / name)
        target.write(HEADINGS["zh"])
        target.discard()
    assert list(tmp_path.iterdir()) == []


def test_an_export_goes_on_in_another_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "MOST_ROWS", 3)
    target = open_target(tmp_path / "out.xlsx")
    for text in "habcd":
        target.write([text])
    target.close()
    assert sheets(tmp_path / "out.xlsx") == {"leads": [["h"], ["a"], ["b"]], "leads 2": [["h"], ["c"], ["d"]]}


def test_a_mapping_is_plain_yaml(tmp_path: Path) -> None:
    with open_table(workbook(tmp_path / "a.xlsx", [["姓名", "手机", "座机", "备注"], ["x", "1", "2", "3"]])) as table:
        text = table.columns.as_yaml()
    assert yaml.safe_load(text) == {"name": "姓名", "phone": ["手机", "座机"], "extra.备注": "备注"}


async def test_numbers_beside_the_phone_stand_in_the_report(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["姓名", "手机", "公司电话"],
        ["张三", "13800138000", "010-66400034转801"],
        ["李四", "0571-88886666转12", ""],
        ["王五", "13900139000", ""],
        ["张三", "13800138000/13700137000", "0571-88886666"],
    ]
    file, target = workbook(tmp_path / "a.xlsx", rows), tmp_path / "report.xlsx"
    result = await imported(file, MemoryLibrary())
    with open_table(file) as table:
        written = Report(target, table.columns)
        written.add(result.judged)
        written.close()
    found = sheets(target)
    header, *new = found["新增 new"]
    place = header.index("※其他号码/other numbers")
    assert [row[place] for row in new] == ["+861066400034 ext. 801", "+8657188886666 ext. 12", ""]
    assert [row[place] for row in found["更新 update"][1:]] == ["+8613700137000; +8657188886666"]
    with open_table(target, sheet="新增 new") as table:
        assert table.columns.row(next(table.rows()).cells)["phone"] == "13800138000 / 010-66400034转801"
