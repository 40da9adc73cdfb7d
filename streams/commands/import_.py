"""`whetstone import`: an Excel or CSV file becomes touchpoints, after a preview that tells the truth."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from schemas.rules import RuleBookError
from sinks.base import SinkUnavailable
from sinks.postgres.disclosures import disclose
from sinks.postgres.snapshot import moment
from sinks.postgres.workers import workers_connected
from streams.commands.by import by
from streams.commands.faults import said
from streams.commands.interrupted import interrupted
from streams.commands.source_name import SOURCE_NAME
from streams.importing.drafting import calm_collector, drafters, load_tables, processes_for
from streams.importing.outcomes import NAMES, OUTCOMES, Judged
from streams.importing.problems import FileProblem, Said
from streams.importing.report import Report
from streams.importing.saved_map import SavedMap, read_map
from streams.importing.session import import_table
from streams.importing.tables import Table, open_table
from streams.settings import settings

SHOWN = 5
GIVEN_BY_A_SYSTEM = re.compile(r"(?:客户|会员|用户|crm|customer|member).*(?:编号|编码|号|id|no|number|code)$", re.I)
SENT = ("new", "update", "review")
WAITS = (
    "没有工作进程在运行：已发送的行在等待，启动后才会进入线索库 / no worker is connected: what was sent waits, and"
    " reaches the library once one runs; `whetstone status` shows what runs, `whetstone up` starts it"
)
MOST_SHOWN = 20  # characters of a cell
IN = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, writable=True, path_type=Path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be imported, and how."""

    file: Path
    saved: SavedMap | None
    sheet: str | None
    hidden: bool
    source: str
    dry_run: bool
    report: Path | None
    save_map: Path | None
    who: str


@click.command("import")
@click.argument("file", type=IN)
@click.option("--map", "mapping", type=IN, help="Mapping that overrides what the headings mean, YAML.")
@click.option("--save-map", type=OUT, help="Write the mapping that was used.")
@click.option("--sheet", help="Sheet of the workbook; default: the first with a header.")
@click.option(
    "--hidden/--no-hidden", default=True, help="Also rows that are hidden or filtered out; default: they are."
)
@click.option("--source", type=SOURCE_NAME, default="import", show_default=True, help="Source that the rows come from.")
@click.option("--dry-run", is_flag=True, help="Only show what would happen; nothing is sent.")
@click.option(
    "--report", type=OUT, help="Write a workbook with a sheet per outcome; whose leads it shows is written down."
)
@by("imports and reads the report")
@interrupted("已发送的行有效，再次运行即可继续", "what was sent counts; run it again to go on")
def import_(file: Path, mapping: Path | None, source: str, **options: Any) -> None:
    """Import leads from an Excel or CSV FILE; the same file twice changes nothing.

    Rows in conflict are held back: decide them in the report (column ※采用/decision: 文件 file, 库 library) and import
    the report. Ends with status 1 when the file cannot be read or a service stays away; run it again to go on.
    """
    _keep_apart(file, **options)
    try:
        saved = read_map(mapping.read_text(encoding="utf-8-sig")) if mapping else None
        request = Request(file=file, saved=saved, source=source, **options)
        counts, hidden = _import(request)
        waits = not request.dry_run and any(counts[each] for each in SENT) and not asyncio.run(_workers())
    except (FileProblem, RuleBookError, OSError, UnicodeDecodeError) as error:
        raise click.ClickException(said(error) or str(error)) from error
    except SinkUnavailable as error:
        raise click.ClickException(f"{said(error)}; 再次运行即可继续 / run it again to go on") from error
    _tell(counts, hidden, request)
    if waits:
        click.echo(WAITS, err=True)


def _keep_apart(file: Path, *, report: Path | None, save_map: Path | None, **_: Any) -> None:
    """Refuse to write over the file that is imported, or a workbook under another name. Raises BadParameter."""
    for option, path in (("--report", report), ("--save-map", save_map)):
        if path is not None and path.exists() and path.samefile(file):
            told = "不能覆盖正在导入的文件 / that is the file that is imported; give another name"
            raise click.BadParameter(told, param_hint=option)
    if report is not None and report.suffix.lower() != ".xlsx":
        raise click.BadParameter("文件名应以 .xlsx 结尾 / a file that ends in .xlsx", param_hint="--report")


