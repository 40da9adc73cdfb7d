"""`whetstone history`: verify the whole history, back it up, restore the library from a copy."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from processors.history import Damage
from schemas.wire import Codec
from sinks.backup.files import BadBackup, newest_chain
from sinks.base import first_line
from sinks.postgres import migrate
from sinks.postgres.copies import CopiedHistory
from sinks.postgres.history import unguarded
from sinks.postgres.snapshot import MissingTable, moment
from streams.archive.backing_up import Written, back_up
from streams.archive.copies import copy_files, copy_topic
from streams.archive.recalling import recall as bring_up
from streams.archive.restoring import Damaged, NotEmpty, NothingCopied, WorkersRun
from streams.archive.restoring import restore as rebuild
from streams.archive.verifying import MOST, Verdict, compare_identifiers, name_lost, take_over, verify_library
from streams.clock import wall_ms
from streams.commands.interrupted import interrupted
from streams.registry import registry_of
from streams.services.prepare import give_release_keys
from streams.settings import Settings, settings
from streams.topics import incarnation

FOLDER = click.Path(file_okay=False, path_type=Path)


class NoBackup(Exception):
    """A folder without any backup."""


FAULTS = (BadBackup, NoBackup, NotEmpty, NothingCopied, Damaged, WorkersRun)
DAMAGED = 1
SHOWN = 100
NO_BACKUP = (
    "{}: 文件夹中没有备份；whetstone history backup {} 可生成 / there is no backup in it; `whetstone history backup {}`"
    " takes one, and `history restore --topic` needs none"
)
NEW_CHAIN = (
    "备份已损坏，与线索库无关；请重新完整备份：whetstone history backup {} --full / the backup is damaged, which says"
    " nothing of the library: take a new one with `whetstone history backup {} --full`"
)
OTHER_COPY = (
    "未恢复任何数据；请使用此文件夹的另一份副本，或移走该链的文件以使用更早的一链（链号在文件名中），或用"
    " --topic 恢复 / nothing was restored: use another copy of this folder, or move the files of this chain away to use"
    " the one before it (their names say which chain), or restore from --topic alone"
)


@click.group()
def history() -> None:
    """Verify the whole history, back it up, restore the library."""


@history.command()
@click.option("--topic/--no-topic", default=True, show_default=True, help="Compare with the copy in `lead-history`.")
@click.option("--backup", "folder", type=FOLDER, help="Compare with the newest backup in this folder, too.")
def verify(topic: bool, folder: Path | None) -> None:
    """Walk every hash chain and compare with the copies; name each row that is changed, missing or moved.

    Ends with status 1 when anything is wrong.
    """
    try:
        with _advising(NEW_CHAIN, folder):
            verdict = asyncio.run(_verified(settings(), topic=topic, folder=folder))
    except MissingTable as error:
        click.echo(f"(all): a table is missing: {error.what}", err=True)
        raise SystemExit(DAMAGED) from error
    except FAULTS as error:
        raise click.ClickException(first_line(error)) from error
    for damage in verdict.damages[:SHOWN]:
        click.echo(str(damage))
    if more := len(verdict.damages[SHOWN:]) + verdict.more:
        click.echo(f"and {more} more")
    for note in verdict.notes:
        click.echo(f"note: {note}", err=True)
    click.echo(f"leads={verdict.leads} rows={verdict.rows} wrong={len(verdict.damages) + verdict.more}")
    if not verdict.whole:
        raise SystemExit(DAMAGED)


async def _verified(chosen: Settings, *, topic: bool, folder: Path | None) -> Verdict:
    made = await asyncio.to_thread(incarnation, chosen, "facts") if topic else ""
    async with moment(chosen.postgres_dsn.get_secret_value(), chosen.namespace) as now:
        verdict = await verify_library(now)
        for table in await unguarded(now):
            says = f"the trigger that keeps rows of {table} from being removed is switched off or gone"
            verdict.add(Damage("(all)", 0, "missing", says))
        if topic:
            copied = CopiedHistory(now)
            await copied.begin()
            await copy_topic(copied, chosen, Codec(registry_of(chosen)))
            await copied.settle()
            take_over(verdict, await copied.compare(made, MOST), "the topic lead-history")
            await compare_identifiers(verdict, now)
            await copied.end()
        if folder is not None:
            copied = CopiedHistory(now)
            await copied.begin()
            await copy_files(copied, _newest(folder))
            await copied.settle()
            found = await copied.compare(made, MOST)
            take_over(verdict, found._replace(lacking=0, older=0), "the backup")
            name_lost(verdict, await copied.lost(MOST), "the backup")
    return verdict


@history.command()
@click.argument("folder", type=FOLDER)
@click.option("--full", is_flag=True, help="Begin a new chain, even where the last one could go on.")
@interrupted("文件夹中已有的备份是完整的，请再次运行", "what stands in the folder is whole; run it again")
def backup(folder: Path, full: bool) -> None:
    """Write the next backup into FOLDER: compressed, checked, whole or not at all; only what changed since the last.

    It holds personal data in full: keep the folder as the database itself.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        written = asyncio.run(_backed_up(settings(), folder, full))
    except FAULTS as error:
        raise click.ClickException(first_line(error)) from error
    rows = " ".join(f"{name}={count}" for name, count in written.rows.items() if count)
    click.echo(
        f"{written.path}: number {written.header.number} of chain {written.header.chain}; {rows or 'no changes'}"
    )
    ends = ", ".join(f"{source} {offset}" for source, offset in written.header.ends_at.items())
    click.echo(f"ends at: {ends or 'the beginning'}")


