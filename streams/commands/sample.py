"""`whetstone sample`: make the sample as files, or play it."""

import signal
import sys
from pathlib import Path

import click

from streams.clock import wall_ms
from streams.sample.player import Options, Player
from streams.sample.recipe import LEAST_DAYS, WHOLE_YEAR, Recipe, Sample, last_moment
from streams.sample.retail import data_file, read
from streams.sample.screen import Screen
from streams.services import ServiceError
from streams.settings import settings

LIVE_S, SHORT_LIVE_S = 60.0, 15.0
NOT_MET = 1  # exit status when the truth was not met


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
@click.option("--full", is_flag=True, help="A page view for every product ordered: over 400,000 touchpoints.")
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


@sample.command()
@click.option("--exit", "leave", is_flag=True, help="End after the sample: status 0 if the truth was met, else 1.")
@click.option("--seed", default=7, show_default=True, help="Equal seeds give equal people.")
@click.option(
    "--days", type=click.IntRange(LEAST_DAYS), default=WHOLE_YEAR, show_default=True, help="The last days only."
)
@click.option("--limit", type=click.IntRange(min=1), help="The last so many of the shop's invoices only.")
@click.option("--leads", type=click.IntRange(min=1), default=400, show_default=True, help="Simulated leads.")
@click.option("--full", is_flag=True, help="A page view for every product ordered: over 400,000 touchpoints.")
@click.option(
    "--speed", type=click.FloatRange(min=1), help="Touchpoints a second in phase 1; default: as fast as it goes."
)
@click.option(
    "--live-rate", type=click.FloatRange(0.1, 500), default=20.0, show_default=True, help="Forms a second, live."
)
@click.option("--live-seconds", type=click.FloatRange(0.1), help="Length of phase 2; default 60, with --exit 15.")
def play(
    leave: bool,
    seed: int,
    days: int,
    limit: int | None,
    leads: int,
    full: bool,
    speed: float | None,
    live_rate: float,
    live_seconds: float | None,
) -> None:
    """Start everything embedded, play the sample, say whether its truth was met, stay up until Ctrl-C.

    Everything lies in the folder `sample` of the data folder, which is emptied first.
    """
    recipe = Recipe(seed, last_moment(wall_ms()), days, limit, leads, full)
    seconds = live_seconds or (SHORT_LIVE_S if leave else LIVE_S)
    folder = settings().data_dir / "sample"
    options = Options(recipe=recipe, data_dir=folder, speed=speed, live_rate=live_rate, live_seconds=seconds)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    sys.exit(_played(Player(options, Screen()), leave))


def _played(player: Player, leave: bool) -> int:
    """Play, stay if asked, and stop in any case; return the exit status."""
    met = False
    try:
        met = all(check.met for check in player.play())
        if not leave:
            player.stay()
    except KeyboardInterrupt:
        click.echo()
    except ServiceError as error:
        click.secho(f"\n{error}", fg="red", err=True)
        met = False
    finally:
        player.stop()
    return 0 if met else NOT_MET
