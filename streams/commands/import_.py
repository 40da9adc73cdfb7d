"""`whetstone import`: an Excel or CSV file becomes touchpoints, after a preview that tells the truth."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from schemas.rules import RuleBookError
from sinks.base import SinkUnavailable
from streams.importing.columns import SavedMap, read_map
from streams.importing.opening import Stores, opened
from streams.importing.outcomes import NAMES, OUTCOMES, Judged
from streams.importing.problems import FileProblem
from streams.importing.report import Report
from streams.importing.run import run
from streams.importing.tables import Table, open_table
from streams.settings import settings

SHOWN = 5
IN = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command("import")
@click.argument("file", type=IN)
@click.option("--map", "mapping", type=IN, help="Mapping that overrides what the headings mean, YAML.")
@click.option("--save-map", type=OUT, help="Write the mapping that was used.")
@click.option("--sheet", help="Sheet of the workbook; default: the first with a header.")
@click.option("--source", default="import", show_default=True, help="Source that the rows come from.")
@click.option("--dry-run", is_flag=True, help="Only show what would happen; nothing is sent.")
@click.option("--report", "target", type=OUT, help="Write a workbook with a sheet per outcome.")
def import_(
    file: Path,
    mapping: Path | None,
    save_map: Path | None,
    sheet: str | None,
    source: str,
    dry_run: bool,
    target: Path | None,
) -> None:
    """Import leads from an Excel or CSV FILE; the same file twice changes nothing.

    Rows in conflict are held back: decide them in the report (column ※采用/decision: 文件 file, 库 library) and import
    the report. Ends with status 1 when the file cannot be read or a service stays away; run it again to go on.
    """
    if not source or len(source) > 64:
        raise click.BadParameter("1 to 64 characters", param_hint="--source")
    try:
        saved = read_map(mapping.read_text(encoding="utf-8-sig")) if mapping else None
        counts = _import(file, saved, sheet, source, dry_run, target, save_map)
    except (FileProblem, RuleBookError, OSError, UnicodeDecodeError) as error:
        raise click.ClickException(str(error)) from error
    except SinkUnavailable as error:
        raise click.ClickException(f"{error}; 再次运行即可继续 / run it again to go on") from error
    _tell(counts, dry_run, target)


def _import(
    file: Path,
    saved: SavedMap | None,
    sheet: str | None,
    source: str,
    dry_run: bool,
    target: Path | None,
    save_map: Path | None,
) -> Counter[str]:
    with ExitStack() as stack:
        table = stack.enter_context(open_table(file, saved, sheet))
        _describe(table)
        if save_map is not None:
            save_map.write_text(table.columns.as_yaml(), encoding="utf-8")
        report = Report(target, table.columns) if target else None
        if report is not None:
            stack.callback(report.close)
        progress, task = stack.enter_context(_progress())

        def take(judged: Sequence[Judged]) -> None:
            if report is not None:
                report.add(judged)
            rows = progress.tasks[task].fields["rows"] + len(judged)
            progress.update(task, completed=table.done(), rows=rows)

        async def whole() -> Counter[str]:
            async with AsyncExitStack() as services:
                stores: Stores = await services.enter_async_context(opened(settings(), sending=not dry_run))
                judge = stores.judge(table, source)
                services.callback(judge.close)
                return await run(table.rows(), judge, stores.send, take)

        return asyncio.run(whole())


@contextmanager
def _progress() -> Iterator[tuple[Progress, TaskID]]:
    columns = (
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield progress, progress.add_task("importing", total=1.0, rows=0)


def _describe(table: Table) -> None:
    columns = table.columns
    where = f"{table.name} [{table.sheet}]" if table.sheet else table.name
    click.echo(f"{where}: 表头在第 {columns.line} 行 / header on line {columns.line}", err=True)
    for name, places in columns.fields.items():
        click.echo(f"  {name} ← {', '.join(columns.headings[place] for place in places)}", err=True)
    if columns.unknown:
        names = ", ".join(columns.unknown)
        click.echo(f"  未识别的列，原样保留 / columns not understood, kept as they are: {names}", err=True)
    if table.formulas:
        click.echo(f"  {table.formulas} 个公式，读取其结果 / formulas, of which the results are read", err=True)


def _tell(counts: Counter[str], dry_run: bool, target: Path | None) -> None:
    if dry_run:
        click.echo("预览，未发送任何数据 / preview: nothing was sent", err=True)
    click.echo(" ".join(f"{outcome}={counts[outcome]}" for outcome in OUTCOMES))
    held = counts["conflict"] + counts["rejected"]
    if held and target is None:
        names = f"{NAMES['conflict']}, {NAMES['rejected']}"
        click.echo(f"{held}: {names}; 用 --report 查看 / see them with --report OUT.xlsx", err=True)
