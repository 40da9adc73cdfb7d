"""Tables of counts: how often the label was positive for each cell of a column, and for each pair of cells.

What a table says is one number, the log odds of its cell against those of all rows, drawn to 0 where there are few
rows. A linear model then learns how far to trust each table. A pair of columns lets it see what neither shows alone.
The counts that an example is read against never include the example itself.
"""

import math
from collections.abc import Sequence
from typing import Any

DRAWN = 4.0  # rows' worth of the base rate that every cell begins with
MOST_CELLS = 4096  # of one table: a cell that comes later says nothing
SCALE = 0.7

Key = int | tuple[int, int]


class CountTables:
    """One table per single column and per pair; `pairs` are positions in the list of cells."""

    def __init__(self, columns: int, pairs: Sequence[tuple[int, int]]) -> None:
        self.columns = columns
        self.pairs = tuple(pairs)
        self.size = columns + len(self.pairs)
        self._tables: list[dict[Key, list[float]]] = [{} for _ in range(self.size)]
        self.positives, self.negatives = 1.0, 1.0

    @property
    def base_rate(self) -> float:
        """Share of positives so far."""
        return self.positives / (self.positives + self.negatives)

    def _keys(self, cells: Sequence[int]) -> list[Key]:
        return [*cells, *((cells[a], cells[b]) for a, b in self.pairs)]

    def write(self, cells: Sequence[int], out: list[float]) -> None:
        """Append what each table says of a row with these cells."""
        rate = self.base_rate
        base = math.log(rate / (1.0 - rate))
        more, less = DRAWN * rate, DRAWN * (1.0 - rate)
        for table, key in zip(self._tables, self._keys(cells), strict=True):
            counts = table.get(key)
            if counts is None:
                out.append(0.0)
            else:
                out.append(SCALE * (math.log((counts[1] + more) / (counts[0] + less)) - base))

    def learn(self, cells: Sequence[int], label: int) -> None:
        """Count a row."""
        for table, key in zip(self._tables, self._keys(cells), strict=True):
            counts = table.get(key)
            if counts is None:
                if len(table) >= MOST_CELLS:
                    continue
                counts = table[key] = [0.0, 0.0]
            counts[label] += 1.0
        if label:
            self.positives += 1.0
        else:
            self.negatives += 1.0

    def fade(self, left: float) -> None:
        """Keep this share of all counts."""
        for table in self._tables:
            for counts in table.values():
                counts[0] *= left
                counts[1] *= left

    def as_plain(self) -> list[Any]:
        """Return everything as plain data."""
        tables = [[[_plain_key(key), *counts] for key, counts in table.items()] for table in self._tables]
        return [self.columns, self.pairs, self.positives, self.negatives, tables]

    @classmethod
    def from_plain(cls, plain: Sequence[Any]) -> "CountTables":
        """Make tables of what `as_plain` returned."""
        columns, pairs, positives, negatives, tables = plain
        made = cls(columns, [(a, b) for a, b in pairs])
        made.positives, made.negatives = positives, negatives
        made._tables = [{_key(key): [less, more] for key, less, more in table} for table in tables]
        return made


def _plain_key(key: Key) -> list[int]:
    return list(key) if isinstance(key, tuple) else [key]


def _key(plain: Sequence[int]) -> Key:
    return plain[0] if len(plain) == 1 else (plain[0], plain[1])


def gain(cells: Sequence[int], labels: Sequence[int]) -> float:
    """Return the mutual information (nats) of cells and labels, less what chance would give."""
    counts: dict[int, list[int]] = {}
    for cell, label in zip(cells, labels, strict=True):
        counts.setdefault(cell, [0, 0])[label] += 1
    whole = [len(labels) - sum(labels), sum(labels)]
    if not all(whole):
        return 0.0
    found = math.fsum(
        count / len(labels) * math.log(count * len(labels) / (sum(pair) * whole[label]))
        for pair in counts.values()
        for label, count in enumerate(pair)
        if count
    )
    return found - (len(counts) - 1) / (2.0 * len(labels))
