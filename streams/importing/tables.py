"""A file as a table: checked, opened, its header found, its rows one after the other."""

from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from streams.importing.columns import LOOKED_AT, Columns, find_columns
from streams.importing.day_zero import counted_from_1900
from streams.importing.guard import Checked, Format, check
from streams.importing.problems import FileProblem, Said
from streams.importing.saved_map import SavedMap
from streams.importing.text_table import TextTable
from streams.importing.uncomputed import Places
from streams.importing.workbook import Rows, hidden_sheets, open_sheet, open_workbook, sheet_rows, visible_sheets

CHUNK = 1 << 20
READ_AT_ONCE = 1_000  # rows
HIDDEN_READ = Said(
    "{} 行在文件中被隐藏或筛选掉，同样已读取；不要这些行请用 --no-hidden",
    "{} rows are hidden or filtered out in the file and were read like all others; --no-hidden leaves them out",
)
HIDDEN_LEFT_OUT = Said(
    "{} 行在文件中被隐藏或筛选掉，未导入", "{} rows are hidden or filtered out in the file and were left out"
)


class Row(NamedTuple):
    """One row: its line in the file (from 1), its cells as text, and which of them are formulas without a value."""

    line: int
    cells: list[str]
    uncomputed: tuple[str, ...] = ()


@dataclass(slots=True)
class Table:
    """An open table. `digest` is that of the file's bytes; `done()` says which part has been read, 0 to 1.

    `others` are the sheets that people see beside the one that is read, if nobody chose that one.
    `formulas` is how many cells are formulas, of which the last computed values are read; `uncomputed` names, by line,
    those that have none and would be imported. `hidden` are the lines of hidden rows, `with_hidden` whether they are
    given; `hidden_rows` counts those that were met. `hidden_sheets`: likewise, of sheets that people do not see.
    """

    name: str
    kind: Format
    digest: str
    sheet: str
    columns: Columns
    done: Callable[[], float]
    _rows: Rows
    uncomputed: Mapping[int, tuple[str, ...]]
    others: tuple[str, ...]
    hidden_sheets: tuple[str, ...]
    formulas: int
    hidden: Set[int]
    with_hidden: bool
    _opened: ExitStack
    _check: Callable[[], None]
    hidden_rows: int = 0

    def rows(self) -> Iterator[Row]:
        """Give the rows below the header that are not empty; once. Raises FileProblem.

        None is given before the file was seen to be unchanged since it was opened: a row's event id says which file it
        stands in, so that a row of another one would pass for imported for ever.
        """
        rows = self._shown()
        while some := self._read(rows):
            self._check()
            yield from some

    def _read(self, rows: Iterator[Row]) -> list[Row]:
        try:
            return list(islice(rows, READ_AT_ONCE))
        except FileProblem:
            self._check()  # that would be why
            raise

    def _shown(self) -> Iterator[Row]:
        for row in self._filled():
            if row.line in self.hidden:
                self.hidden_rows += 1
                if not self.with_hidden:
                    continue
            yield row

    def _filled(self) -> Iterator[Row]:
        """Give the rows below the header that are not empty.

        A row of nothing but a formula without a value is not empty; the parser gives no such rows at the end.
        """
        line = 0
        for line, cells in self._rows:
            if line > self.columns.line and (any(cells) or line in self.uncomputed):
                yield Row(line, cells, self.uncomputed.get(line, ()))
        for last in sorted(self.uncomputed):
            if last > line:
                yield Row(last, [], self.uncomputed[last])

    @property
    def hidden_told(self) -> Said | None:
        """Say how many hidden rows were met so far, and what became of them; None where there were none."""
        if not self.hidden_rows:
            return None
        text = HIDDEN_READ if self.with_hidden else HIDDEN_LEFT_OUT
        return Said(*(each.format(self.hidden_rows) for each in text))

    def close(self) -> None:
        """Close the file."""
        self._opened.close()

    def __enter__(self) -> "Table":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def open_table(
    path: Path, saved: SavedMap | None = None, sheet: str | None = None, *, with_hidden: bool = True
) -> Table:
    """Open a file: of a workbook the sheet `sheet`, or the first visible one with a header.

    Rows that are hidden there, by hand or by a filter, are left out without `with_hidden`. Raises FileProblem, in both
    languages, also for a sheet of a file that has none, and OSError.
    """
    unchanged = _unchanged(path)
    checked = check(path)
    if checked.kind == "xls" and not with_hidden:
        raise FileProblem("hidden_unknown")
    opened = ExitStack()
    try:
        if checked.kind == "csv":
            found = _of_text(path, saved, sheet, opened)
        else:
            found = _of_workbook(path, saved, sheet, checked, opened)
    except BaseException:
        opened.close()
        raise
    return Table(
        path.name, checked.kind, digest_of(path), *found, formulas=_formulas(checked, found.sheet),
        hidden=frozenset(checked.hidden.get(found.sheet, ())), with_hidden=with_hidden, _opened=opened,
        _check=unchanged,
    )  # fmt: skip


