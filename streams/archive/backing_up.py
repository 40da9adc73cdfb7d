"""A backup of the whole lead library: everything the first time, then what has changed since."""

from pathlib import Path
from typing import NamedTuple

from processors.history import change_hash
from schemas.times import to_iso
from sinks.backup import tables
from sinks.backup.copytext import change_in
from sinks.backup.files import (
    FORMAT,
    BadBackup,
    Header,
    Sections,
    Table,
    header_of,
    newest_chain,
    read_parts,
    seal_of,
    write_file,
)
from sinks.postgres.snapshot import Moment


class Written(NamedTuple):
    """A backup that was made: its file, its rows by table, where it ends."""

    path: Path
    rows: dict[str, int]
    header: Header


class ChangedRow(BadBackup):
    """A row of history does not fit its hash."""


async def back_up(moment: Moment, folder: Path, now: int, *, full: bool = False) -> Written:
    """Write the next file of the newest chain in a folder that exists, or begin a new chain.

    `now` is ms since 1970 UTC. A chain goes on only on the database, and the timeline of it, where it began. Raises
    BadBackup when the files there are damaged, or rows of the history are not what was written: then nothing is made.
    """
    here = await tables.here(moment)
    last = None if full else _last(folder, here)
    header = Header(
        format=FORMAT,
        chain=header_of(last).chain if last else _chain(now),
        number=header_of(last).number + 1 if last else 1,
        previous=seal_of(last).sha256 if last else "",
        cluster=here.cluster,
        snapshot=here.snapshot,
        since=_begins(header_of(last)) if last else 0,
        ends_at=await tables.ends_at(moment),
        made_at=now,
    )
    path, rows, _ = await write_file(folder, header, _sections(moment, header.since, here.ends), check_written)
    return Written(path, rows, header)


def _chain(now: int) -> str:
    return "".join(c for c in to_iso(now)[:19] if c.isdigit())


def _last(folder: Path, here: tables.Here) -> Path | None:
    """Return the file to go on from: None when the newest chain is of another database, or of a later moment."""
    try:
        newest = newest_chain(folder)
    except BadBackup as error:
        raise BadBackup(f"{error}; or begin a new chain with --full") from error
    if not newest:
        return None
    header = header_of(newest[-1])
    later = int(header.snapshot.split(":")[1]) > here.ends
    return None if header.cluster != here.cluster or later else newest[-1]


def _begins(header: Header) -> int:
    """Return the first transaction that may have been open when a file was made."""
    return int(header.snapshot.split(":")[0])


async def _sections(moment: Moment, since: int, now: int) -> Sections:
    for table in await tables.tables(moment):
        yield Table(table.name, table.columns), tables.read(moment, table, since, now)


def check_written(path: Path) -> None:
    """Read a file that was just written; raise BadBackup when a row of history is not what was written."""
    try:
        check_history(path)
    except ChangedRow as error:
        raise BadBackup(f"{error}; nothing was backed up: see `whetstone history verify`") from error


def check_history(path: Path) -> None:
    """Read a file whole; raise BadBackup when it, ChangedRow when a row of history in it, is not what was written."""
    for part in read_parts(path):
        for line in part.rows:
            if part.table.table == "history":
                change = change_in(line, part.table.columns)
                if change.hash != change_hash(change):
                    raise ChangedRow(
                        f"row {change.seq} of the history of {change.lead} was changed after it was written"
                    )
