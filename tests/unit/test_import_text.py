"""Text tables as they come: delimiters within texts, files in two encodings, endless lines, headers in two parts."""

from collections.abc import Callable
from pathlib import Path

import pytest

from streams.importing import text_table
from streams.importing.columns import Columns, find_columns
from streams.importing.problems import FileProblem
from streams.importing.saved_map import read_map
from streams.importing.tables import READ_AT_ONCE, open_table
from tests.tables import workbook

SIGNS = "，;|\t,"
PEOPLE = [("张三", "13800138000"), ("李四", "13900139000"), ("王五", "13700137000")]


def rows_of(file: Path, columns: str | None = None) -> list[dict[str, str]]:
    with open_table(file, read_map(columns) if columns else None) as table:
        return [table.columns.row(row.cells) for row in table.rows()]


def problem(file: Path) -> FileProblem:
    with pytest.raises(FileProblem) as raised:
        open_table(file)
    return raised.value


@pytest.mark.parametrize("delimiter", ",\t;|")
@pytest.mark.parametrize("within", SIGNS)
def test_a_delimiter_is_what_parts_the_header_whatever_stands_in_texts(
    tmp_path: Path, delimiter: str, within: str
) -> None:
    file = tmp_path / "a.csv"
    tags = within.join("甲乙丙丁戊己")
    lines = [["姓名", "手机", "标签"], *([name, phone, f'"{tags}"'] for name, phone in PEOPLE)]
    file.write_text("\n".join(delimiter.join(line) for line in lines), encoding="utf-8")
    assert rows_of(file) == [{"name": name, "phone": phone, "标签": tags} for name, phone in PEOPLE]


def test_a_mapping_tells_the_delimiter_too(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(
        "谁,怎么找\n" + "".join(f"{name}，先生，贵宾,{phone}\n" for name, phone in PEOPLE), encoding="utf-8"
    )
    found = rows_of(file, "name: 谁\nphone: 怎么找")
    assert found == [{"name": f"{name}，先生，贵宾", "phone": phone} for name, phone in PEOPLE]


def test_a_space_before_a_quotation_mark_is_none_of_the_text(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text('姓名, "手机", "备注"\n张三, "13800138000", "甲, 乙"\n', encoding="utf-8")
    assert rows_of(file) == [{"name": "张三", "phone": "13800138000", "备注": "甲, 乙"}]


@pytest.mark.parametrize(
    ("first", "second", "utf8", "other"),
    [("utf-8", "gb18030", 1, 4), ("gb18030", "utf-8", 4, 1), ("big5", "utf-8", 4, 1)],
)
def test_a_file_in_two_encodings_is_refused_and_both_places_are_named(
    tmp_path: Path, first: str, second: str, utf8: int, other: int
) -> None:
    file = tmp_path / "a.csv"
    head = "姓名,手机\n張三,13800138000\n林大文,13900139000\n".encode(first)
    file.write_bytes(head + "王小明,13700137000\n".encode(second))
    found = problem(file)
    assert found.code == "mixed_encodings"
    assert f"{utf8} 行附近是 UTF-8，第 {other} 行" in found.said.zh


def test_a_text_that_is_utf8_by_chance_refuses_no_file(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    by_chance = "张三".encode().decode("gb18030")
    text = "姓名,手机\n" + "李小四,13900139000\n" * 20_000
    file.write_text(f"{text}{by_chance},13800138000\n", encoding="gb18030")
    assert rows_of(file)[-1]["name"] == by_chance


def test_a_line_without_end_is_not_read_into_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_table, "LONGEST_LINE", 1_000)
    file = tmp_path / "a.csv"
    file.write_text("姓名,手机\n张三,13800138000\n" + "李四,13900139000," * 100, encoding="utf-8")
    found = problem(file)
    assert (found.code, "3" in found.said.zh) == ("long_line", True)


def test_of_a_header_with_a_million_cells_few_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    monkeypatch.setattr("streams.importing.columns.field_of", looked.append)
    with pytest.raises(FileProblem) as raised:
        find_columns([(1, ["公司规模", *(f"c{number}" for number in range(1_000_000)), "name"])])
    assert raised.value.code == "no_header"
    assert len(looked) < 1_000


def test_of_a_row_without_end_no_more_is_kept_than_a_header_has(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("姓名,手机\n张三,13800138000" + "," * 100_000 + "x\n", encoding="utf-8")
    with open_table(file) as table:
        (row,) = table.rows()
        assert (len(row.cells), table.columns.headings) == (513, ("姓名", "手机"))


def test_a_cell_far_right_of_the_header_refuses_no_file(tmp_path: Path) -> None:
    rows: list[list[object]] = [["姓名", "手机"], ["张三", 13800138000, *[None] * 800, "x"], ["李四", 13900139000]]
    file = workbook(tmp_path / "a.xlsx", rows)
    assert rows_of(file) == [{"name": "张三", "phone": "13800138000"}, {"name": "李四", "phone": "13900139000"}]


def header(*rows: list[str]) -> Columns:
    return find_columns(list(enumerate(rows, 1)))


def test_headings_below_a_common_one_are_the_header() -> None:
    columns = header(
        ["客户名单"],
        ["姓名", "联系方式", "", "公司"],
        ["", "手机", "微信", ""],
        ["张三", "13800138000", "zhang_san", "蓝海"],
    )
    assert columns.line == 3
    assert columns.row(["张三", "13800138000", "zhang_san", "蓝海"]) == {
        "name": "张三", "phone": "13800138000", "wechat": "zhang_san", "company": "蓝海",
    }  # fmt: skip


def test_a_row_of_data_is_no_second_row_of_a_header() -> None:
    columns = header(["姓名", "电话", "备注"], ["客户", "13800138000", "微信"], ["李四", "13900139000", ""])
    assert columns.line == 1


def test_a_word_alone_below_the_header_is_no_heading() -> None:
    columns = header(["序号", "姓名", "手机"], ["微信", "", ""], ["1", "李四", "13900139000"])
    assert (columns.line, columns.fields.keys()) == (1, {"name", "phone"})


def written_over(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


def replaced(file: Path, text: str) -> None:
    other = file.with_name("other")
    other.write_text(text, encoding="utf-8")
    other.replace(file)


def removed(file: Path, _: str) -> None:
    file.unlink()


@pytest.mark.parametrize("change", [written_over, replaced, removed])
@pytest.mark.parametrize("sign", ["", '"'])  # an open quotation mark is no news where the file is another one
def test_rows_of_a_file_that_changes_meanwhile_are_not_taken_for_those_of_the_one_that_was_opened(
    tmp_path: Path, change: Callable[[Path, str], None], sign: str
) -> None:
    file, rows = tmp_path / "a.csv", 20 * READ_AT_ONCE
    file.write_text("手机,备注\n" + "".join(f"{13800000000 + row},甲\n" for row in range(rows)), encoding="utf-8")
    given = []
    with open_table(file) as table:
        reading = table.rows()
        given.append(next(reading))
        change(file, "手机,备注\n" + "".join(f"{13900000000 + row},{sign}乙丙丁\n" for row in range(rows)))
        with pytest.raises(FileProblem) as raised:
            given.extend(reading)
    assert raised.value.code == "changed"
    assert [row.cells[1] for row in given] == ["甲"] * READ_AT_ONCE
