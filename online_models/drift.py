"""Detectors of drift, on losses and on features. Their state is plain data, so a restored learner goes on alike.

River's detectors (`river.drift`) cannot be written down and read back without pickle; the Page-Hinkley test here
gives the same alarms as River's on the same values (a test compares them).
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

BLOCK = 128  # examples that are summed before the features are looked at
SLOW = 1.0 / 64.0  # weight of a block in the long memory: about 8,000 examples
FAST = 1.0 / 8.0  # in the short memory: about 1,000 examples
BLOCKS_BEFORE_ALARM = 128
ALARM = 0.5  # short mean this many standard deviations from the long one: a shift that a person would see
CALM = 0.25  # below this the feature may alarm again


class Moved(NamedTuple):
    """A feature that moved: its position, its mean in the long and in the short memory, and the shift in sd."""

    position: int
    usual: float
    now: float
    shift: float


class PageHinkley:
    """Page's test for a rise of a mean: alarms when the sum of (value - mean - slack) leaves its lowest by a bound.

    Source: Page, "Continuous inspection schemes", Biometrika 41, 1954. After an alarm it begins anew.
    """

    def __init__(self, slack: float = 0.005, bound: float = 50.0, fading: float = 0.9999, least: int = 30) -> None:
        self.slack, self.bound, self.fading, self.least = slack, bound, fading, least
        self.seen, self.mean, self.total, self.lowest = 0, 0.0, 0.0, 0.0

    def update(self, value: float) -> bool:
        """Take one value; say whether the mean has risen."""
        self.seen += 1
        self.mean += (value - self.mean) / self.seen
        self.total = self.fading * self.total + (value - self.mean - self.slack)
        self.lowest = min(self.lowest, self.total)
        if self.seen < self.least or self.total - self.lowest <= self.bound:
            return False
        self.seen, self.mean, self.total, self.lowest = 0, 0.0, 0.0, 0.0
        return True

    def as_plain(self) -> list[float]:
        """Return what it remembers."""
        return [self.seen, self.mean, self.total, self.lowest]

    def resume(self, plain: Sequence[float]) -> None:
        """Go on from what `as_plain` returned."""
        seen, self.mean, self.total, self.lowest = plain
        self.seen = int(seen)


class FeatureWatch:
    """Means and variances of features in a long and a short memory; alarms when the two part."""

    def __init__(self, size: int) -> None:
        self.mean = np.zeros(size)
        self.variance = np.ones(size)
        self.short = np.zeros(size)
        self.blocks = 0
        self.alarmed = np.zeros(size, dtype=np.bool_)
        self._sum = np.zeros(size)
        self._squares = np.zeros(size)
        self._held = 0

    def update(self, x: NDArray[np.float64]) -> bool:
        """Take one vector of finite numbers; say whether a block is full, when `moved` has something new to say."""
        self._sum += x
        self._squares += x * x
        self._held += 1
        if self._held < BLOCK:
            return False
        self._close_block()
        return True

    def _close_block(self) -> None:
        mean = self._sum / BLOCK
        square = self._squares / BLOCK
        self._sum[:] = 0.0
        self._squares[:] = 0.0
        self._held = 0
        self.blocks += 1
        slow, fast = max(SLOW, 1.0 / self.blocks), max(FAST, 1.0 / self.blocks)
        second = self.variance + self.mean**2 if self.blocks > 1 else square
        second = second + slow * (square - second)
        self.mean += slow * (mean - self.mean)
        self.variance = np.maximum(second - self.mean**2, 1e-9)
        self.short += fast * (mean - self.short)

    def moved(self) -> list[Moved]:
        """Return the features that moved and were calm before, the largest shift first. Asked once per block."""
        if self.blocks < BLOCKS_BEFORE_ALARM:
            return []
        shift = (self.short - self.mean) / np.sqrt(self.variance + 1e-4)
        size = np.abs(shift)
        fresh = np.flatnonzero((size > ALARM) & ~self.alarmed)
        self.alarmed = (size > ALARM) | (self.alarmed & (size > CALM))
        found = [Moved(int(i), float(self.mean[i]), float(self.short[i]), float(shift[i])) for i in fresh]
        return sorted(found, key=lambda moved: (-abs(moved.shift), moved.position))

    def as_plain(self) -> dict[str, Any]:
        """Return everything as plain data, exact."""
        return {
            "rows": [row.tolist() for row in (self.mean, self.variance, self.short, self._sum, self._squares)],
            "alarmed": np.flatnonzero(self.alarmed).tolist(),
            "blocks": self.blocks,
            "held": self._held,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "FeatureWatch":
        """Make a watch of what `as_plain` returned."""
        rows = [np.array(row, dtype=np.float64) for row in plain["rows"]]
        watch = cls(len(rows[0]))
        watch.mean, watch.variance, watch.short, watch._sum, watch._squares = rows
        watch.alarmed[plain["alarmed"]] = True
        watch.blocks, watch._held = plain["blocks"], plain["held"]
        return watch
