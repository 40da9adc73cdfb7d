"""The facts of a file of touchpoints: decoded, cleansed and resolved by the code that runs live."""

from collections.abc import Iterator
from pathlib import Path

import click

from processors.cleanse import Cleansed, cleanse
from processors.cleanse_batch import CleanseBatch, Item
from processors.cleansing.record import CleansingOptions
from processors.decode import TimeLimits, check_time
from schemas.fact import Fact, Origin
from schemas.outcome import Refusal
from schemas.rules import RuleBook
from schemas.touchpoint import Touchpoint
from streams.replay.path import INCARNATION, Identifiers
from streams.replay.sources import batches, touchpoints

BATCH = 1_000


class FactFile:
    """Reads a file once; `rejected` and `duplicates` say afterwards what did not become facts."""

    def __init__(self, path: Path, rules: RuleBook) -> None:
        self._path = path
        self._options = CleansingOptions(rules.cleansing)
        self._offset = 0
        self.read = self.rejected = self.duplicates = 0

    def facts(self) -> Iterator[Fact]:
        """Yield the facts about leads, in the order of the file."""
        identifiers = Identifiers()
        for batch in batches(touchpoints(self._path), BATCH):
            items = [self._item(outcome) for outcome in batch]
            plan = identifiers.plan(CleanseBatch(items))
            self.read += len(items)
            self.rejected += sum(isinstance(item.outcome, Refusal) for item in items)
            self.duplicates += len(plan.duplicates)
            yield from (fact for fact in plan.facts if fact.entity.startswith("lead:"))
        if self.read and self.rejected == self.read:
            raise click.ClickException(f"{self._path}: not one of {self.read} lines is a touchpoint")

    def _item(self, outcome: Touchpoint | Refusal) -> Item:
        origin = Origin("touchpoints", INCARNATION, 0, self._offset)
        self._offset += 1
        if isinstance(outcome, Touchpoint):
            outcome = check_time(outcome, TimeLimits())
        done = cleanse(outcome, self._options) if isinstance(outcome, Touchpoint) else outcome
        return Item(origin, done, done.touchpoint.occurred_at if isinstance(done, Cleansed) else 0)
