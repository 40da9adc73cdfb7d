"""Reading tables: encodings, headers, mappings, merged cells, and files that must not be read."""

import datetime
import gc
import random
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import xlsxwriter

from processors.cleansing.when import clean_date
from streams.importing import guard
from streams.importing.columns import Columns, find_columns
from streams.importing.guard import check
from streams.importing.headings import field_of
from streams.importing.problems import TEXTS, FileProblem, Said
from streams.importing.saved_map import read_map
from streams.importing.tables import open_table
from tests.tables import workbook

TEXT = "姓名,手机号,公司,备注\n李雷,13800138000,蓝海科技有限公司,常客\n韩梅梅,13900139000,一二三商贸行,回访\n"
TRADITIONAL = "姓名,電話,公司,備註\n陳大文,0912345678,臺灣科技股份有限公司,這是常來的客戶\n"


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("姓名", "name"), ("* 客户姓名（必填）", "name"), ("Full Name", "name"), ("联 系 人", "name"),
        ("手机号", "phone"), ("手機號碼", "phone"), ("联系电话1", "phone"), ("掩码电话", "phone"),
        ("Tel.", "phone"), ("Mobile No.", "phone"),
        ("手机/Mobile", "phone"), ("E-mail", "email"), ("電郵", "email"), ("微信号", "wechat"), ("ＱＱ", "qq"),
        ("抖音号", "douyin"), ("快手ID", "kuaishou"), ("单位名称", "company"), ("Job Title", "title"),
        ("通讯地址", "address"), ("身份证号码", "id_number"), ("出生年月", "birth_date"), ("邮政编码", "postcode"),
        ("所属大区", "region"), ("意向产品", "interest"), ("姓名/手机", "name"),
        ("姓名/金额", None), ("电话/微信", "phone"), ("联系人及职务", "name"), ("金额", None), ("", None),
        ("※行/line", None), ("手" * 50, None), ("区", "address"), ("所在地区", "address"), ("省市区", "address"),
    ],
)  # fmt: skip
def test_headings_mean_fields(heading: str, field: str | None) -> None:
    assert field_of(heading) == field


def test_a_column_of_names_and_numbers_is_read_as_both() -> None:
    columns = header(["姓名/手机", "备注"])
    assert columns.row(["李雷 13800138000", ""]) == {"name": "李雷 13800138000", "phone": "李雷 13800138000"}
    assert header(["姓名及职务", "手机/微信/QQ"]).fields == {"name": (0,), "phone": (1,)}


def test_columns_of_one_heading_that_is_not_understood_are_all_kept() -> None:
    columns = header(["手机", "备注", "备注", "备注 2", "备注"])
    assert columns.row(["13800138000", "甲", "乙", "丙", "丁"]) == {
        "phone": "13800138000", "备注": "甲", "备注 3": "乙", "备注 2": "丙", "备注 4": "丁",
    }  # fmt: skip


def test_an_apostrophe_that_keeps_digits_a_text_is_none_of_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("姓名,手机,生日\n'N Diaye,'13800138000,'1990-01-01\n", encoding="utf-8")
    with open_table(path) as table:
        (row,) = table.rows()
    assert row.cells == ["'N Diaye", "13800138000", "1990-01-01"]


def test_the_sheets_that_are_not_read_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for name in ("华东", "华南", "模板"):
            page = book.add_worksheet(name)
            page.write_row(0, 0, ["姓名", "手机"])
        page.hide()
    with open_table(path) as table:
        assert (table.sheet, table.others) == ("华东", ("华南",))
    with open_table(path, sheet="华南") as table:
        assert table.others == ()


