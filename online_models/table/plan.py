"""The plan of a table: which columns are read, how, and which pairs are counted together."""

from collections.abc import Hashable, Mapping, Sequence
from itertools import combinations
from typing import Any

from online_models.table.columns import Column, plan_column
from online_models.table.counts import CountTables, gain

KNOTS = 8
ROOM = 120  # numbers that all bent lines together may become
MOST_COLUMNS = 60
MOST_PAIRS = 40

Row = Mapping[Hashable, Any]


class Plan:
    """Turns rows into numbers, and rows into cells."""

    def __init__(self, rows: Sequence[Row], labels: Sequence[int]) -> None:
        names = list(dict.fromkeys(name for row in rows for name in row))
        knots = max(3, min(KNOTS, ROOM // max(1, len(names))))
        planned = {name: plan_column([row.get(name) for row in rows], knots) for name in names}
        columns = {name: column for name, column in planned.items() if column is not None}
        gains = {name: _gain(column, name, rows, labels) for name, column in columns.items()}
        best = sorted(columns, key=lambda name: -gains[name])[:MOST_COLUMNS]
        self.columns: dict[Hashable, Column] = {name: columns[name] for name in columns if name in set(best)}
        order = {name: place for place, name in enumerate(self.columns)}
        pairs = sorted(combinations(range(len(best)), 2), key=sum)[:MOST_PAIRS]
        self.pairs = tuple((order[best[a]], order[best[b]]) for a, b in pairs)
        self.size = sum(column.size for column in self.columns.values())

    def tables(self) -> CountTables:
        """Return empty tables of counts for this plan."""
        return CountTables(len(self.columns), self.pairs)

    def write(self, row: Row, out: list[float]) -> list[int]:
        """Append the numbers of a row and return its cells."""
        return [column.write(row.get(name), out) for name, column in self.columns.items()]


def _gain(column: Column, name: Hashable, rows: Sequence[Row], labels: Sequence[int]) -> float:
    return gain([column.write(row.get(name), []) for row in rows], labels)