async def _backed_up(chosen: Settings, folder: Path, full: bool) -> Written:
    async with moment(chosen.owner_dsn, chosen.namespace) as now:
        return await back_up(now, folder, wall_ms(), full=full)


@history.command()
@click.option("--backup", "folder", type=FOLDER, help="From the newest chain of backups in this folder.")
@click.option("--topic", is_flag=True, help="From the topic `lead-history`; with --backup: what came after it.")
@click.option("--missing", is_flag=True, help="Add what a library lacks that is not empty. Stop the workers first.")
@interrupted("要么全部恢复，要么什么都没有恢复，请再次运行", "all of it was restored or nothing; run it again")
def restore(folder: Path | None, topic: bool, missing: bool) -> None:
    """Rebuild the whole lead library on an empty database, as it was; refuse one that is not empty."""
    if folder is None and not topic:
        raise click.UsageError("say where from: --backup FOLDER, --topic, or both")
    try:
        with _advising(OTHER_COPY, folder):
            verdict = asyncio.run(_restored(settings(), folder, topic, missing))
    except FAULTS as error:
        raise click.ClickException(first_line(error)) from error
    for note in verdict.notes:
        click.echo(f"note: {note}", err=True)
    click.echo(f"leads={verdict.leads} rows={verdict.rows}: restored, every chain is whole")
    click.echo("run `whetstone prepare` before workers start: it brings up the state of these leads", err=True)


async def _restored(chosen: Settings, folder: Path | None, topic: bool, missing: bool) -> Verdict:
    paths = _newest(folder) if folder is not None else []
    source = (chosen, Codec(registry_of(chosen))) if topic else None
    await migrate(chosen.owner_dsn, chosen.namespace, chosen.postgres_worker_role or None)
    async with moment(chosen.owner_dsn, chosen.namespace) as now:
        verdict = await rebuild(now, paths, source, missing=missing)
    await give_release_keys(chosen, lambda line: click.echo(line, err=True))
    return verdict


def _newest(folder: Path) -> list[Path]:
    found = newest_chain(folder)
    if not found:
        raise NoBackup(NO_BACKUP.format(*[folder] * 3))
    return found


@contextmanager
def _advising(advice: str, folder: Path | None) -> Iterator[None]:
    """Say behind what is wrong with a backup what to do now."""
    try:
        yield
    except BadBackup as error:
        raise BadBackup(f"{first_line(error)}; {advice.format(folder, folder)}") from error


@history.command()
@interrupted("已补全的状态有效，请再次运行", "what was brought up stands; run it again")
def recall() -> None:
    """Bring the state of every lead up to the library, where a worker ended with HistoryConflict. Stop workers first.

    `whetstone prepare` does it by itself where it can see that Redis was lost and the topic `facts` cannot give back
    what it held. This looks at all leads, and what PostgreSQL took of `facts` counts as read.
    """
    try:
        found = asyncio.run(bring_up(settings(), lambda line: click.echo(line, err=True), everything=True))
    except FAULTS as error:
        raise click.ClickException(first_line(error)) from error
    click.echo(f"partitions={len(found.partitions)} leads={found.leads}: brought up from the library")