def test_beside_a_contact_the_customer_is_the_firm() -> None:
    both = header(["客户名称", "联系人", "电话"])
    assert both.row(["蓝海科技有限公司", "李雷", "1"]) == {"company": "蓝海科技有限公司", "name": "李雷", "phone": "1"}
    assert header(["Customer Name", "电话"]).fields["name"] == (0,)
    assert header(["客户姓名", "联系人", "电话"]).fields["name"] == (0, 1)
    three = header(["客户名称", "联系人", "公司", "电话"])
    assert three.row(["蓝海", "李雷", "蓝海科技", "1"]) == {
        "company": "蓝海科技", "name": "李雷", "phone": "1", "客户名称": "蓝海",
    }  # fmt: skip
    assert three.unknown == ("客户名称",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_csv_in_any_common_encoding(tmp_path: Path, encoding: str, delimiter: str) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(TEXT.replace(",", delimiter).encode(encoding))
    assert rows_of(file) == [
        {"name": "李雷", "phone": "13800138000", "company": "蓝海科技有限公司", "备注": "常客"},
        {"name": "韩梅梅", "phone": "13900139000", "company": "一二三商贸行", "备注": "回访"},
    ]


def test_big5_is_told_from_gb18030(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(TRADITIONAL.encode("big5"))
    assert rows_of(file)[0]["company"] == "臺灣科技股份有限公司"


def test_an_encoding_shows_late_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"name,phone\n" + b"Li,13800138000\n" * 100_000 + "韩梅梅,13900139000\n".encode("gb18030"))
    with open_table(file) as table:
        assert list(table.rows())[-1].cells == ["韩梅梅", "13900139000"]
        assert table.done() == 1.0


def test_text_in_no_encoding_names_the_line(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"name,phone\nLi,1\nHan,\xff\xff\xff\n")
    assert problem(file).code == "encoding"
    assert "3" in problem(file).said.zh


def test_quoted_line_breaks_and_excels_own_quoting(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text('name,phone,note\n"Li\nLei","=""013800138000""",x\nHan,\'+8613900139000,y\n', encoding="utf-8")
    with open_table(file) as table:
        found = list(table.rows())
    assert [row.line for row in found] == [2, 4]
    assert [row.cells[1] for row in found] == ["013800138000", "+8613900139000"]


def test_title_rows_merged_headings_and_merged_cells(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    book.add_worksheet("说明").write(0, 0, "没有表头")
    hidden = book.add_worksheet("旧")
    hidden.write_row(0, 0, ["姓名", "手机"])
    hidden.hide()
    page = book.add_worksheet("客户")
    page.merge_range(1, 1, 1, 5, "2026 年客户姓名与电话登记表")
    page.merge_range(2, 1, 3, 1, "姓名")
    page.merge_range(2, 2, 2, 3, "联系方式")
    page.write_row(3, 2, ["手机", "邮箱", "公司", "成交 金额"])
    page.write_row(4, 1, ["张三", 13800138000, "a@x.cn", "", 12.5])
    page.merge_range(4, 4, 5, 4, "蓝海科技")
    page.write_row(5, 1, ["李四", 13900139000])
    book.close()
    with open_table(tmp_path / "a.xlsx") as table:
        assert (table.sheet, table.columns.line, table.columns.unknown) == ("客户", 4, ("成交 金额",))
        found = {row.line: table.columns.row(row.cells) for row in table.rows()}
    assert found == {
        5: {
            "name": "张三",
            "phone": "13800138000",
            "email": "a@x.cn",
            "company": "蓝海科技",
            "成交 金额": "12.5",
        },
        6: {"name": "李四", "phone": "13900139000", "company": "蓝海科技"},
    }


def test_a_header_of_two_rows_and_a_column_without_heading(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["客户登记表", "客户登记表"],
        ["序号", "基本信息", "", "联系方式", "", "备注"],
        ["", "姓名", "公司", "手机", "邮箱"],
        [1, "张三", "蓝海科技", 13800138000, "a@x.cn", "老客户", "无题"],
    ]
    with open_table(workbook(tmp_path / "a.xlsx", rows)) as table:
        columns = table.columns
        assert (columns.line, columns.unknown, columns.nameless) == (3, ("序号", "备注"), ("无题",))
        (row,) = table.rows()
    assert columns.row(row.cells) == {
        "name": "张三", "company": "蓝海科技", "phone": "13800138000", "email": "a@x.cn",
        "序号": "1", "备注": "老客户",
    }  # fmt: skip


def test_several_columns_of_a_field() -> None:
    columns = header(["姓名", "手机", "固定电话", "省", "市", "详细地址", "邮箱1", "邮箱2"])
    assert columns.row(["张", "138", "010-1", "浙江省", "杭州市", "文三路1号", "", "b@x.cn"]) == {
        "name": "张", "phone": "138 / 010-1", "address": "浙江省 杭州市 文三路1号", "email": "b@x.cn",
    }  # fmt: skip


def test_a_saved_mapping_overrides_and_can_be_saved_again(tmp_path: Path) -> None:
    saved = read_map("name: [姓, 名]\nphone: 联络\nextra.stage: 阶段\nignore: [内部]\n")
    file = workbook(
        tmp_path / "a.xlsx", [["姓", "名", "联络", "阶段", "内部", "邮箱"], ["李", "雷", "138", "二", "x", "e"]]
    )
    expected = {"name": "李 雷", "phone": "138", "stage": "二", "email": "e"}
    with open_table(file, saved) as table:
        assert [table.columns.row(row.cells) for row in table.rows()] == [expected]
        again = read_map(table.columns.as_yaml())
    with open_table(file, again) as table:
        (row,) = table.rows()
        assert expected.items() <= table.columns.row(row.cells).items()


@pytest.mark.parametrize("text", ["", "[]", "a: [", "phone: 3", "nonsense: x", "extra.: x", "phone: [1]"])
def test_a_mapping_that_is_none(text: str) -> None:
    with pytest.raises(FileProblem, match="cannot be used"):
        read_map(text)


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("fone: 手机", "没有“fone”这个字段；可用：name, phone", "there is no field 'fone'; there are: name, phone"),
        ("- name", "每行应为“字段: 表头”，如 name: 姓名", "each line is FIELD: HEADING, such as name: 姓名"),
        ("phone: 3", "“phone”后应为一个或一列表头", "behind phone stands a heading, or a list of headings"),
        ("crm:sap: [a, b]", "“crm:sap”是编号，只能对应一列", "crm:sap is an identifier, which stands in one column"),
    ],
)
def test_a_slip_in_a_mapping_is_said_in_both_languages(text: str, zh: str, en: str) -> None:
    with pytest.raises(FileProblem) as caught:
        read_map(text)
    assert caught.value.said.zh.startswith(f"映射文件有误：{zh}")
    assert caught.value.said.en.startswith(f"the mapping cannot be used: {en}")


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([["a", "b"], ["c", "d"]], "no_header"),
        ([["姓名", "公司"], ["张三", "x"]], "no_contact"),
        ([[], [], []], "empty"),
        ([["姓名"] + ["x"] * 600 + ["手机"]], "too_many_columns"),
    ],
)
def test_tables_that_cannot_be_imported(tmp_path: Path, rows: list[list[object]], code: str) -> None:
    assert problem(workbook(tmp_path / "a.xlsx", rows)).code == code


