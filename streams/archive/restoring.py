"""The lead library rebuilt from its copies, on an empty database; or what it lacks added to one that is not."""

from collections.abc import Sequence
from pathlib import Path

from schemas.wire import Codec
from sinks.backup import tables
from sinks.backup.files import BadBackup, read_parts
from sinks.postgres.copied_evidence import CopiedEvidence
from sinks.postgres.copies import CopiedHistory
from sinks.postgres.rebuild import take_over
from sinks.postgres.snapshot import Moment
from streams.archive.backing_up import check_history
from streams.archive.copies import copy_files, copy_topic
from streams.archive.verifying import Verdict, verify_library
from streams.settings import Settings

NAMED = 10
NOTHING = "the topic lead-history holds nothing (the embedded broker forgets its topics when it stops)"


class NotEmpty(Exception):
    """The database holds something already: nothing was restored."""


class NothingCopied(Exception):
    """The copy holds nothing: nothing was restored."""


class Damaged(Exception):
    """What was restored is not whole, or the copy contradicts what is there: nothing was kept."""


async def restore(
    moment: Moment, paths: Sequence[Path], topic: tuple[Settings, Codec] | None, *, missing: bool = False
) -> Verdict:
    """Restore from the files of a chain, then from the topic; the caller's transaction keeps it, or nothing of it.

    On an empty library everything comes back as it was. With `missing`, rows of history that are not there are added,
    and leads, identifiers and fences follow from them. The verdict's notes say what the copies gave. Raises NotEmpty,
    NothingCopied, Damaged and BadBackup.
    """
    held_before = await _rows(moment) if missing else 0
    if not missing:
        if held := await tables.not_empty(moment):
            raise NotEmpty(f"the database is not empty: there is something in {', '.join(held)}")
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
    verdict = await verify_library(moment)
    if not verdict.whole:
        named = "; ".join(str(damage) for damage in verdict.damages[:NAMED])
        raise Damaged(f"what the copies give is not whole, nothing was kept: {named}")
    if silent:
        verdict.notes.append(NOTHING)
    if missing:
        verdict.notes.append(f"{verdict.rows - held_before} rows of history were missing, and were added")
    return verdict


async def _rows(moment: Moment) -> int:
    return int((await moment.rows("SELECT count(*) FROM {schema}.history"))[0][0])


async def load_files(moment: Moment, paths: Sequence[Path]) -> None:
    """Load every table of these files, in order; rows that are made from then on get numbers behind theirs."""
    known = {table.name: table for table in await tables.tables(moment)}
    for path in paths:
        check_history(path)
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
