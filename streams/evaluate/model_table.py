"""A labelled CSV, read row by row: nothing is held but the row at hand and the labels."""

import csv
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

YES = frozenset({"yes", "y", "true", "t", "1", "1.0", "positive", "pos", "up", "是", "真"})
NO = frozenset({"no", "n", "false", "f", "0", "0.0", "-1", "negative", "neg", "down", "否", "假"})
_FIELD_LIMIT = 10_000_000


class LabelledTable:
    """Rows of a CSV file and their labels. Raises ClickException, which says what to do, on a file that is none.

    `unlabelled` rows have an empty label and are left out. `positive` names the label that counts as positive where
    the words do not say it themselves.
    """

    def __init__(self, path: Path, label: str, drop: Sequence[str] = (), positive: str | None = None) -> None:
        self.path, self._label = path, label
        csv.field_size_limit(_FIELD_LIMIT)
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                self._dialect = _delimiter(file.read(64 * 1024))
            header = self._header()
            _check_header(path, header, label, drop)
            self._left_out = {label, *drop}
            words = [row.get(label) or "" for row in self._cells()]
        except (UnicodeDecodeError, csv.Error) as error:
            raise click.ClickException(f"{path}: not a CSV file in UTF-8 ({error})") from error
        codes = _codes(path, label, {word.strip().lower() for word in words} - {""}, positive)
        self.labels = [codes[word.strip().lower()] for word in words if word.strip()]
        self.unlabelled = len(words) - len(self.labels)
        if not self.labels:
            raise click.ClickException(f"{path}: no row has a label in the column `{label}`")

    def rows(self) -> Iterator[dict[Hashable, Any]]:
        """Yield the labelled rows, without label and dropped columns, in the order of `labels`."""
        for cells in self._cells():
            if (cells.get(self._label) or "").strip():
                yield {name: cell for name, cell in cells.items() if name not in self._left_out}

    def _header(self) -> list[str]:
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            return next(csv.reader(file, delimiter=self._dialect), [])

    def _cells(self) -> Iterator[dict[str, str]]:
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=self._dialect)
            header = next(reader, [])
            for values in reader:
                if values:
                    yield dict(zip(header, values + [""] * (len(header) - len(values)), strict=False))


def _delimiter(head: str) -> str:
    first = head.partition("\n")[0]
    return max(",;\t|", key=first.count) if first else ","


def _check_header(path: Path, header: Sequence[str], label: str, drop: Sequence[str]) -> None:
    missing = [name for name in (label, *drop) if name not in header]
    if missing:
        there = ", ".join(header) or "none"
        raise click.ClickException(f"{path}: no column `{missing[0]}`; there are: {there}")


def _codes(path: Path, label: str, words: set[str], positive: str | None) -> dict[str, int]:
    if positive is not None:
        chosen = positive.strip().lower()
        if chosen not in words:
            raise click.ClickException(f"{path}: no row has the label `{positive}`; there are: {_some(words)}")
        return {word: int(word == chosen) for word in words}
    strange = words - YES - NO
    if strange:
        raise click.ClickException(
            f"{path}: the column `{label}` holds {_some(words)}; a label is yes or no (Yes/No, True/False, 1/0). "
            "Say with --positive VALUE which one is yes"
        )
    return {word: int(word in YES) for word in words}


def _some(words: set[str]) -> str:
    listed = [f"`{word[:40]}`" for word in sorted(words)[:5]]
    return ", ".join(listed) + (f" and {len(words) - 5} more" if len(words) > 5 else "")
