"""The lead library rebuilt from its copies, on an empty database; or what it lacks added to one that is not."""

from collections.abc import Sequence
from pathlib import Path

from schemas.wire import Codec
from sinks.backup import tables
from sinks.backup.files import BadBackup, read_parts
from sinks.postgres.blocking_keys import forget_keys_given
from sinks.postgres.copied_evidence import CopiedEvidence
from sinks.postgres.copies import CopiedHistory
from sinks.postgres.rebuild import take_over
from sinks.postgres.snapshot import Moment
from sinks.postgres.workers import workers_connected
from streams.archive.backing_up import ChangedRow, check_history
from streams.archive.copies import copy_files, copy_topic
from streams.archive.verifying import Verdict, verify_library
from streams.settings import Settings

NAMED = 10
NOT_EMPTY = "the database is not empty, and nothing was restored"
WHAT_THEN = (
    "--missing adds what this library lacks; to rebuild it whole, restore into an empty database"
    " (docs/operations.md, `The lead library was damaged or lost`)"
)
WORKERS = (
    "workers are connected to this database, and nothing was restored: stop them all (SIGTERM;"
    " `whetstone status` names the one of this machine), restore, and start them again"
)
# Increments cannot say that a row went and came back under another number.
THEN_WHOLE = "begin a new chain of backups now: `whetstone history backup FOLDER --full`"
NOTHING = "the topic lead-history holds nothing (the embedded broker forgets its topics when it stops)"


class NotEmpty(Exception):
    """The database holds something already: nothing was restored."""


class WorkersRun(Exception):
    """Workers are connected to the database: nothing was restored."""


class NothingCopied(Exception):
    """The copy holds nothing: nothing was restored."""


class Damaged(Exception):
    """What was restored is not whole, or the copy contradicts what is there: nothing was kept."""


async def restore(
    moment: Moment, paths: Sequence[Path], topic: tuple[Settings, Codec] | None, *, missing: bool = False
) -> Verdict:
    """Restore from the files of a chain, then from the topic; the caller's transaction keeps it, or nothing of it.

    On an empty library everything comes back as it was. With `missing`, rows of history that are not there are added,
    and leads, identifiers and fences follow from them. Records of an earlier release lack the keys of this one until
    they are given them (`give_release_keys`). The verdict's notes say what the copies gave. Raises NotEmpty,
    WorkersRun, NothingCopied, Damaged and BadBackup.
    """
    await _refuse_workers(moment)
    held_before = await _held(moment)
    if not missing:
        if held := await tables.not_empty(moment):
            raise NotEmpty(f"{NOT_EMPTY}: there is something in {', '.join(held)}; {WHAT_THEN}")
        await load_files(moment, paths)
    copied = CopiedHistory(moment)
    await copied.begin()
    if missing:
        await copy_files(copied, paths)
    evidence = CopiedEvidence(moment)
    await evidence.begin()
    if topic is not None:
        await copy_topic(copied, *topic, evidence)
    silent = False
    if missing or topic is not None:
        silent = not await copied.settle() and topic is not None
        if silent and not paths:
            raise NothingCopied(f"nothing was restored: {NOTHING}; restore from a backup (--backup FOLDER)")
        await _agree(copied)
        await take_over(moment)
        await evidence.take_over()
    await tables.settle_sequences(moment)
    await forget_keys_given(moment)
    verdict = await verify_library(moment)
    if not verdict.whole:
        named = "; ".join(str(damage) for damage in verdict.damages[:NAMED])
        raise Damaged(f"what the copies give is not whole, nothing was kept: {named}")
    await _refuse_workers(moment)  # one may have begun meanwhile
    if silent:
        verdict.notes.append(NOTHING)
    if missing:
        rows, identifiers = await _held(moment)
        added = rows - held_before[0], identifiers - held_before[1]
        verdict.notes.append(
            f"{added[0]} rows of history and {added[1]} identifiers were missing, and were added"
            + (f"; {THEN_WHOLE}" if any(added) else "")
        )
    return verdict


async def _refuse_workers(moment: Moment) -> None:
    # What a worker has told the topic and not stored yet would count as stored, and its signals be left out for ever.
    if await workers_connected(moment):
        raise WorkersRun(WORKERS)


async def _held(moment: Moment) -> tuple[int, int]:
    """Count rows of history, and identifiers."""
    query = "SELECT (SELECT count(*) FROM {schema}.history), (SELECT count(*) FROM {schema}.identifiers)"
    ((rows, identifiers),) = await moment.rows(query)
    return rows, identifiers


async def load_files(moment: Moment, paths: Sequence[Path]) -> None:
    """Load every table of these files, in order; rows that are made from then on get numbers behind theirs."""
    known = {table.name: table for table in await tables.tables(moment)}
    for path in paths:
        try:
            check_history(path)
        except ChangedRow as error:
            raise BadBackup(f"{path}: {error}; nothing was restored") from error
        for part in read_parts(path):
            table = known.get(part.table.table)
            if table is None:
                raise BadBackup(f"{path}: there is no table {part.table.table} here; was it made by a later release?")
            await tables.load(moment, part, table)
    await tables.settle_sequences(moment)


async def _agree(copied: CopiedHistory) -> None:
    found = await copied.compare("", NAMED)
    if found.changed:
        named = ", ".join(f"{rows.lead} row {rows.first}" for rows in found.changed)
        raise Damaged(f"the copy and the library contradict each other: {named}; nothing was kept")
