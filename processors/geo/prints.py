"""Prints of a track: the least hashes of its moving points, by which the same points are recognised on another day.

A receiver never measures the same place twice to the last digit, a recording does. Of each day the `size` points with
the least hashes are kept: whichever part of the day is played again, and however densely, those of its points whose
hash lies below the greatest one kept must be among them. They are held as bytes, four for each hash, rising: a rep has
thousands, which must cost nothing while they wait.
"""

from bisect import bisect_left
from sys import byteorder
from zlib import crc32

WIDTH = 4

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


def added(prints: bytes, value: int, size: int) -> bytes:
    """Return the `size` least of prints and one more; the same object where it is not among them."""
    seen = memoryview(prints).cast("I")
    if len(seen) >= size and value >= seen[-1]:
        return prints
    place = bisect_left(seen, value)
    if place < len(seen) and seen[place] == value:
        return prints
    at = place * WIDTH
    return (prints[:at] + value.to_bytes(WIDTH, byteorder) + prints[at:])[: size * WIDTH]


def expected(prints: bytes, value: int, size: int) -> bool:
    """Return whether a point of this hash would be among the prints if the day had had it."""
    return bool(prints) and (len(prints) < size * WIDTH or value <= memoryview(prints).cast("I")[-1])


def has(prints: bytes, value: int) -> bool:
    """Return whether the prints have a point of this hash."""
    seen = memoryview(prints).cast("I")
    place = bisect_left(seen, value)
    return place < len(seen) and seen[place] == value
