"""Tables for tests of import: workbooks made here, and an import on the shipped fakes."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

from processors.cleansing.record import CleansingOptions
from schemas.rules import RuleBook
from sinks.records import Record
from streams.importing.drafting import drafters, drafting
from streams.importing.events import Batch
from streams.importing.judging import FullLibrary, Judge
from streams.importing.outcomes import Judged
from streams.importing.run import Send, run
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
) -> Imported:
    """Import a file over a library; what is sent is kept, or given to `send`."""
    result = Imported()

    async def keep(records: Sequence[Record]) -> None:
        if send is not None:
            await send(records)
        result.sent += records

    with open_table(path) as table:
        options = CleansingOptions(rules.cleansing)
        batch = Batch(table.columns, options, table.name, table.digest, table.sheet, "import", at, "touchpoints")
        judge = Judge(library, batch, rules.identity)
        with drafters(processes) as pool:
            sending, drafts = None if dry_run else keep, drafting(batch, pool)
            result.counts = await run(table.rows(), drafts, judge, sending, result.judged.extend, at_once)
        judge.close()
    return result