def test_what_the_mapping_and_the_command_line_name_must_be_there(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", [["姓名", "手机"], ["x", "1"]])
    with pytest.raises(FileProblem, match="微信X"):
        open_table(file, read_map("wechat: 微信X"))
    with pytest.raises(FileProblem, match="客户"):
        open_table(file, sheet="nope")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 ...", "unknown_format"),
        (b"name,phone\n\0\0\0\x01x", "unknown_format"),
        ("<html><table><tr><td>姓名</td></tr>".encode(), "web_page"),
        ("\ufeff <!DOCTYPE html>\n<table>".encode("utf-16-le"), "web_page"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">', "web_page"),
        (b"PK\x03\x04 not an archive", "corrupt"),
        (guard.OLE + bytes(600), "corrupt"),
        (guard.OLE + bytes(600) + guard.ENCRYPTED + bytes(600), "password"),
        (b"name,phone\n" + b'"' + b"x" * 2**21, "quote"),
        (b"name,phone\nli,13800138000\n" + b'"wang,13900139000\n' + b"zhao,13700137000\n" * 40, "quote"),
        (b'name,phone\n"li,13800138000\n', "quote"),
    ],
)
def test_files_that_are_no_tables(tmp_path: Path, content: bytes, code: str) -> None:
    file = tmp_path / "a.xlsx"
    file.write_bytes(content)
    with pytest.raises(FileProblem) as caught, open_table(file) as table:
        list(table.rows())
    assert caught.value.code == code


