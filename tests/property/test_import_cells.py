"""Whatever stands in a cell: nothing raises, nothing computes, and what is written can be read again."""

import asyncio
import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given, settings
from hypothesis import strategies as st

from processors.cleanse import Cleansed, cleanse
from processors.cleansing.record import CleansingOptions
from processors.decode import decode
from schemas.touchpoint import Touchpoint
from sinks.memory import MemoryLibrary
from streams.importing.cells import FORMULA, harmless, text_of
from streams.importing.columns import find_columns
from streams.importing.events import Batch
from streams.importing.headings import field_of
from streams.importing.problems import FileProblem
from streams.importing.report import Report
from streams.importing.tables import Row, open_table
from tests.events import CODEC
from tests.tables import AT, RULES, imported, workbook

HOSTILE = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=60),
    st.sampled_from(["=1+1", "@x", "-2+3", "\t=1", "'=1", '="1"', "#REF!", "+86 138 0013 8000", "138****8000"]),
    st.sampled_from(["\x00", "\ufffe", "\u202e", "a" * 70_000, "${jndi:ldap://x}", "<script>", "Ａ１\u0301", "%s%n"]),
)  # fmt: skip
CELLS = st.one_of(HOSTILE, st.floats(), st.integers(), st.booleans(), st.datetimes(), st.dates(), st.none())
OPTIONS = CleansingOptions(RULES.cleansing)
HEADINGS = ["姓名", "手机", "邮箱", "微信", "身份证", "备注", "公司"]


def batch() -> Batch:
    return Batch(find_columns([(1, HEADINGS)]), OPTIONS, "a.csv", "00", "", "import", AT, "touchpoints")


@given(CELLS)
def test_a_cell_becomes_text_once_and_for_all(value: object) -> None:
    text = text_of(value)  # type: ignore[arg-type]
    assert len(text) <= 4_000
    assert "\x00" not in text
    text.encode()


@given(HOSTILE)
@example("'\n0")
@example("'\n'=1")
def test_a_harmless_text_never_computes_and_is_read_as_it_was(text: str) -> None:
    text = text_of(text)
    shown = harmless(text)
    assert not shown.startswith(FORMULA)
    if not text.startswith('="'):
        assert text_of(shown) == text_of(text)


@given(HOSTILE)
def test_any_heading_means_a_field_or_nothing(text: str) -> None:
    found = field_of(text)
    assert found is None or found == field_of(text)


@example(["张三", "0571-88123456", "info@firm.example"])
@given(st.lists(CELLS, max_size=8))
def test_a_row_is_a_valid_touchpoint_or_refused_with_a_reason(cells: list[object]) -> None:
    made = batch()
    draft = made.draft(Row(2, [text_of(cell) for cell in cells]))  # type: ignore[arg-type]
    if draft.refusal is not None:
        assert draft.refusal.reason != "internal"
        return
    decided = frozenset({"phone", "wechat", "id_number"})
    for record, verified in ((made.record(draft), frozenset()), (made.record(draft, decided, 1), decided)):
        sent = decode(record.value, "application/json", AT + 60_000, CODEC)
        assert isinstance(sent, Touchpoint)
        again = cleanse(sent, OPTIONS)
        assert isinstance(again, Cleansed)
        told = {known.key for known in draft.shared if known.key.kind in verified}  # what was decided is no office's
        assert {known.key for known in again.subject.ids} == {known.key for known in draft.ids} | told
        assert {known.key for known in again.subject.contacts} == {known.key for known in (*draft.ids, *draft.shared)}
        assert draft.values.items() <= again.data["row"].items()
        assert record.key == draft.key


@settings(max_examples=15)
@given(st.lists(st.lists(HOSTILE, min_size=7, max_size=7), max_size=12))
def test_a_table_of_anything_is_judged_and_reported(rows: list[list[str]]) -> None:
    with TemporaryDirectory() as folder:
        text = io.StringIO()
        csv.writer(text).writerows([HEADINGS, *rows])
        file, target = Path(folder) / "a.csv", Path(folder) / "r.xlsx"
        file.write_text(text.getvalue(), encoding="utf-8-sig", newline="")
        result = asyncio.run(imported(file, MemoryLibrary()))
        assert sum(result.counts.values()) == len(result.judged)
        assert len(result.sent) == sum(one.record is not None for one in result.judged)
        with open_table(file) as table:
            report = Report(target, table.columns)
            report.add(result.judged)
            report.close()
        assert target.stat().st_size > 0


@settings(max_examples=40)
@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"PK\x03\x04", b"name,phone\n", b"\xff\xfe", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]),
)
def test_any_bytes_are_a_table_or_a_clear_problem(content: bytes, start: bytes) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "a.xlsx"
        file.write_bytes(start + content)
        try:
            with open_table(file) as table:
                for row in table.rows():
                    table.columns.row(row.cells)
        except FileProblem as problem:
            said = problem.said
        else:
            return
        assert said.zh
        assert said.en


def test_a_workbook_with_every_odd_number(tmp_path: Path) -> None:
    file = workbook(
        tmp_path / "a.xlsx", [["手机", "备注"], [13800138000, 1e300], [1.38e10, -0.0], [13900139000.5, True]]
    )
    with open_table(file) as table:
        assert [row.cells[0] for row in table.rows()] == ["13800138000", "13800000000", "13900139000.5"]
