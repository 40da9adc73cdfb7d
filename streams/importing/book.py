"""Workbooks that we write: in constant memory, in place only when they are whole, and never with a formula."""

import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
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
        self.path = path
        # A process that is killed leaves its temporary files: they hold people's data, and belong where the book does.
        self._folder = Path(tempfile.mkdtemp(prefix=f"{path.name}.", suffix=".part", dir=path.parent))
        self._part = self._folder / path.name
        self._book = xlsxwriter.Workbook(str(self._part), {**OPTIONS, "tmpdir": str(self._folder)})
        self.bold = self._book.add_format({"bold": True, "bg_color": "#DDEBF7"})

    def sheet(self, name: str, number: int = 1) -> "Sheet":
        """Return a new sheet; those that follow one that is full (`Sheet.full`) have a number from 2 in their name.

        Raises OSError.
        """
        page = self._book.add_worksheet(name if number == 1 else f"{name} {number}")
        return Sheet(page, number, self.path)

    def close(self) -> None:
        """Finish the file. Raises OSError; then nothing of it is left."""
        try:
            self._book.close()
            self._part.replace(self.path)
        except (OSError, XlsxFileError) as error:
            raise named(error, self.path) from error
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def discard(self) -> None:
        """Leave nothing of it behind, also where nothing can be written any more."""
        if self._folder.exists():
            with suppress(OSError, XlsxFileError):  # nobody wants the book: this ends the temporary files of its sheets
                self._book.close()
            shutil.rmtree(self._folder, ignore_errors=True)


class Sheet:
    """A worksheet and how far it is written. Every cell is a text: nothing in it can be a formula or a link."""

    def __init__(self, page: Worksheet, number: int, path: Path) -> None:
        self._path = path
        self.page = page
        self.number = number
        self.rows = 0

    @property
    def full(self) -> bool:
        """Whether the next row belongs to another sheet."""
        return self.rows >= MOST_ROWS

    def write(self, texts: Sequence[str], form: object = None) -> None:
        """Write the next row. Raises OSError."""
        try:
            for column, text in enumerate(texts):
                if text:
                    self.page.write_string(self.rows, column, text[:MOST_TEXT], form)
        except OSError as error:
            raise named(error, self._path) from error
        self.rows += 1


def named(error: Exception, path: Path) -> OSError:
    """Return an error of writing with the name of the file that was to be made."""
    cause = error if isinstance(error, OSError) else next((e for e in error.args if isinstance(e, OSError)), None)
    return OSError(cause.errno, cause.strerror, str(path)) if cause is not None else OSError(str(error))