def test_every_cut_of_a_workbook_is_said_to_be_damaged(tmp_path: Path) -> None:
    whole = workbook(tmp_path / "a.xlsx", [["姓名", "手机"], ["张三", "13800138000"]]).read_bytes()
    file = tmp_path / "b.xlsx"
    for size in range(8, len(whole), len(whole) // 12):
        file.write_bytes(whole[:size])
        assert problem(file).code == "corrupt"
    changed = random.Random(7)
    for _ in range(40):
        damaged = bytearray(whole)
        damaged[changed.randrange(len(damaged))] ^= 0xFF
        file.write_bytes(damaged)
        with suppress(FileProblem), open_table(file) as table:  # any other error fails the test
            list(table.rows())


def test_a_directory_that_points_before_the_archive_is_said_to_be_damaged(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", [["姓名", "手机"], ["张三", 13800138000]])
    content = bytearray(file.read_bytes())
    place = content.rindex(b"PK\x05\x06") + 16
    content[place + 2] += 1  # where the directory begins, plus 65,536
    file.write_bytes(content)
    assert problem(file).code in ("corrupt", "corrupt_part")  # later Pythons look at it themselves


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("xl/worksheets/sheet1.xml", lambda xml: xml[: xml.index(b"<sheetData>") + 40], "corrupt_sheet"),
        ("xl/worksheets/sheet1.xml", lambda xml: b"", "corrupt_sheet"),
        ("xl/sharedStrings.xml", lambda xml: xml[:-30], "corrupt"),
        ("xl/workbook.xml", lambda xml: xml[:-60], "corrupt"),
    ],
)
def test_xml_that_is_cut_inside_a_whole_archive_is_told_in_words_of_ours(
    tmp_path: Path, name: str, content: Callable[[bytes], bytes], code: str
) -> None:
    file = workbook(tmp_path / "a.xlsx", [["姓名", "手机"], ["张三", "13800138000"]])
    with zipfile.ZipFile(file) as packed:
        parts = {part: packed.read(part) for part in packed.namelist()}
    archive(file, parts | {name: content(parts[name])})
    found = problem(file)
    assert found.code == code
    assert str(found.said) == str(Said(*(text.format(name="客户") for text in TEXTS[code])))


def test_zip_bombs_are_refused_before_they_are_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "bomb.xlsx"
    archive(file, {"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": bytes(32 * 2**20)})
    assert problem(file).code == "bomb"
    archive(file, {"xl/workbook.xml": b"<x/>", **{f"a{number}": b"" for number in range(50)}})
    monkeypatch.setattr(guard, "MOST_ENTRIES", 20)
    assert problem(file).code == "bomb"


def test_an_archive_that_lies_about_its_sizes_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "liar.xlsx"
    archive(file, {"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": bytes(20 * 2**20)})
    content = file.read_bytes().replace(struct.pack("<I", 20 * 2**20), struct.pack("<I", 1_000))
    file.write_bytes(content)
    assert problem(file).code == "bomb"


def test_a_lonely_cell_far_away_does_not_fill_the_memory(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    page = book.add_worksheet()
    page.write(0, 0, "手机")
    page.write(1_048_575, 16_383, "x")
    book.close()
    assert problem(tmp_path / "a.xlsx").code == "too_many_cells"


@pytest.mark.parametrize("prefix", [b"", b"x:"])
def test_cells_that_do_not_say_where_they_stand_count_too(tmp_path: Path, prefix: bytes) -> None:
    wide = (
        b"<" + prefix + b"row>" + b"".join(b"<%sc t='str'><v>%d</v></%sc>" % (prefix, n, prefix) for n in range(16_000))
    )
    page = wide + b"".join(b"<%srow/><!-- %d -->" % (prefix, n * n) for n in range(2_000))
    for name in ("xl/worksheets/sheet1.xml", "anywhere/else.bin"):
        archive(tmp_path / "a.xlsx", {"xl/workbook.xml": b"<x/>", name: page})
        assert problem(tmp_path / "a.xlsx").code == "too_many_cells"


@pytest.mark.parametrize(
    ("part", "code"),
    [
        (b"<mergeCell ref='A3:B3'/>", "too_many_merges"),
        (b"<x:mergeCell\nref='A3:B3'/>", "too_many_merges"),
        (b"<si><t>a</t></si>", "too_many_strings"),
        (b"<x:si/>", "too_many_strings"),
    ],
)
def test_what_fills_the_memory_of_the_parser_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: bytes, code: str
) -> None:
    monkeypatch.setattr("streams.importing.guard.MOST_MERGES", 99)
    monkeypatch.setattr("streams.importing.guard.MOST_STRINGS", 99)
    archive(tmp_path / "a.xlsx", {"xl/workbook.xml": b"<x/>", "anywhere/else.xml": part * 100})
    assert problem(tmp_path / "a.xlsx").code == code


