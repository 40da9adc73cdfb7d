"""The report of an import: a workbook with one sheet per outcome, conflicts first and ready to be decided."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter
from xlsxwriter.exceptions import XlsxFileError
from xlsxwriter.worksheet import Worksheet

from processors.detectors.lead import FIELD_NAMES
from streams.importing.columns import Columns
from streams.importing.headings import DECISION, OWN
from streams.importing.outcomes import NAMES, NEWER_WINS, OUTCOMES, VERIFIED, Difference, Judged, Outcome

LINE, REASON, LEAD = f"{OWN}行/line", f"{OWN}原因/reason", f"{OWN}线索/lead"
KNOWN, GIVEN = f"{OWN}已有值/known", f"{OWN}文件值/given"
LIBRARY = (VERIFIED, NEWER_WINS)
CHOICES = ["文件", "库"]
MOST_ROWS = 1_000_000  # a sheet takes 1,048,576
MOST_TEXT = 32_000  # and a cell 32,767 characters
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


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
        self._part = path.with_name(path.name + ".part")
        self._headings = [heading for heading in columns.headings if not heading.startswith(OWN)]
        self._places = [place for place, heading in enumerate(columns.headings) if not heading.startswith(OWN)]
        self._unknown = columns.unknown
        self._book = xlsxwriter.Workbook(str(self._part), OPTIONS)
        self._bold = self._book.add_format({"bold": True, "bg_color": "#DDEBF7"})
        self._sheets: dict[Outcome, Sheet] = {outcome: self._sheet(outcome, 1) for outcome in OUTCOMES}
        self._counts: Counter[Outcome] = Counter()

    def add(self, judged: Sequence[Judged]) -> None:
        """Write some rows."""
        for one in judged:
            self._counts[one.outcome] += 1
            sheet = self._sheets[one.outcome]
            if sheet.rows >= MOST_ROWS:
                sheet = self._sheets[one.outcome] = self._sheet(one.outcome, sheet.number + 1)
            sheet.write(self._row(one))
            if one.outcome == "conflict" and one.lead and any(each.where in LIBRARY for each in one.differences):
                self.shown.add(one.lead)

    def close(self) -> None:
        """Add the summary and write the file. Raises OSError."""
        page = self._book.add_worksheet("汇总 summary")
        page.set_column(0, 0, 28)
        lines = [(str(NAMES[outcome]), str(self._counts[outcome])) for outcome in OUTCOMES]
        lines += [("未识别的列 / columns not understood", ", ".join(self._unknown))]
        for number, line in enumerate(lines):
            for column, text in enumerate(line):
                page.write_string(number, column, text[:MOST_TEXT])
        try:
            self._book.close()
        except XlsxFileError as error:
            raise OSError(str(error)) from error
        self._part.replace(self._path)

    def discard(self) -> None:
        """Leave nothing of it behind; what stood there before stays."""
        self._book.close()
        self._part.unlink(missing_ok=True)
        if not self._path.stat().st_size:
            self._path.unlink()

    def _sheet(self, outcome: Outcome, number: int) -> "Sheet":
        name = f"{NAMES[outcome].zh} {NAMES[outcome].en}" + (f" {number}" if number > 1 else "")
        sheet = Sheet(self._book.add_worksheet(name), number)
        own = [LINE, REASON, LEAD]
        if outcome == "conflict":
            own = [DECISION, KNOWN, GIVEN, *own]
            sheet.page.data_validation(1, 0, MOST_ROWS, 0, {"validate": "list", "source": CHOICES})
        sheet.page.set_column(0, len(own) - 1, 22)
        sheet.page.freeze_panes(1, 0)
        sheet.write([*own, *self._headings], self._bold)
        return sheet

    def _row(self, one: Judged) -> list[str]:
        own = [str(one.row.line), str(one.reason), one.lead or ""]
        if one.outcome == "conflict":
            own = ["", _side(one.differences, known=True), _side(one.differences, known=False), *own]
        cells = one.row.cells
        return [*own, *(cells[place] if place < len(cells) else "" for place in self._places)]


class Sheet:
    """A worksheet and how far it is written. Every cell is a text: nothing in it can be a formula or a link."""

    def __init__(self, page: Worksheet, number: int) -> None:
        self.page = page
        self.number = number
        self.rows = 0

    def write(self, texts: Sequence[str], form: object = None) -> None:
        """Write the next row."""
        for column, text in enumerate(texts):
            if text:
                self.page.write_string(self.rows, column, text[:MOST_TEXT], form)
        self.rows += 1


def _side(differences: Sequence[Difference], *, known: bool) -> str:
    """Return one side of all differences, a line each, so that both columns read side by side."""
    return "\n".join(
        f"{'/'.join(dict.fromkeys(FIELD_NAMES[one.field]))}: {one.known if known else one.given}" for one in differences
    )
