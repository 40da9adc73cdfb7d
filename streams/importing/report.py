"""The report of an import: a workbook with one sheet per outcome, conflicts first and ready to be decided."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from processors.detectors.lead import FIELD_NAMES
from processors.leads.numbers import SEPARATOR
from streams.importing.book import MOST_ROWS, Book, Sheet
from streams.importing.columns import Columns
from streams.importing.deciding import row_id
from streams.importing.headings import DECISION, OWN, ROW_ID
from streams.importing.outcomes import ANOTHER, NAMES, NEWER_WINS, OUTCOMES, VERIFIED, Difference, Judged, Outcome
from streams.importing.problems import Said

LINE, REASON, LEAD = f"{OWN}行/line", f"{OWN}原因/reason", f"{OWN}线索/lead"
NUMBERS = f"{OWN}其他号码/other numbers"
KNOWN, GIVEN = f"{OWN}已有值/known", f"{OWN}文件值/given"
CALLED = {**FIELD_NAMES, "customer": ("客户号", "customer number")}
OF_THE_LIBRARY = (VERIFIED, NEWER_WINS, ANOTHER)  # differences of which one side is what the library holds
CHOICES = ["文件", "库"]
UNFINISHED = Said(
    "导入未完成，其余的行不在本报告中；请再次运行",
    "the import did not come to its end: further rows are not in this report; run it again",
)


class Report:
    """Writes judged rows as they come, in constant memory. The file is whole when it is closed.

    Raises OSError at once where there can be no such file: it would be too late when all rows are sent. `shown` are the
    leads of which it tells what the library holds.
    """

    def __init__(self, path: Path, columns: Columns) -> None:
        with path.open("ab"):
            pass
        self.shown: set[str] = set()
        self._path = path
        self._headings = [heading for heading in columns.headings if not heading.startswith(OWN)]
        self._places = [place for place, heading in enumerate(columns.headings) if not heading.startswith(OWN)]
        self._unknown, self._nameless = columns.unknown, columns.nameless
        self._book = Book(path)
        self._sheets: dict[Outcome, Sheet] = {outcome: self._sheet(outcome, 1) for outcome in OUTCOMES}
        self._counts: Counter[Outcome] = Counter()

    def add(self, judged: Sequence[Judged]) -> None:
        """Write some rows."""
        for one in judged:
            self._counts[one.outcome] += 1
            sheet = self._sheets[one.outcome]
            if sheet.full:
                sheet = self._sheets[one.outcome] = self._sheet(one.outcome, sheet.number + 1)
            sheet.write(self._row(one))
            if one.outcome == "conflict" and one.lead and any(each.where in OF_THE_LIBRARY for each in one.differences):
                self.shown.add(one.lead)

    def close(self, hidden: Said | None = None, *, whole: bool = True) -> None:
        """Add the summary, with what became of hidden rows, and write the file. Raises OSError.

        `whole`: the import came to its end; else the summary says that rows are missing.
        """
        summary = self._book.sheet("汇总 summary")
        summary.page.set_column(0, 0, 28)
        if not whole:
            summary.write([str(UNFINISHED)])
        for outcome in OUTCOMES:
            summary.write([str(NAMES[outcome]), str(self._counts[outcome])])
        summary.write(["未识别的列 / columns not understood", ", ".join(self._unknown)])
        if self._nameless:
            summary.write(["没有表头的列，未导入 / columns without a heading, left out", ", ".join(self._nameless)])
        if hidden is not None:
            summary.write([str(hidden)])
        self._book.close()

    def discard(self) -> None:
        """Leave nothing of it behind; what stood there before stays."""
        self._book.discard()
        if self._path.exists() and not self._path.stat().st_size:
            self._path.unlink()

    def _sheet(self, outcome: Outcome, number: int) -> Sheet:
        sheet = self._book.sheet(f"{NAMES[outcome].zh} {NAMES[outcome].en}", number)
        own = [LINE, REASON, LEAD, NUMBERS]
        if outcome == "conflict":
            own = [DECISION, KNOWN, GIVEN, *own]
            sheet.page.data_validation(1, 0, MOST_ROWS, 0, {"validate": "list", "source": CHOICES})
        sheet.page.set_column(0, len(own) - 1, 22)
        sheet.page.freeze_panes(1, 0)
        named = [ROW_ID] if outcome == "conflict" else []
        sheet.write([*own, *self._headings, *named], self._book.bold)
        return sheet

    def _row(self, one: Judged) -> list[str]:
        own = [str(one.row.line), str(one.reason), one.lead or "", SEPARATOR.join(one.numbers)]
        cells = [one.row.cells[place] if place < len(one.row.cells) else "" for place in self._places]
        if one.outcome != "conflict":
            return [*own, *cells]
        sides = (_side(one.differences, known=known) for known in (True, False))
        return ["", *sides, *own, *cells, row_id(one.event_id, self._headings, cells)]


def _side(differences: Sequence[Difference], *, known: bool) -> str:
    """Return one side of all differences, a line each, so that both columns read side by side."""
    return "\n".join(f"{_called(one.field)}: {one.known if known else one.given}" for one in differences)


def _called(name: str) -> str:
    """Return what a field or an id that a system gave is called, in both languages; `crm:<system>` as it is."""
    return "/".join(dict.fromkeys(CALLED.get(name, (name, name))))
