"""`whetstone funnel`: stages of the funnel, and variants compared so that looking early does no harm."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from processors.experiments import Comparison, Variant, compare, rate_interval
from schemas.times import DAY, SECOND
from sinks.funnel import Dimension, Funnel, StageCount
from streams.clock import wall_ms
from streams.commands.tables import print_table, table
from streams.settings import settings

Result = TypeVar("Result")
DIMENSIONS = ("all", "source", "region", "rep", "variant")


@click.group()
def funnel() -> None:
    """Show the funnel and compare variants."""


@funnel.command()
@click.option("--by", "dimension", type=click.Choice(DIMENSIONS), default="all", show_default=True)
@click.option("--days", type=click.IntRange(1, 3_650), default=90, show_default=True, help="Entries of so many days.")
def stages(dimension: Dimension, days: int) -> None:
    """Show entries, exits and median times per stage."""

    async def read(store: Funnel) -> list[StageCount]:
        return await store.stages(dimension, wall_ms() - days * DAY)

    found = _with(read)
    if not found:
        click.echo(f"no lead entered a stage in the last {days} days", err=True)
        return
    shown = table((dimension, "stage", "entries", "exits", "inside", "median hours"))
    for one in found:
        median = f"{one.median_ms / SECOND / 3600:.1f}" if one.median_ms is not None else ""
        shown.add_row(one.value or "?", one.stage, str(one.entries), str(one.exits), str(one.inside), median)
    print_table(shown)


@funnel.command()
@click.option("--stage", default="won", show_default=True, help="Stage that counts as converted.")
@click.option("--window", type=click.IntRange(1, 365), default=14, show_default=True, help="Days in which it counts.")
@click.option("--alpha", type=click.FloatRange(0.0001, 0.5), default=0.05, show_default=True, help="Risk of any error.")
def variants(stage: str, window: int, alpha: float) -> None:
    """Compare variants with the first by name. The intervals hold however often this is looked at."""

    async def read(store: Funnel) -> list[Variant]:
        return [Variant(*row) for row in await store.trials(stage, window * DAY, wall_ms())]

    found = _with(read)
    if not found:
        click.echo(
            "no lead has a variant yet; `funnel.variant` in docs/rule-book.md says which field of an event names it",
            err=True,
        )
        return
    compared = {one.name: one for one in compare(found, alpha)}
    shown = table(("variant", "leads", "converted", "rate", "interval", "against the first", "settled"))
    for one in found:
        shown.add_row(*_row(one, compared.get(one.name), alpha / len(found)))
    print_table(shown)


def _row(one: Variant, other: Comparison | None, alpha: float) -> list[str]:
    interval = rate_interval(one.trials, one.successes, alpha)
    row = [one.name, str(one.trials), str(one.successes), f"{one.successes / one.trials:.1%}"]
    row.append(f"{interval.low:.1%} to {interval.high:.1%}")
    if other is None:
        return [*row, "", ""]
    return [*row, f"{other.interval.low:+.1%} to {other.interval.high:+.1%}", "yes" if other.settled else "no"]


def _with(use: Callable[[Funnel], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        chosen = settings()
        dsn = chosen.postgres_dsn.get_secret_value()
        async with Funnel(dsn, chosen.namespace, connections=1, timeout=30.0) as store:
            return await use(store)

    return asyncio.run(run())
