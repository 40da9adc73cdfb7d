"""The plan of a table: which columns are read, how, and which pairs are counted together."""

from collections.abc import Hashable, Mapping, Sequence
from itertools import combinations
from typing import Any

from online_models.table.columns import Column, column_from_plain, plan_column
from online_models.table.counts import CountTables, gain

KNOTS = 8
ROOM = 120  # numbers that all bent lines together may become
MOST_COLUMNS = 60
MOST_PAIRS = 40

Row = Mapping[Hashable, Any]


class Plan:
    """Turns rows into numbers, and rows into cells. `size` is how many numbers, without those of the tables."""

    def __init__(self, columns: Mapping[Hashable, Column], pairs: Sequence[tuple[int, int]]) -> None:
        self.columns = dict(columns)
        self.pairs = tuple(pairs)
        self.size = sum(column.size for column in self.columns.values())

    @classmethod
    def of(cls, rows: Sequence[Row], labels: Sequence[int]) -> "Plan":
        """Plan a table from its first rows: the columns that tell most of the label, and their pairs."""
        names = sorted({name for row in rows for name in row}, key=str)  # the order in a row means nothing
        knots = max(3, min(KNOTS, ROOM // max(1, len(names))))
        planned = {name: plan_column([row.get(name) for row in rows], knots) for name in names}
        columns = {name: column for name, column in planned.items() if column is not None}
        gains = {name: _gain(column, name, rows, labels) for name, column in columns.items()}
        best = sorted(columns, key=lambda name: -gains[name])[:MOST_COLUMNS]
        taken = set(best)
        order = {name: place for place, name in enumerate(name for name in columns if name in taken)}
        pairs = sorted(combinations(range(len(best)), 2), key=sum)[:MOST_PAIRS]
        return cls({name: columns[name] for name in order}, [(order[best[a]], order[best[b]]) for a, b in pairs])

    def tables(self) -> CountTables:
        """Return empty tables of counts for this plan."""
        return CountTables(len(self.columns), self.pairs)

    def write(self, row: Row, out: list[float]) -> list[int]:
        """Append the numbers of a row and return its cells."""
        return [column.write(row.get(name), out) for name, column in self.columns.items()]

    def as_plain(self) -> list[Any]:
        """Return everything as plain data."""
        return [[[name, column.as_plain()] for name, column in self.columns.items()], self.pairs]

    @classmethod
    def from_plain(cls, plain: Sequence[Any]) -> "Plan":
        """Make a plan of what `as_plain` returned."""
        columns, pairs = plain
        return cls({name: column_from_plain(column) for name, column in columns}, [(a, b) for a, b in pairs])


def _gain(column: Column, name: Hashable, rows: Sequence[Row], labels: Sequence[int]) -> float:
    return gain([column.write(row.get(name), []) for row in rows], labels)
