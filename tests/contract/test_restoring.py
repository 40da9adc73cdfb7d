"""Restoring where it is delicate: identifiers, numbers of rows, workers that run, rows that do not fit their hash."""

# ruff: noqa: S608 - statements are made of the tests' own constants

from pathlib import Path
from unittest.mock import Mock, patch

import msgspec
import pytest

from processors.resolver.live.keys import GRAMMAR
from sinks.backup import tables
from sinks.backup.files import BadBackup, newest_chain
from sinks.postgres import PostgresLibrary
from sinks.postgres.blocking_keys import give_keys
from sinks.postgres.copies import CopiedHistory
from sinks.postgres.rebuild import take_over
from sinks.postgres.snapshot import moment
from sinks.postgres.workers import worker_name
from streams.archive.copies import copy_files, take
from streams.archive.restoring import WorkersRun
from streams.archive.verifying import Verdict, name_lost, verify_library
from tests.contract.archives import LEADS, NOW, OFF, A, backed_up, content, execute, restored
from tests.contract.chains import chain
from tests.contract.examples import PHONE, SLOT, claim, event

pytestmark = [pytest.mark.anyio, pytest.mark.services]

IDENTIFIERS = "kind, value, lead, event_id, verified, since, until, moved_by"
UNGUARDED = "ALTER TABLE identifiers DISABLE TRIGGER ALL"


async def test_deleted_identifiers_are_named_and_added_from_a_backup(
    full_library: PostgresLibrary, dsn: str, tmp_path: Path
) -> None:
    schema = full_library._schema
    before = (await content(dsn, schema, identifiers=IDENTIFIERS))["identifiers"]
    await backed_up(dsn, schema, tmp_path)
    await execute(dsn, schema, UNGUARDED, "DELETE FROM identifiers")
    async with moment(dsn, schema) as now:
        copied = CopiedHistory(now)
        await copied.begin()
        await copy_files(copied, newest_chain(tmp_path))
        lost = await copied.lost(10)
    verdict = Verdict()
    name_lost(verdict, lost, "the backup")
    assert list(map(str, verdict.damages)) == [
        "lead:a: its identifiers are missing (1 of phone); the backup has them",
        "lead:b: its identifiers are missing (1 of email, 1 of phone); the backup has them",
    ]
    verdict = await restored(dsn, schema, tmp_path, missing=True)
    assert "0 rows of history and 3 identifiers were missing" in verdict.notes[0]
    assert "--full" in verdict.notes[0]
    assert (await content(dsn, schema, identifiers=IDENTIFIERS))["identifiers"] == before


async def test_a_chain_that_goes_on_after_rows_were_deleted_and_added_again_comes_back(
    full_library: PostgresLibrary, dsn: str, elsewhere: str, tmp_path: Path
) -> None:
    schema = full_library._schema
    await backed_up(dsn, schema, tmp_path)
    await execute(dsn, schema, UNGUARDED, "DELETE FROM identifiers WHERE lead = 'lead:b'")
    async with moment(dsn, schema) as now:  # as a restore does
        await tables.settle_sequences(now)
    await full_library.claim([], [claim("lead:b", event_id="e3", since=9)])  # in another order than before
    await restored(dsn, schema, tmp_path, missing=True)
    before = (await content(dsn, schema, identifiers=IDENTIFIERS))["identifiers"]
    await backed_up(dsn, schema, tmp_path, NOW + 1)
    await restored(dsn, elsewhere, tmp_path)  # a number that was given twice was two identifiers: no one could load it
    assert (await content(dsn, elsewhere, identifiers=IDENTIFIERS))["identifiers"] == before


async def test_a_database_that_was_prepared_is_empty_and_what_comes_into_it_is_given_keys_anew(
    full_library: PostgresLibrary, dsn: str, elsewhere: str, tmp_path: Path
) -> None:
    given = "SELECT grammar FROM key_grammars"
    await give_keys(dsn, full_library._schema, GRAMMAR - 1, lambda _profile: [])
    await backed_up(dsn, full_library._schema, tmp_path)
    await give_keys(dsn, elsewhere, GRAMMAR, lambda _profile: [])  # as `whetstone prepare` does
    await restored(dsn, elsewhere, tmp_path)
    assert (await content(dsn, elsewhere, leads="lead_id"))["leads"]
    assert await execute(dsn, elsewhere, given) == []  # the records of the backup may lack keys of this release
    await give_keys(dsn, elsewhere, GRAMMAR, lambda _profile: [])
    await restored(dsn, elsewhere, tmp_path, missing=True)
    assert await execute(dsn, elsewhere, given) == []


async def test_numbers_of_rows_never_go_back(full_library: PostgresLibrary, dsn: str) -> None:
    schema = full_library._schema
    given = "SELECT max(claim_id) FROM identifiers"
    ((last,),) = await execute(dsn, schema, given)
    await execute(dsn, schema, UNGUARDED, f"DELETE FROM identifiers WHERE claim_id = {last}")
    async with moment(dsn, schema) as now:
        await tables.settle_sequences(now)
    await full_library.claim([event("e77", 77)], [claim("lead:d", PHONE._replace(value="+8613912345678"))])
    ((now_last,),) = await execute(dsn, schema, given)
    assert now_last > last


@pytest.mark.parametrize("missing", [False, True])
async def test_beside_workers_nothing_is_restored(
    full_library: PostgresLibrary, dsn: str, elsewhere: str, tmp_path: Path, missing: bool
) -> None:
    await backed_up(dsn, full_library._schema, tmp_path)
    async with PostgresLibrary(dsn, elsewhere, application=worker_name(elsewhere)) as worker:
        await worker.fence("detect", SLOT)
        with pytest.raises(WorkersRun, match="stop them all"):
            await restored(dsn, elsewhere, tmp_path, missing=missing)
    assert all(not rows for rows in (await content(dsn, elsewhere)).values())


async def test_a_row_that_does_not_fit_its_hash_is_said_as_what_it_stops(
    full_library: PostgresLibrary, dsn: str, elsewhere: str, tmp_path: Path
) -> None:
    await execute(dsn, full_library._schema, *OFF, f"UPDATE history SET new = 'x' WHERE {A} AND seq = 2")
    with patch("streams.archive.backing_up.check_written"):
        await backed_up(dsn, full_library._schema, tmp_path)
    with pytest.raises(BadBackup, match=r"row 2 of the history of lead:a was changed .*; nothing was restored"):
        await restored(dsn, elsewhere, tmp_path)


@pytest.mark.parametrize("alone", [False, True])
async def test_a_row_that_was_sent_again_in_other_words_does_not_stand_for_the_true_one(
    dsn: str, elsewhere: str, alone: bool
) -> None:
    true = chain("lead:a", LEADS["lead:a"], 0)
    forged = msgspec.structs.replace(true[1], new="x")
    sent = [true[0], *true[2:], forged] if alone else [*true, forged]
    topic = Mock(decode_history=lambda _: sent)
    record = Mock(value=lambda: b"all", timestamp=lambda: (1, NOW))
    async with moment(dsn, elsewhere) as now:
        copied = CopiedHistory(now)
        await copied.begin()
        await take(copied, [record], topic)
        await copied.settle()
        await take_over(now)
        verdict = await verify_library(now)
    said = ["lead:a: row 2 was changed after it was written"] if alone else []
    assert [str(damage) for damage in verdict.damages if "row 2" in str(damage)] == said
    assert verdict.whole is not alone
