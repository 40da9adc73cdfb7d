"""`whetstone sample`: make the sample as files, or play it."""

from pathlib import Path

import click

from streams.clock import wall_ms
from streams.sample.recipe import LEAST_DAYS, WHOLE_YEAR, Recipe, Sample, last_moment
from streams.sample.retail import data_file, read


@click.group()
def sample() -> None:
    """Make and play the sample: a year of real orders and simulated front ends whose truth is known."""


@sample.command()
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Touchpoints, one a line.")
@click.option("--truth", type=click.Path(dir_okay=False, path_type=Path), required=True, help="What must come out.")
@click.option("--seed", default=7, show_default=True, help="Equal seeds and ends give equal files.")
@click.option("--end", type=click.IntRange(min=0), help="Last moment, ms since 1970 UTC; default: now.")
@click.option(
    "--days", type=click.IntRange(LEAST_DAYS), default=WHOLE_YEAR, show_default=True, help="The last days only."
)
@click.option("--limit", type=click.IntRange(min=1), help="The last so many of the shop's invoices only.")
@click.option("--leads", type=click.IntRange(min=1), default=400, show_default=True, help="Simulated leads.")
@click.option("--full", is_flag=True, help="A page view for every product ordered: six times as many touchpoints.")
def make(
    out: Path, truth: Path, seed: int, end: int | None, days: int, limit: int | None, leads: int, full: bool
) -> None:
    """Write the sample's touchpoints as they are sent, and its truth."""
    moment = last_moment(wall_ms() if end is None else end)
    drawn = Sample(Recipe(seed, moment, days, limit, leads, full, json_only=True), list(read(data_file())))
    with out.open("wb") as file:
        file.writelines(one.body + b"\n" for one in drawn.sends())
    truth.write_bytes(drawn.truth.as_json())
    click.echo(f"{out}: {drawn.truth.sent} touchpoints, {len(drawn.truth.leads)} leads; their truth: {truth}")
