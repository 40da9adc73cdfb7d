"""Rows of a CSV or tab-separated file in constant memory."""

import csv
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import suppress
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import IO, TextIO

from streams.importing.cells import text_of
from streams.importing.columns import LOOKED_AT, WIDEST, known_headings
from streams.importing.encodings import encoding_of
from streams.importing.problems import FileProblem

DELIMITERS = (",", "\t", ";", "|", "，")
LONGEST_FIELD = 2**20
LONGEST_LINE = 2**24  # characters; it is held in memory


class TextTable:
    """A text file that is being read: iterate over `rows()`, and close it.

    `wanted` are headings that a mapping names: they tell the header, and by it the delimiter.
    """

    def __init__(self, path: Path, wanted: Set[str] = frozenset()) -> None:
        self._encoding = encoding_of(path)
        self._size = path.stat().st_size
        csv.field_size_limit(LONGEST_FIELD)
        self._delimiter = _delimiter(path, self._encoding, wanted)
        self._raw: IO[bytes] = path.open("rb")

    def close(self) -> None:
        """Close the file."""
        self._raw.close()

    def done(self) -> float:
        """Return which part of the file has been read, 0 to 1."""
        return min(self._raw.tell() / self._size, 1.0)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Give (number of the line on which a row begins, cells as text). Raises FileProblem."""
        self._raw.seek(0)
        text = TextIOWrapper(self._raw, encoding=self._encoding, newline="")
        lines = Lines(text)
        reader = csv.reader(lines, delimiter=self._delimiter, skipinitialspace=True)
        line = 1
        try:
            for cells in reader:
                if lines.ended:  # the reader asked for more in the middle of a row
                    raise FileProblem("quote", line=line)
                yield line, [text_of(cell) for cell in cells[:WIDEST]]
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

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._line = 0
        self.ended = False

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        """Return the next line. Raises FileProblem for one that is too long to be held."""
        line = self._text.readline(LONGEST_LINE)
        self._line += 1
        if len(line) == LONGEST_LINE:
            raise FileProblem("long_line", line=self._line)
        if not line:
            self.ended = True
            raise StopIteration
        return line


def _delimiter(path: Path, encoding: str, wanted: Set[str]) -> str:
    """Return the delimiter by which some line is most of a header; of equals, that which makes most cells.

    Cells alone would not tell: texts hold commas and the like, more of them than a small table has columns.
    """
    with path.open(encoding=encoding, newline="") as file:
        lines = list(islice(Lines(file), LOOKED_AT))
    scores: dict[str, tuple[int, int]] = {}
    for delimiter in DELIMITERS:
        with suppress(csv.Error):  # by this one they are no table
            scores[delimiter] = _parted_well(csv.reader(lines, delimiter=delimiter, skipinitialspace=True), wanted)
    return max(scores, key=lambda delimiter: scores[delimiter], default=",")


def _parted_well(rows: Iterable[Sequence[str]], wanted: Set[str]) -> tuple[int, int]:
    """Return how much the best row is a header, and how many cells all rows have beside the first."""
    header = more = 0
    for cells in rows:
        header = max(header, known_headings([text_of(cell) for cell in cells[:WIDEST]], wanted))
        more += max(len(cells) - 1, 0)
    return header, more
