"""Rows of a CSV or tab-separated file in constant memory."""

import csv
from collections.abc import Iterator
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import IO

from streams.importing.cells import text_of
from streams.importing.encodings import encoding_of
from streams.importing.problems import FileProblem

DELIMITERS = (",", "\t", ";", "|", "，")
LONGEST_FIELD = 2**20
LOOKED_AT = 30


class TextTable:
    """A text file that is being read: use it as a context manager, iterate over `rows()`."""

    def __init__(self, path: Path) -> None:
        self._encoding = encoding_of(path)
        self._size = path.stat().st_size
        self._raw: IO[bytes] = path.open("rb")
        self._delimiter = _delimiter(path, self._encoding)

    def close(self) -> None:
        """Close the file."""
        self._raw.close()

    def done(self) -> float:
        """Return which part of the file has been read, 0 to 1."""
        return min(self._raw.tell() / self._size, 1.0)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Give (number of the line on which a row begins, cells as text). Raises FileProblem."""
        csv.field_size_limit(LONGEST_FIELD)
        self._raw.seek(0)
        text = TextIOWrapper(self._raw, encoding=self._encoding, newline="")
        lines = Lines(text)
        reader = csv.reader(lines, delimiter=self._delimiter)
        line = 1
        try:
            for cells in reader:
                if lines.ended:  # the reader asked for more in the middle of a row
                    raise FileProblem("quote", line=line)
                yield line, [text_of(cell) for cell in cells]
                line = reader.line_num + 1
        except csv.Error as error:
            if "field limit" in str(error):
                raise FileProblem("quote", line=line) from error
            raise FileProblem("csv", line=line, why=error) from error
        except UnicodeDecodeError as error:
            raise FileProblem("encoding", line=line) from error
        finally:
            if not text.closed:  # who stopped reading in the middle may have closed the file before
                text.detach()


class Lines:
    """The lines of a text; `ended` once somebody has asked for one more than there are."""

    def __init__(self, text: TextIOWrapper) -> None:
        self._text = text
        self.ended = False

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        try:
            return next(self._text)
        except StopIteration:
            self.ended = True
            raise


def _delimiter(path: Path, encoding: str) -> str:
    """Return the delimiter that splits most of the first lines into most cells."""
    with path.open(encoding=encoding, newline="") as file:
        lines = [line[:LONGEST_FIELD] for line in islice(file, LOOKED_AT)]
    scores: dict[str, int] = {}
    for delimiter in DELIMITERS:
        try:
            widths = [len(cells) for cells in csv.reader(lines, delimiter=delimiter) if cells]
        except csv.Error:
            continue
        scores[delimiter] = sum(width - 1 for width in widths)
    return max(scores, key=lambda delimiter: scores[delimiter], default=",")
