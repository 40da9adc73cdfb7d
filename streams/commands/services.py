"""`whetstone up`, `down` and `status`: the embedded services and our processes, in the background."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from streams.commands.tables import print_table, table
from streams.services import ServiceError, Stack
from streams.services.fleet import Fleet
from streams.services.prepare import prepare_stores
from streams.services.supervise import Health
from streams.settings import settings

data_dir_option = click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of data, logs and secrets; default: WHETSTONE_DATA_DIR, then .whetstone",
)


@click.command()
@data_dir_option
@click.option("--services-only", is_flag=True, help="PostgreSQL, Valkey and the broker, no process of our own.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="How many workers.")
def up(data_dir: Path | None, services_only: bool, workers: int) -> None:
    """Start what does not run, and wait until it answers."""
    fleet = _fleet(data_dir)
    with _told():
        found = fleet.services_up(click.echo) if services_only else fleet.up(workers, click.echo)
    click.echo(f"Settings: {fleet.stack.env_file}")
    if not services_only:
        click.echo(f"Gateway:  {found.gateway_public_url or f'http://127.0.0.1:{found.gateway_port}'}")


@click.command()
def prepare() -> None:
    """Make the topics and bring the database up to date, on the services that the settings lead to."""
    with _told():
        prepare_stores(settings(), click.echo)


@click.command()
@data_dir_option
@click.option("--patience", type=click.FloatRange(min=0), default=120, show_default=True, help="Seconds to wait.")
@click.option("--force", is_flag=True, help="Do not wait: what is not processed is lost with the embedded broker.")
def down(data_dir: Path | None, patience: float, force: bool) -> None:
    """Stop the gateway, wait until what was accepted is processed, then stop the rest."""
    with _told():
        _fleet(data_dir).down(patience, force, click.echo)


@click.command()
@data_dir_option
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(data_dir: Path | None, as_json: bool) -> None:
    """Show what runs and how it is. Exit status 1 when something is not healthy, or cannot take work."""
    fleet = _fleet(data_dir)
    with _told():
        found = fleet.status()
    if as_json:
        click.echo(json.dumps([asdict(one) | {"healthy": one.healthy} for one in found], indent=2))
    else:
        print_table(_table(found))
    if not all(one.healthy and not one.remark for one in found):
        raise SystemExit(1)


def _fleet(data_dir: Path | None) -> Fleet:
    return Fleet(Stack(data_dir or settings().data_dir))


@contextmanager
def _told() -> Iterator[None]:
    """Say what went wrong as a message with exit status 1, not as a stack trace."""
    try:
        yield
    except ServiceError as error:
        raise click.ClickException(str(error)) from error


def _table(found: list[Health]) -> Table:
    shown = table(("", "state", "pid", "port", "version"), whole=("",))
    for one in found:
        state = (
            Text(one.error, "red") if one.error else Text(one.remark or "healthy", "yellow" if one.remark else "green")
        )
        shown.add_row(one.title, state, str(one.pid or ""), str(one.port or ""), one.version)
    return shown
