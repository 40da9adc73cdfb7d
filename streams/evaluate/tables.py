"""CSV in, CSV out: the input's columns and rows, in order, and the added columns."""

import csv
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

import click

from streams.importing.encodings import encoding_of
from streams.importing.problems import FileProblem
from streams.importing.text_table import Lines

Row = Mapping[str, str]
_FIELD_LIMIT = 10_000_000


def add_columns(
    source: Path, target: Path, needed: str, added: Sequence[str], derive: Callable[[Row], Sequence[str]]
) -> int:
    """Write `source` with further columns to `target` and return the number of rows.

    `derive` gives the added values of a row. The source is in UTF-8, UTF-16, GB 18030 or Big5, with or without a byte
    order mark, the target in UTF-8; short rows are filled with empty values. The target appears only when it is
    complete. Blanks around the names of columns do not matter (`id, name`): rows have them without. Raises
    ClickException when the column `needed` is missing, or the file is no CSV or ends within quotation marks.
    """
    part = target.with_name(target.name + ".part")
    csv.field_size_limit(_FIELD_LIMIT)
    try:
        with (
            source.open(encoding=_encoding(source), newline="") as read,
            part.open("w", encoding="utf-8", newline="") as write,
        ):
            count = _copy(read, write, source, needed, added, derive)
        os.replace(part, target)
    except (UnicodeDecodeError, csv.Error, FileProblem) as error:
        raise click.ClickException(f"{source}: not a CSV file ({error})") from error
    finally:
        part.unlink(missing_ok=True)
    return count


def _encoding(source: Path) -> str:
    found = encoding_of(source)
    return "utf-8-sig" if found == "utf-8" else found


def _copy(
    read: TextIO, write: TextIO, source: Path, needed: str, added: Sequence[str], derive: Callable[[Row], Sequence[str]]
) -> int:
    rows, writer = _rows(read), csv.writer(write)
    header: list[str] = next(rows, [])
    names = [name.strip() for name in header]
    if needed not in names:
        raise click.ClickException(f"{source}: no column `{needed}`; there are: {', '.join(names) or 'none'}")
    writer.writerow([*header, *added])
    count = 0
    for count, values in enumerate((row for row in rows if row), start=1):  # noqa: B007 (the count is returned)
        values += [""] * (len(header) - len(values))
        row = dict(zip(names, values, strict=False))
        writer.writerow([*values[: len(header)], *derive(row)])
    return count


def _rows(read: TextIO) -> Iterator[list[str]]:
    """Give the rows. Raises FileProblem where quotation marks never end: what follows them would be one cell."""
    lines = Lines(read)
    reader = csv.reader(lines)
    line = 1
    for row in reader:
        if lines.ended:
            raise FileProblem("quote", line=line)
        yield row
        line = reader.line_num + 1
