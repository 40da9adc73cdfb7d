"""Workbooks that we write: in constant memory, in place only when they are whole, and never with a formula."""

from collections.abc import Sequence
from pathlib import Path

import xlsxwriter
from xlsxwriter.exceptions import XlsxFileError
from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 1_000_000  # a sheet takes 1,048,576
MOST_TEXT = 32_000  # and a cell 32,767 characters
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


class Book:
    """A workbook that is written beside its place, and put there when it is closed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(path.name + ".part")
        # A process that is killed leaves its temporary files: they hold people's data, and belong where the book does.
        self._book = xlsxwriter.Workbook(str(self._part), {**OPTIONS, "tmpdir": str(path.parent)})
        self.bold = self._book.add_format({"bold": True, "bg_color": "#DDEBF7"})

    def sheet(self, name: str, number: int = 1) -> "Sheet":
        """Return a new sheet; those that follow one that is full (`Sheet.full`) have a number from 2 in their name."""
        return Sheet(self._book.add_worksheet(name if number == 1 else f"{name} {number}"), number)

    def close(self) -> None:
        """Finish the file. Raises OSError."""
        try:
            self._book.close()
        except XlsxFileError as error:
            raise OSError(str(error)) from error
        self._part.replace(self._path)

    def discard(self) -> None:
        """Leave nothing of it behind; closing is what removes the temporary files of the sheets."""
        self._book.close()
        self._part.unlink(missing_ok=True)


class Sheet:
    """A worksheet and how far it is written. Every cell is a text: nothing in it can be a formula or a link."""

    def __init__(self, page: Worksheet, number: int) -> None:
        self.page = page
        self.number = number
        self.rows = 0

    @property
    def full(self) -> bool:
        """Whether the next row belongs to another sheet."""
        return self.rows >= MOST_ROWS

    def write(self, texts: Sequence[str], form: object = None) -> None:
        """Write the next row."""
        for column, text in enumerate(texts):
            if text:
                self.page.write_string(self.rows, column, text[:MOST_TEXT], form)
        self.rows += 1
