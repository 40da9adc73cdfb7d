"""Rows of an Excel workbook (.xlsx, .xls), with merged cells filled in."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from streams.importing.cells import text_of
from streams.importing.problems import FileProblem

MOST_MERGES = 200_000
Rows = Iterator[tuple[int, list[str]]]
Merge = tuple[tuple[int, int], tuple[int, int]]


def open_workbook(path: Path) -> CalamineWorkbook:
    """Open a workbook that was checked. Raises FileProblem."""
    try:
        return CalamineWorkbook.from_path(path)
    except BaseException as error:
        raise _as_ours(error, FileProblem("corrupt")) from error


def visible_sheets(book: CalamineWorkbook) -> list[str]:
    """Return the names of the sheets that people see and that hold cells."""
    return _sheets(book, SheetVisibleEnum.Visible)


def hidden_sheets(book: CalamineWorkbook) -> list[str]:
    """Return the names of those that are hidden, and that people can show again."""
    return _sheets(book, SheetVisibleEnum.Hidden)


def _sheets(book: CalamineWorkbook, visible: SheetVisibleEnum) -> list[str]:
    metadata = book.sheets_metadata
    return [each.name for each in metadata if each.visible == visible and each.typ == SheetTypeEnum.WorkSheet]


def open_sheet(book: CalamineWorkbook, name: str) -> CalamineSheet:
    """Return a sheet. Raises FileProblem when it cannot be read."""
    try:
        return book.get_sheet_by_name(name)
    except BaseException as error:
        raise _as_ours(error, FileProblem("corrupt_sheet", name=name)) from error


def sheet_rows(sheet: CalamineSheet) -> Rows:
    """Give (line counted from 1, cells as text) of a sheet; a merged cell's text stands in all cells it covers."""
    if sheet.start is None:
        return
    first_column = sheet.start[1]
    merges = iter(_sorted(sheet.merged_cell_ranges or ()))
    upcoming = next(merges, None)
    active: list[tuple[Merge, str]] = []
    for line, row in enumerate(sheet.iter_rows()):
        cells = [text_of(value) for value in row]
        active = [held for held in active if held[0][1][0] >= line]
        while upcoming is not None and upcoming[0][0] <= line:
            place = upcoming[0][1] - first_column
            text = cells[place] if 0 <= place < len(cells) else ""
            if text:
                active.append((upcoming, text))
            upcoming = next(merges, None)
        for ((_, left), (_, right)), text in active:
            for column in range(max(left - first_column, 0), min(right - first_column + 1, len(cells))):
                cells[column] = cells[column] or text
        yield line + 1, cells


def _sorted(merges: Iterable[Merge]) -> list[Merge]:
    return sorted(merges)[:MOST_MERGES]


def _as_ours(error: BaseException, problem: FileProblem) -> BaseException:
    """Name an error of the parser; a panic of its Rust code is no Exception, but it is the file's fault too."""
    if isinstance(error, PasswordError) or "password" in str(error).lower():
        return FileProblem("password")
    if isinstance(error, CalamineError | OSError | ValueError) or type(error).__name__ == "PanicException":
        return problem
    return error
