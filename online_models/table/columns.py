"""How a column becomes numbers for a linear model, decided from its first rows.

A numeric column becomes a bent line (shares between neighbouring knots at its quantiles, values that many rows
have being knots of their own) and a straight one; a category its most frequent words; a time its place in the day,
the week and the year. Every column also says which of a few cells a value falls in, for the tables of counts.
"""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from typing import Any, Protocol

from online_models.table.cells import is_missing, moment, number, word

MISSING_CELL = -1
WORDS = 12  # most frequent words that get a weight of their own
MOST_CELLS = 32  # distinct numbers up to which each is a cell of its own
MOST_WORD_CELLS = 4096
CUT = 4.0  # standard deviations
LARGEST = 1e100  # numbers beyond this are cut, so that squares stay finite
MOSTLY = 0.95
DAY_S = 86_400.0
YEAR_S = 365.2425 * DAY_S


class Column(Protocol):
    """A column as it was planned. `size` is how many numbers it becomes."""

    size: int

    def write(self, value: Any, out: list[float]) -> int:
        """Append `size` numbers for a value to `out`; return which cell the value falls in."""

    def as_plain(self) -> list[Any]:
        """Return the kind of column and what it remembers, as plain data."""


class NumberColumn:
    """A number, with a value that is missing or no number at all marked as such."""

    KIND = "number"

    def __init__(self, knots: Sequence[float], cells: Sequence[float], mean: float, scale: float) -> None:
        self.knots = list(knots)
        self._cells = list(cells)
        self._mean, self._scale = mean, scale
        self._shares = len(self.knots) if len(self.knots) > 2 else 0
        self.size = self._shares + 2

    @classmethod
    def planned(cls, values: Sequence[float], most: int) -> "NumberColumn":
        """Plan a column with at most about `most` knots from its first values."""
        knots, distinct = knots_of(values, most), sorted(set(values))
        usual = [max(-LARGEST, min(LARGEST, value)) for value in values]
        mean = math.fsum(usual) / len(usual)
        spread = math.sqrt(math.fsum((value - mean) ** 2 for value in usual) / len(usual))
        return cls(knots, distinct if len(distinct) <= MOST_CELLS else knots, mean, 1.0 / spread if spread else 0.0)

    def as_plain(self) -> list[Any]:
        """Return everything as plain data."""
        return [self.KIND, self.knots, self._cells, self._mean, self._scale]

    def write(self, value: Any, out: list[float]) -> int:
        """Append the shares of the knots, the standardised value and the mark of a missing one."""
        found = number(value)
        if found is None:
            out.extend([0.0] * (self.size - 1))
            out.append(1.0)
            return MISSING_CELL
        if self._shares:
            shares = [0.0] * self._shares
            upper = bisect_right(self.knots, found)
            if upper in (0, self._shares):
                shares[max(upper - 1, 0)] = 1.0
            else:
                low, high = self.knots[upper - 1 : upper + 1]
                share = (found - low) / (high - low)
                shares[upper - 1], shares[upper] = 1.0 - share, share
            out.extend(shares)
        out.append(max(-CUT, min(CUT, (found - self._mean) * self._scale)))
        out.append(0.0)
        return bisect_right(self._cells, found)


class WordColumn:
    """A category: one number for each of its most frequent words, one for a missing value."""

    KIND = "word"

    def __init__(self, words: Sequence[str], cells: Sequence[str] = ()) -> None:
        self.words = {name: place for place, name in enumerate(words)}
        self.size = len(self.words) + 1
        self._cells = {name: place for place, name in enumerate(cells, start=1)}

    @classmethod
    def planned(cls, values: Sequence[str]) -> "WordColumn":
        """Plan a column from its first values."""
        return cls([name for name, _ in Counter(values).most_common(WORDS)])

    def as_plain(self) -> list[Any]:
        """Return everything as plain data."""
        return [self.KIND, list(self.words), list(self._cells)]

    def write(self, value: Any, out: list[float]) -> int:
        """Append which word it is."""
        start = len(out)
        out.extend([0.0] * self.size)
        if is_missing(value):
            out[-1] = 1.0
            return MISSING_CELL
        name = word(value)
        place = self.words.get(name)
        if place is not None:
            out[start + place] = 1.0
        return self._cell(name)

    def _cell(self, name: str) -> int:
        cell = self._cells.get(name)
        if cell is None:
            cell = len(self._cells) + 1
            if cell > MOST_WORD_CELLS:
                return 0  # ten million categories are one: the rest
            self._cells[name] = cell
        return cell


class TimeColumn:
    """A date or time: its place in the day, the week and the year."""

    KIND = "time"
    size = 7

    def as_plain(self) -> list[Any]:
        """Return everything as plain data."""
        return [self.KIND]

    def write(self, value: Any, out: list[float]) -> int:
        """Append sine and cosine of each place, and the mark of a missing value. The cell is the hour and weekday."""
        at = moment(value)
        if at is None:
            out.extend([0.0] * 6 + [1.0])
            return MISSING_CELL
        for share in (at / DAY_S % 1.0, (at // DAY_S + 3) % 7 / 7, at / YEAR_S % 1.0):
            out.append(math.sin(share * math.tau))
            out.append(math.cos(share * math.tau))
        out.append(0.0)
        return int((at // DAY_S + 3) % 7) * 24 + int(at / DAY_S % 1.0 * 24)


def column_from_plain(plain: Sequence[Any]) -> Column:
    """Make a column of what `as_plain` returned. Raises KeyError for a kind that is not known."""
    kind, *rest = plain
    makers: dict[str, type] = {made.KIND: made for made in (NumberColumn, WordColumn, TimeColumn)}
    column: Column = makers[kind](*rest)
    return column


def plan_column(values: Sequence[Any], knots: int) -> Column | None:
    """Decide what a column is from its first values; None when it says nothing: empty, constant, or an id."""
    present = [value for value in values if not is_missing(value)]
    if not present or (len(present) == len(values) and len({str(value) for value in present}) == 1):
        return None
    numbers = [found for found in map(number, present) if found is not None]
    if len(numbers) >= MOSTLY * len(present):
        return NumberColumn.planned(numbers, knots)
    if sum(moment(value) is not None for value in present) >= MOSTLY * len(present):
        return TimeColumn()
    words = [word(value) for value in present]
    many = len(set(words))
    if many > 0.5 * len(words) and len(words) >= 30:
        return None  # an id: almost every row its own word
    return WordColumn.planned(words)


def knots_of(values: Sequence[float], most: int) -> list[float]:
    """Return at most about `most` knots: values that many rows share, and quantiles of the others."""
    counts = Counter(values)
    if len(counts) <= most:
        return sorted(counts)
    shared = {value for value, count in counts.items() if count > len(values) / most}
    others = sorted(value for value in values if value not in shared)
    wanted = max(most - len(shared), 3)
    places = [round(place * (len(others) - 1) / (wanted - 1)) for place in range(wanted)]
    return sorted(shared | {others[place] for place in places})
