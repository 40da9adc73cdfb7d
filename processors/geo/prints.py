"""Prints of a track: the least hashes of its moving points, by which the same points are recognised on another day.

A receiver never measures the same place twice to the last digit, a recording does. Of each day the `size` points with
the least hashes are kept: whichever part of the day is played again, and however densely, those of its points whose
hash lies below the greatest one kept must be among them.
"""

from bisect import bisect_left
from collections.abc import Sequence
from zlib import crc32

STEP_M = 1.0
"""Points nearer to the former one do not count: they say nothing new."""
FINE = 10_000.0  # at four decimals (11 m) and less, a road's points repeat by themselves


def is_fine(lat: float, lon: float) -> bool:
    """Return whether a place is given finely enough (over four decimals) that a repetition is no accident."""
    return not (_coarse(lat) and _coarse(lon))


def _coarse(degrees: float) -> bool:
    scaled = degrees * FINE
    return abs(scaled - round(scaled)) < 1e-4


def point_hash(lat: float, lon: float) -> int:
    """Return 32 bits of a place, the same for all that are equal to six decimals (0.1 m)."""
    return crc32(b"%d,%d" % (round(lat * 1e6), round(lon * 1e6)))


def added(prints: Sequence[int], value: int, size: int) -> Sequence[int]:
    """Return the `size` least of prints (rising) and one more; the same object where it is not among them."""
    if len(prints) >= size and value >= prints[-1]:
        return prints
    place = bisect_left(prints, value)
    if place < len(prints) and prints[place] == value:
        return prints
    return [*prints[:place], value, *prints[place:]][:size]


def expected(prints: Sequence[int], value: int, size: int) -> bool:
    """Return whether a point of this hash would be among the prints if the day had had it."""
    return bool(prints) and (len(prints) < size or value <= prints[-1])


def has(prints: Sequence[int], value: int) -> bool:
    """Return whether the prints have a point of this hash."""
    place = bisect_left(prints, value)
    return place < len(prints) and prints[place] == value