def _import(request: Request) -> tuple[Counter[str], Said | None]:
    with ExitStack() as stack:
        table = stack.enter_context(open_table(request.file, request.saved, request.sheet, with_hidden=request.hidden))
        _describe(table)
        if request.save_map is not None:
            request.save_map.write_text(table.columns.as_yaml(), encoding="utf-8")
        load_tables()
        calm_collector()
        pool = stack.enter_context(drafters(processes_for(request.file, table.kind)))
        report = Report(request.report, table.columns) if request.report else None
        if report is not None:
            stack.push(lambda kind, *_: _give(report, request.who, table.hidden_told, whole=kind is None))
        progress, task = stack.enter_context(_progress())

        def take(judged: Sequence[Judged]) -> None:
            if report is not None:
                report.add(judged)
            rows = progress.tasks[0].fields["rows"] + len(judged)
            progress.update(task, completed=table.done(), rows=rows)

        importing = import_table(settings(), table, request.source, take, dry_run=request.dry_run, pool=pool)
        return asyncio.run(importing), table.hidden_told


def _give(report: Report, who: str, hidden: Said | None = None, *, whole: bool = True) -> None:
    """Write the report, after writing down whose leads it shows; without that nobody is given it."""
    try:
        if report.shown:
            asyncio.run(_disclosed(who, sorted(report.shown)))
        report.close(hidden, whole=whole)
    except BaseException:
        report.discard()
        raise


async def _workers() -> bool:
    chosen = settings()
    async with moment(chosen.postgres_dsn.get_secret_value(), chosen.namespace) as now:
        return await workers_connected(now)


async def _disclosed(who: str, leads: Sequence[str]) -> None:
    chosen = settings()
    async with moment(chosen.postgres_dsn.get_secret_value(), chosen.namespace) as now:
        for lead in leads:
            await disclose(now, who, "import report", lead)


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
    for name, headings in columns.named().items():
        if headings[0] not in columns.unknown:
            click.echo(f"  {name} ← {', '.join(headings)}", err=True)
    if columns.unknown:
        names = ", ".join(columns.unknown)
        click.echo(f"  未识别的列，原样保留 / columns not understood, kept as they are: {names}", err=True)
    for heading in filter(GIVEN_BY_A_SYSTEM.search, columns.unknown):
        told = f"crm:SYSTEM: {heading}"
        click.echo(f"  {heading}: 若是系统编号，可在 --map 中写明 / a system's id? name it in --map: {told}", err=True)
    if columns.nameless:
        names = ", ".join(value[:MOST_SHOWN] for value in columns.nameless)
        click.echo(f"  没有表头的列，未导入；首个内容 / left out, without a heading; first value: {names}", err=True)
    names = ", ".join(table.others)
    if names and columns.decision is None:
        click.echo(f"  其他工作表未导入，用 --sheet 选择 / sheets not read, choose one with --sheet: {names}", err=True)
    elif mended := [f"--sheet '{name}'" for name in table.others if name.startswith(str(NAMES["rejected"].zh))]:
        told = f"报告只读取冲突；改好的拒绝行请用 / of a report conflicts are read; rejected rows, mended: {mended[0]}"
        click.echo(f"  {told}", err=True)
    if table.hidden_sheets:
        names = ", ".join(table.hidden_sheets)
        click.echo(
            f"  隐藏的工作表未导入，用 --sheet 选择 / hidden sheets not read, choose one with --sheet: {names}",
            err=True,
        )
    if table.formulas:
        click.echo(f"  {table.formulas} 个公式，读取其结果 / formulas, of which the results are read", err=True)


def _tell(counts: Counter[str], hidden: Said | None, request: Request) -> None:
    if request.dry_run:
        click.echo("预览，未发送任何数据 / preview: nothing was sent", err=True)
    click.echo(" ".join(f"{outcome}={counts[outcome]}" for outcome in OUTCOMES))
    told = " · ".join(f"{NAMES[outcome].zh} {counts[outcome]}" for outcome in OUTCOMES)
    click.echo(told if counts.total() else "表头下没有数据行 / there are no rows below the header", err=True)
    if hidden is not None:
        click.echo(str(hidden), err=True)
    held = counts["conflict"] + counts["rejected"]
    if held and request.report is None:
        names = f"{NAMES['conflict']}, {NAMES['rejected']}"
        click.echo(f"{held}: {names}; 用 --report 查看 / see them with --report OUT.xlsx", err=True)
