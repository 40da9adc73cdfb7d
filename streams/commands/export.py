"""`whetstone export`: leads of the library as a table."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import NamedTuple

import click
from rich.console import Console
from rich.progress import Progress, TextColumn

from schemas.masking import mask_record, mask_text
from sinks.postgres import PostgresReader
from sinks.postgres.disclosures import disclose
from sinks.postgres.snapshot import moment
from streams.commands.by import by
from streams.commands.output import OUTPUT
from streams.importing.exporting import FIELDS, LANGUAGES, Language, Target, open_target
from streams.importing.exporting import export as write
from streams.settings import settings


class Query(NamedTuple):
    """Which leads: those with all of these values, of these regions (None: all), also merged ones."""

    where: dict[str, str]
    regions: list[str] | None
    merged: bool


@click.group()
def export() -> None:
    """Export to Excel or CSV."""


@export.command()
@click.argument("out", type=OUTPUT)
@click.option("--where", "conditions", multiple=True, metavar="FIELD=VALUE", help="Only leads with this value.")
@click.option("--region", "regions", multiple=True, help="Only leads of this region; several may be given.")
@click.option("--merged", is_flag=True, help="Also leads that go by another's name since they were merged.")
@click.option("--unmasked", is_flag=True, help="Contact data, names and addresses in full; who did is written down.")
@click.option(
    "--language", type=click.Choice(LANGUAGES), default="zh", show_default=True, help="Language of the headings."
)
@by("exports")
def leads(
    out: Path,
    conditions: tuple[str, ...],
    regions: tuple[str, ...],
    merged: bool,
    unmasked: bool,
    language: Language,
    who: str,
) -> None:
    """Write leads to OUT.xlsx or OUT.csv, one a person; nothing in it is ever a formula."""
    if out.suffix.lower() not in (".xlsx", ".csv"):
        raise click.BadParameter("a file that ends in .xlsx or .csv", param_hint="OUT")
    query = Query(dict(map(_condition, conditions)), list(regions) or None, merged)
    if unmasked:
        asyncio.run(_disclosed(who, limits_said(query)))
    target = open_target(out)
    columns = TextColumn("{task.completed:,} leads")
    with Progress(columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)

        def advance(more: int) -> None:
            progress.advance(task, more)

        count = asyncio.run(_export(target, query, not unmasked, language, advance))
    click.echo(f"leads={count}")


def _condition(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or name not in FIELDS:
        raise click.BadParameter(f"{text!r}: FIELD=VALUE, with one of {', '.join(FIELDS)}", param_hint="--where")
    return name, value


def limits_said(query: Query) -> str:
    """Return which leads are exported. Conditions may name people: they are masked."""
    limits = [f"{name}={mask_record(value, name)}" for name, value in query.where.items()]
    return ", ".join([*limits, *map(mask_text, query.regions or ())]) or "all leads"


async def _disclosed(who: str, about: str) -> None:
    """Write down who is about to be given everything, before it is given."""
    chosen = settings()
    async with moment(chosen.postgres_dsn.get_secret_value(), chosen.namespace) as now:
        await disclose(now, who, "export leads", about)


async def _export(
    target: Target, query: Query, masked: bool, language: Language, progress: Callable[[int], None]
) -> int:
    chosen = settings()
    dsn = chosen.postgres_dsn.get_secret_value()
    async with PostgresReader(dsn, chosen.namespace, connections=1) as reader:
        try:
            async with aclosing(reader.select_leads(query.where, query.regions, merged=query.merged)) as found:
                count = await write(found, target, masked=masked, progress=progress, language=language)
        except BaseException:
            target.discard()
            raise
    target.close()
    return count