def _unchanged(path: Path) -> Callable[[], None]:
    """Return what raises FileProblem once the file is not what it is now."""

    def look() -> tuple[int, ...]:
        now = path.stat()
        return now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns

    before = look()

    def compare() -> None:
        try:
            same = look() == before
        except FileNotFoundError:
            same = False
        if not same:
            raise FileProblem("changed")

    return compare


class _Found(NamedTuple):
    """What differs between text and workbooks, as `Table` has it."""

    sheet: str
    columns: Columns
    done: Callable[[], float]
    rows: Rows
    uncomputed: Mapping[int, tuple[str, ...]]
    others: tuple[str, ...] = ()
    hidden_sheets: tuple[str, ...] = ()


def _formulas(checked: Checked, sheet: str) -> int:
    return checked.formulas.get(sheet, 0) + checked.formulas.get("", 0)


def _imported(places: Places, sheet: str, columns: Columns, first: int) -> Mapping[int, tuple[str, ...]]:
    """Return by line the cells without a value that an import would take from. Raises FileProblem for the header's.

    `first` is how many columns of the sheet stand before its first filled one.
    """
    used = columns.used
    found = sorted({*places.get(sheet, ()), *places.get("", ())})
    if heads := [place for place in found if place.line == columns.line]:
        raise FileProblem("formulas", count=len(heads))
    rows: dict[int, tuple[str, ...]] = {}
    for place in found:
        if place.line > columns.line and place.column - 1 - first in used:
            rows[place.line] = (*rows.get(place.line, ()), place.name)
    return rows


def digest_of(path: Path) -> str:
    """Return 32 hex digits of BLAKE2b over a file's bytes."""
    digest = blake2b(digest_size=16)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _of_text(path: Path, saved: SavedMap | None, wanted: str | None, opened: ExitStack) -> _Found:
    if wanted is not None:
        raise FileProblem("not_sheets", name=wanted)
    text = TextTable(path, saved.named() if saved else frozenset())
    opened.callback(text.close)
    columns, rows = _with_header(text.rows(), saved)
    return _Found("", columns, text.done, rows, {})


def _of_workbook(path: Path, saved: SavedMap | None, wanted: str | None, checked: Checked, opened: ExitStack) -> _Found:
    book = open_workbook(path)
    opened.callback(book.close)
    names = [wanted] if wanted is not None else visible_sheets(book)
    if wanted is not None and wanted not in book.sheet_names:
        raise FileProblem("no_sheet", name=wanted, names=", ".join(book.sheet_names))
    problem = FileProblem("empty")
    for name in names:
        sheet = open_sheet(book, name)
        progress = Progress(sheet.total_height)
        try:
            columns, rows = _with_header(progress.over(sheet_rows(sheet)), saved)
        except FileProblem as error:
            problem = error if problem.code == "empty" else problem
            continue
        if checked.from_1904:
            rows = counted_from_1900(rows, columns.fields.get("birth_date", ()))
        if {name, ""} & checked.laden:
            raise FileProblem("formulas", count=_formulas(checked, name))
        missing = _imported(checked.uncomputed, name, columns, sheet.start[1] if sheet.start else 0)
        others = tuple([other for other in names if other != name])
        hidden = tuple(hidden_sheets(book)) if wanted is None else ()
        return _Found(name, columns, progress.done, rows, missing, others, hidden)
    raise problem


class Progress:
    """Counts the rows that pass."""

    def __init__(self, total: int) -> None:
        self._total = max(total, 1)
        self._line = 0

    def over(self, rows: Rows) -> Rows:
        """Give the rows."""
        for row in rows:
            self._line = row[0]
            yield row

    def done(self) -> float:
        """Return which part has passed, 0 to 1."""
        return min(self._line / self._total, 1.0)


def _with_header(rows: Rows, saved: SavedMap | None) -> tuple[Columns, Rows]:
    first = list(islice(rows, LOOKED_AT))
    if not any(any(cells) for _, cells in first):
        raise FileProblem("empty")
    return find_columns(first, saved), chain(first, rows)
