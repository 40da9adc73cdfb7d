"""`whetstone export`: leads of the library as a table."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import NamedTuple

import click
from rich.console import Console
from rich.progress import Progress, TextColumn

from processors.cleansing.fields import LEAD_FIELDS
from processors.cleansing.record import CleansingOptions
from processors.lead_fields import FIELD_NAMES
from schemas.masking import mask_record, mask_text
from sinks.postgres import PostgresReader
from sinks.postgres.disclosures import disclose
from sinks.postgres.snapshot import moment
from streams.commands.by import by
from streams.commands.output import OUTPUT
from streams.importing.exporting import FIELDS, LANGUAGES, OWN, OWN_ZH, Language, Target, open_target
from streams.importing.exporting import export as write
from streams.importing.headings import field_of
from streams.settings import settings

NAMED = {word: name for name, words in FIELD_NAMES.items() for word in words} | dict(zip(OWN_ZH, OWN, strict=True))
DEFAULTS = CleansingOptions()


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
    query = Query(conditions_of(conditions), list(regions) or None, merged)
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


def conditions_of(texts: Sequence[str]) -> dict[str, str]:
    """Return field → value, as the library holds it: 手机=138 0013 8000 is phone=+8613800138000.

    Raises BadParameter, also where two conditions about one field can never both hold.
    """
    found: dict[str, str] = {}
    for text in texts:
        heading, equals, value = text.partition("=")
        name = heading if heading in FIELDS else NAMED.get(heading) or field_of(heading)
        if not equals or name not in FIELDS:
            raise click.BadParameter(f"{text!r}: FIELD=VALUE, with one of {', '.join(FIELDS)}", param_hint="--where")
        rule = LEAD_FIELDS.get(name) if name != "id_number" else None  # its hash is the library's alone
        value = (rule.clean(value, DEFAULTS).value if rule else None) or value
        if found.setdefault(name, value) != value:
            raise click.BadParameter(f"{name} cannot be two things at once", param_hint="--where")
    return found


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
