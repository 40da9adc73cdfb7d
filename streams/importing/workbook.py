"""Rows of an Excel workbook (.xlsx, .xls), with merged cells filled in."""

from collections.abc import Iterator, Sequence
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
from streams.importing.columns import WIDEST
from streams.importing.problems import FileProblem

MOST_MERGES = 500_000  # 280 bytes each
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
    covered: dict[int, tuple[int, str]] = {}  # column → last line of the merged cell that covers it, and its text
    for line, row in enumerate(sheet.iter_rows()):
        cells = [text_of(value) for value in row[:WIDEST]]
        if covered:
            covered = {column: held for column, held in covered.items() if held[0] >= line}
        while upcoming is not None and upcoming[0][0] <= line:
            (_, left), (bottom, right) = upcoming
            place = left - first_column
            text = cells[place] if 0 <= place < len(cells) else ""
            for column in range(place, min(right - first_column + 1, len(cells)) if text else place):
                if column in covered:  # merged cells of a sound file have nothing in common
                    break
                covered[column] = bottom, text
            upcoming = next(merges, None)
        for column, (_, text) in covered.items():
            cells[column] = cells[column] or text
        yield line + 1, cells


def _sorted(merges: Sequence[Merge]) -> list[Merge]:
    if len(merges) > MOST_MERGES:
        raise FileProblem("too_many_merges", limit=MOST_MERGES)
    return sorted(merges)


def _as_ours(error: BaseException, problem: FileProblem) -> BaseException:
    """Name an error of the parser; a panic of its Rust code is no Exception, but it is the file's fault too."""
    if isinstance(error, PasswordError) or "password" in str(error).lower():
        return FileProblem("password")
    if isinstance(error, CalamineError | OSError | ValueError) or type(error).__name__ == "PanicException":
        return problem
    return error
