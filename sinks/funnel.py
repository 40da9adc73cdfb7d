"""Reading the funnel: entries, exits and times per stage, and what came of each variant."""

from typing import Literal

import msgspec

from sinks.postgres.database import Database

Dimension = Literal["all", "source", "region", "rep", "variant"]


class StageCount(msgspec.Struct, frozen=True):
    """A stage for one value of a dimension. `median_ms`: time from entry to exit; None while nobody has left."""

    value: str | None
    stage: str
    entries: int
    exits: int
    inside: int
    median_ms: float | None


class Funnel(Database):
    """The views and functions of migrations 0021 and 0075. Every call raises SinkUnavailable when the store is away."""

    async def stages(self, dimension: Dimension, begin: int = 0, end: int = 2**62) -> list[StageCount]:
        """Return every stage by the values of a dimension, for leads that entered it in [begin, end) ms."""
        statement = self.statement("SELECT * FROM {schema}.funnel(%s, %s, %s)")
        return [StageCount(*row) for row in await self.rows(statement, (dimension, begin, end))]

    async def trials(self, stage: str, window_ms: int, now: int) -> list[tuple[str, int, int]]:
        """Return (variant, leads whose window is over, those of them that reached the stage within it)."""
        statement = self.statement("SELECT * FROM {schema}.funnel_trials(%s, %s, %s)")
        found = await self.rows(statement, (stage, window_ms, now))
        return [(str(name), int(trials), int(successes)) for name, trials, successes in found]
