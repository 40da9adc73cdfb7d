"""The facts of a file of touchpoints: decoded, cleansed and resolved by the code that runs live."""

from collections.abc import Iterator
from pathlib import Path

import click

from processors.cleansing.record import CleansingOptions
from schemas.fact import Fact
from schemas.outcome import Refusal
from schemas.rules import RuleBook
from streams.replay.identifiers import Identifiers
from streams.replay.items import Items
from streams.replay.sources import batches, touchpoints

BATCH = 1_000


class FactFile:
    """Reads a file once; `rejected` and `duplicates` say afterwards what did not become facts."""

    def __init__(self, path: Path, rules: RuleBook) -> None:
        self._path = path
        self._options = CleansingOptions(rules.cleansing)
        self.read = self.rejected = self.duplicates = 0

    def facts(self) -> Iterator[Fact]:
        """Yield the facts about leads, in the order of the file."""
        entering, identifiers = Items(self._options), Identifiers()
        for batch in batches(touchpoints(self._path), BATCH):
            items = entering.of(batch)
            plan = identifiers.plan(items)
            self.read += len(items)
            self.rejected += sum(isinstance(item.outcome, Refusal) for item in items)
            self.duplicates += len(plan.duplicates)
            yield from (fact for fact in plan.facts if fact.entity.startswith("lead:"))
        if self.read and self.rejected == self.read:
            raise click.ClickException(f"{self._path}: not one of {self.read} lines is a touchpoint")