def test_merged_cells_that_lie_upon_each_other_are_looked_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each reaches from its line to the end, so that line n lies in n of them."""
    rows: list[list[object]] = [["姓名", "手机"], *([f"张{number}", 13800138000] for number in range(300))]
    file = workbook(tmp_path / "a.xlsx", rows)
    tall = "".join(f'<mergeCell ref="A{line}:B400"/>' for line in range(2, 302))
    with zipfile.ZipFile(file) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    page = parts["xl/worksheets/sheet1.xml"]
    merged = f"</sheetData><mergeCells>{tall}</mergeCells>".encode()
    archive(file, parts | {"xl/worksheets/sheet1.xml": page.replace(b"</sheetData>", merged)})
    looked: list[int] = []

    def told(start: int, stop: int) -> range:
        looked.append(stop - start)
        return range(start, stop)

    monkeypatch.setattr("streams.importing.workbook.range", told, raising=False)
    assert [row["name"] for row in rows_of(file)] == [f"张{number}" for number in range(300)]
    assert len(looked) == 300


def test_other_archives_are_no_workbooks(tmp_path: Path) -> None:
    for name in ("word/document.xml", "content.xml", "xl/workbook.bin"):
        archive(tmp_path / "a.xlsx", {"[Content_Types].xml": b"<x/>", name: b"<x/>"})
        assert problem(tmp_path / "a.xlsx").code == "unknown_format"


def test_formulas_are_read_by_their_values_and_refused_when_they_are_the_table(tmp_path: Path) -> None:
    def made(name: str, count: int, value: object) -> Path:
        book = xlsxwriter.Workbook(str(tmp_path / name))
        page = book.add_worksheet()
        page.write_row(0, 0, ["手机", "备注"])
        page.write(1, 0, "13800138000")
        for line in range(count):
            page.write_formula(1 + line, 1, "=HYPERLINK(A1)", None, value)
        book.close()
        return tmp_path / name

    few = made("few.xlsx", 3, "结果")
    assert check(few).formulas == {"Sheet1": 3}
    assert rows_of(few)[0] == {"phone": "13800138000", "备注": "结果"}
    assert problem(made("many.xlsx", 300, "结果")).code == "formulas"


def test_a_text_table_may_be_closed_before_it_is_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(TEXT * 100, encoding="utf-8")
    with open_table(file) as table:
        rows = table.rows()
        next(rows)
    rows.close()  # raised ValueError; where the collector did it, Python printed it
    del rows, table
    gc.collect()  # an "Exception ignored in …" is an error of this test


@pytest.mark.parametrize("from_1904", [False, True])
def test_a_day_that_is_kept_as_a_number_is_counted_from_where_its_workbook_counts(
    tmp_path: Path, from_1904: bool
) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"), {"date_1904": from_1904})
    page = book.add_worksheet()
    page.write_row(0, 0, ["手机", "出生日期", "编号"])
    number = 31_412 if from_1904 else 32_874
    page.write_row(1, 0, ["13800138000", number, number])
    page.write_row(2, 0, ["13900139000"])
    page.write_datetime(2, 1, datetime.date(1990, 1, 1), book.add_format({"num_format": "yyyy-mm-dd"}))
    page.write_row(3, 0, ["13700137000", 1990])
    book.close()
    rows = rows_of(tmp_path / "a.xlsx")
    assert [clean_date(row["birth_date"]).value for row in rows] == ["1990-01-01", "1990-01-01", None]
    assert rows[0]["编号"] == str(number)


def test_an_xls_says_from_where_it_counts(tmp_path: Path) -> None:
    content = (Path(__file__).parent / "data" / "leads.xls").read_bytes()
    file = tmp_path / "a.xls"
    mode = struct.pack("<HHH", 0x22, 2, 0)
    assert content.count(mode) == 1
    for said in (False, True):
        file.write_bytes(content.replace(mode, struct.pack("<HHH", 0x22, 2, said)))
        assert check(file).from_1904 is said


def test_an_old_xls_workbook() -> None:
    found = rows_of(Path(__file__).parent / "data" / "leads.xls")
    assert found == [
        {"name": "张三", "phone": "13800138000", "email": "zhang@example.cn"},
        {"name": "李四", "phone": "13900139000"},
    ]


def test_every_problem_speaks_both_languages() -> None:
    for said in TEXTS.values():
        assert not said.zh.isascii()
        assert said.en.isascii() or "姓名" in said.en or "×" in said.en


def rows_of(file: Path) -> list[dict[str, str]]:
    with open_table(file) as table:
        return [table.columns.row(row.cells) for row in table.rows()]


def problem(file: Path) -> FileProblem:
    with pytest.raises(FileProblem) as caught, open_table(file) as table:
        list(table.rows())
    return caught.value


def header(headings: list[str]) -> Columns:
    return find_columns([(1, headings)])


def archive(file: Path, parts: dict[str, bytes]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
