"""`whetstone export`: leads of the library as a table."""

import asyncio
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress, TextColumn

from schemas.lead_query import EVERYTHING, Condition, LeadQuery, Sight
from streams.commands.by import by
from streams.commands.interrupted import interrupted
from streams.commands.output import OUTPUT
from streams.exporting.conditions import SYNTAX, BadCondition, conditions_of, said
from streams.exporting.job import ExportJob, run_export
from streams.exporting.tables import LANGUAGES, Language
from streams.settings import settings


@click.group()
def export() -> None:
    """Export to Excel or CSV."""


@export.command()
@click.argument("out", type=OUTPUT)
@click.option("--where", "texts", multiple=True, metavar="CONDITION", help=f"Only leads of which it holds: {SYNTAX}.")
@click.option("--region", "regions", multiple=True, help="Only leads of this region; several may be given.")
@click.option("--rep", "reps", multiple=True, help="Only leads that this salesperson may see; several may be given.")
@click.option("--merged", is_flag=True, help="Also leads that go by another's name since they were merged.")
@click.option("--unmasked", is_flag=True, help="Contact data, names and addresses in full; who did is written down.")
@click.option(
    "--language", type=click.Choice(LANGUAGES), default="zh", show_default=True, help="Language of the headings."
)
@by("exports")
@interrupted("未写出文件", "no file was written")
def leads(
    out: Path,
    texts: tuple[str, ...],
    regions: tuple[str, ...],
    reps: tuple[str, ...],
    merged: bool,
    unmasked: bool,
    language: Language,
    who: str,
) -> None:
    """Write leads to OUT.xlsx or OUT.csv, one a person; nothing in it is ever a formula."""
    if out.suffix.lower() not in (".xlsx", ".csv"):
        raise click.BadParameter("a file that ends in .xlsx or .csv", param_hint="OUT")
    job = ExportJob(query=query_of(texts, regions, reps, merged), masked=not unmasked, who=who, language=language)
    chosen = settings()
    columns = TextColumn("{task.completed:,} leads")
    with Progress(columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)

        def advance(more: int) -> None:
            progress.advance(task, more)

        count = asyncio.run(run_export(chosen.postgres_dsn.get_secret_value(), chosen.namespace, job, out, advance))
    click.echo(f"leads={count}")
    if not count:
        click.echo(f"没有符合条件的线索 / no lead fits: {said(job.query)}", err=True)


def query_of(
    texts: tuple[str, ...], regions: tuple[str, ...] = (), reps: tuple[str, ...] = (), merged: bool = False
) -> LeadQuery:
    """Return the query that options describe. Raises BadParameter."""
    try:
        conditions, bounds = conditions_of(texts)
    except BadCondition as error:
        raise click.BadParameter(str(error), param_hint="--where") from error
    if regions:
        conditions.append(Condition("region", "is", regions))
    sight = Sight(reps, ()) if reps else EVERYTHING
    return LeadQuery(tuple(conditions), tuple(bounds), sight, merged)
