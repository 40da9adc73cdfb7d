"""Tables for tests of import: workbooks made here, and an import on the shipped fakes."""

import re
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import xlsxwriter

from processors.cleansing.record import CleansingOptions
from schemas.rules import RuleBook
from sinks.records import Record
from streams.importing.drafting import drafters, drafting
from streams.importing.events import Batch
from streams.importing.judging import Judge
from streams.importing.known import FullLibrary
from streams.importing.outcomes import Judged
from streams.importing.run import Send, run
from streams.importing.saved_map import SavedMap
from streams.importing.tables import open_table
from streams.rules import read_rule_book

AT = 1_790_000_000_000
RULES: RuleBook = read_rule_book(None)


def workbook(path: Path, rows: Sequence[Sequence[object]], sheet: str = "客户") -> Path:
    """Write a workbook with one sheet."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    page = book.add_worksheet(sheet)
    for line, cells in enumerate(rows):
        page.write_row(line, 0, cells)
    book.close()
    return path


def uncomputed(path: Path, *cells: str) -> Path:
    """Take the values of formulas out of all sheets of a workbook, as programs write them."""
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    for name in parts:
        for cell in cells:
            old = rf'<c r="{cell}"([^>]*)><f>([^<]*)</f><v>[^<]*</v></c>'
            parts[name] = re.sub(old.encode(), rb'<c r="%s"\1><f>\2</f></c>' % cell.encode(), parts[name])
    return archive(path, parts)


def with_formulas(path: Path, *formulas: tuple[int, int, object], sheet: str = "客户") -> Path:
    """Write a workbook with formulas at (line, column) with their last values, behind a sheet with one."""
    book = xlsxwriter.Workbook(str(path))
    other = book.add_worksheet("计算 & 说明")
    other.write_formula(2, 1, "=1+1", None, 2)
    page = book.add_worksheet(sheet)
    page.write_row(1, 1, ["姓名", "手机", "备注", ""])
    page.write_row(2, 1, ["张三", "13800138000", "a", "b"])
    page.write_row(3, 1, ["李四", "13900139000", "c", "d"])
    for line, column, value in formulas:
        page.write_formula(line, column, "=A1", None, value)
    book.close()
    return path


def archive(path: Path, parts: Mapping[str, bytes]) -> Path:
    """Write an archive of these parts."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return path


class Imported:
    """What came of an import."""

    def __init__(self) -> None:
        self.judged: list[Judged] = []
        self.sent: list[Record] = []
        self.counts: Counter[str] = Counter()

    def outcomes(self) -> dict[int, str]:
        """Return line → outcome."""
        return {one.row.line: one.outcome for one in self.judged}


async def imported(
    path: Path,
    library: FullLibrary,
    *,
    at: int = AT,
    send: Send | None = None,
    at_once: int = 3,
    dry_run: bool = False,
    processes: int = 0,
    rules: RuleBook = RULES,
    saved: SavedMap | None = None,
) -> Imported:
    """Import a file over a library; what is sent is kept, or given to `send`."""
    result = Imported()

    async def keep(records: Sequence[Record]) -> None:
        if send is not None:
            await send(records)
        result.sent += records

    with open_table(path, saved) as table:
        options = CleansingOptions(rules.cleansing)
        batch = Batch(table.columns, options, table.name, table.digest, table.sheet, "import", at, "touchpoints")
        with closing(Judge(library, batch, rules.identity)) as judge, drafters(processes) as pool:
            sending, drafts = None if dry_run else keep, drafting(batch, pool)
            result.counts = await run(table.rows(), drafts, judge, sending, result.judged.extend, at_once)
    return result
