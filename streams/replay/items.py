"""Touchpoints of a file on their way in: checked and cleansed, at the places of an imagined partition."""

from collections.abc import Iterable

from processors.cleanse import Cleansed, cleanse
from processors.cleanse_batch import Item
from processors.cleansing.record import CleansingOptions
from processors.decode import TimeLimits, check_time
from schemas.fact import Origin
from schemas.outcome import Refusal
from schemas.touchpoint import Touchpoint

INCARNATION = "00000000"  # of topics that there are not


class Items:
    """Does what the first stage does with each record, in order."""

    def __init__(self, options: CleansingOptions) -> None:
        self._options = options
        self._offset = 0

    def of(self, batch: Iterable[Touchpoint | Refusal]) -> list[Item]:
        """Return a batch as the next records of the partition."""
        return [self._item(outcome) for outcome in batch]

    def _item(self, outcome: Touchpoint | Refusal) -> Item:
        origin = Origin("touchpoints", INCARNATION, 0, self._offset)
        self._offset += 1
        if isinstance(outcome, Touchpoint):
            outcome = check_time(outcome, TimeLimits())
        done = cleanse(outcome, self._options) if isinstance(outcome, Touchpoint) else outcome
        return Item(origin, done, done.touchpoint.occurred_at if isinstance(done, Cleansed) else 0)
