"""Backups: a lost disk comes back whole, increments hold what changed, nothing damaged is taken or kept."""

# ruff: noqa: S608 - statements are made of the tests' own constants

import asyncio
import errno
import gzip
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from schemas.effects import Outputs
from sinks.backup import tables
from sinks.backup.files import BadBackup, chains, header_of, newest_chain
from sinks.postgres import PostgresLibrary
from sinks.postgres.snapshot import moment
from streams.archive.backing_up import back_up
from streams.archive.restoring import Damaged, NotEmpty, load_files
from streams.waiting import wait_until
from tests.contract.archives import (
    NOW,
    OFF,
    A,
    backed_up,
    content,
    execute,
    files_in,
    mode_of,
    more,
    restored,
    verified,
)  # fmt: skip
from tests.contract.chains import chain
from tests.contract.examples import PHONE, SLOT, claim, event

pytestmark = [pytest.mark.anyio, pytest.mark.services]


async def test_deleted_rows_are_added_in_place(full_library: PostgresLibrary, dsn: str, tmp_path: Path) -> None:
    before = await content(dsn, full_library._schema)
    await backed_up(dsn, full_library._schema, tmp_path)
    on = [text.replace("DISABLE TRIGGER", "ENABLE ALWAYS TRIGGER").replace(" ALL", f" {name}")
          for text, name in zip(OFF, ("append_only", "never_removed"), strict=True)]  # fmt: skip
    attack = (f"DELETE FROM history WHERE {A}", "DELETE FROM leads WHERE lead_id <> 'lead:b'")
    await execute(dsn, full_library._schema, *OFF, *attack, *on)
    with pytest.raises(NotEmpty):
        await restored(dsn, full_library._schema, tmp_path)
    verdict = await restored(dsn, full_library._schema, tmp_path, missing=True)
    assert (verdict.leads, verdict.rows) == (3, 8)
    assert await content(dsn, full_library._schema) == before


async def test_rows_that_were_changed_are_not_papered_over(
    full_library: PostgresLibrary, dsn: str, tmp_path: Path
) -> None:
    await backed_up(dsn, full_library._schema, tmp_path)
    await execute(dsn, full_library._schema, *OFF, f"UPDATE history SET new = 'x' WHERE {A} AND seq = 2")
    with pytest.raises(Damaged, match="contradict each other: lead:a row 2"):
        await restored(dsn, full_library._schema, tmp_path, missing=True)


async def test_a_lost_disk_full_and_incremental_backups_bring_everything_back(
    full_library: PostgresLibrary, dsn: str, elsewhere: str, tmp_path: Path
) -> None:
    first = await backed_up(dsn, full_library._schema, tmp_path)
    await more(full_library)
    second = await backed_up(dsn, full_library._schema, tmp_path, NOW + 1)
    assert (first.header.number, second.header.number) == (1, 2)
    assert second.header.ends_at == {"facts.3.9f86d081": 300}
    before = await content(dsn, full_library._schema)
    await execute(
        dsn,
        full_library._schema,
        f"DROP SCHEMA {full_library._schema} CASCADE",
        f"CREATE SCHEMA {full_library._schema}",
    )
    await restored(dsn, elsewhere, tmp_path)
    assert await content(dsn, elsewhere) == before
    async with PostgresLibrary(dsn, elsewhere) as again:  # and the library goes on from there
        assert await again.fence("detect", SLOT) == 300
        await again.claim([event("e77", 77)], [claim("lead:d", PHONE._replace(value="+8613912345678"))])
        row = chain("lead:d", [("name", "赵六"), ("qq", "12345")], 200)[1]
        await again.commit("detect", SLOT, 300, 301, Outputs(changes=[row]))
    assert (await verified(dsn, elsewhere)).whole


def wait_for_others(dsn: str) -> None:
    """Wait until every transaction has ended that runs now, of other tests too: an increment begins at the oldest."""
    with psycopg.connect(dsn, autocommit=True) as connection:

        def asked(query: LiteralString) -> int:
            ((number,),) = connection.execute(query).fetchall()
            return int(number)

        now = asked("SELECT pg_current_xact_id()::text::bigint")
        assert wait_until(lambda: asked("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint") > now, 60)


async def test_an_increment_holds_what_changed_and_little_else(
    full_library: PostgresLibrary, dsn: str, tmp_path: Path
) -> None:
    many = [row for n in range(300) for row in chain(f"lead:{n:04}", [("name", f"n{n}")], 1_000 + n)]
    await full_library.commit("detect", SLOT, 99, 9_000, Outputs(changes=many))
    wait_for_others(dsn)
    first = await backed_up(dsn, full_library._schema, tmp_path)
    await full_library.commit("detect", SLOT, 9_000, 9_500, Outputs(changes=chain("lead:new", [("name", "x")], 9_400)))
    second = await backed_up(dsn, full_library._schema, tmp_path)
    assert first.rows["history"] == 308
    assert second.rows["history"] == 1


async def test_a_topic_made_anew_gets_a_slot_beside_those_of_the_files(
    full_library: PostgresLibrary, dsn: str, elsewhere: str, tmp_path: Path
) -> None:
    await backed_up(dsn, full_library._schema, tmp_path)
    async with moment(dsn, elsewhere) as now:
        await load_files(now, files_in(tmp_path))
    ((slot,),) = await execute(dsn, elsewhere, f"SELECT {elsewhere}.slot_of('facts', 'anew', 3)")
    assert slot is not None  # null, where its number was one of those restored


async def test_a_chain_of_another_database_is_not_gone_on_with(
    full_library: PostgresLibrary, dsn: str, elsewhere: str, tmp_path: Path
) -> None:
    await backed_up(dsn, full_library._schema, tmp_path)
    other = await backed_up(dsn, elsewhere, tmp_path, NOW + 1_000)
    assert (other.header.number, other.header.since, len(chains(tmp_path))) == (1, 0, 2)


async def test_a_database_that_is_not_empty_is_refused(full_library: PostgresLibrary, dsn: str, tmp_path: Path) -> None:
    await backed_up(dsn, full_library._schema, tmp_path)
    before = await content(dsn, full_library._schema)
    with pytest.raises(NotEmpty, match=r"history.*--missing adds"):
        await restored(dsn, full_library._schema, tmp_path)
    assert await content(dsn, full_library._schema) == before


async def test_who_looked_before_the_restore_stays_beside_who_had_looked_before(
    full_library: PostgresLibrary, dsn: str, elsewhere: str, tmp_path: Path
) -> None:
    def shown(who: str) -> str:
        return f"INSERT INTO disclosures (who, what, about) VALUES ('{who}', 'export leads', 'all')"

    seen = "SELECT seq, who FROM disclosures ORDER BY seq"
    await execute(dsn, full_library._schema, shown("ann"), shown("bo"))
    await backed_up(dsn, full_library._schema, tmp_path)
    await execute(dsn, full_library._schema, shown("cy"))
    await backed_up(dsn, full_library._schema, tmp_path, NOW + 1)
    await execute(dsn, elsewhere, shown("of the empty database"))
    await restored(dsn, elsewhere, tmp_path)
    rows = await execute(dsn, elsewhere, seen)
    assert sorted(who for _, who in rows) == ["ann", "bo", "cy", "of the empty database"]
    assert rows[0] == (1, "of the empty database")  # no row that is there changes
    await execute(dsn, elsewhere, shown("after"))
    assert (await execute(dsn, elsewhere, seen))[-1][1] == "after"


async def test_a_damaged_library_is_not_backed_up(full_library: PostgresLibrary, dsn: str, tmp_path: Path) -> None:
    await execute(dsn, full_library._schema, *OFF, f"UPDATE history SET new = 'x' WHERE {A} AND seq = 2")
    with pytest.raises(BadBackup, match="row 2 of the history of lead:a was changed"):
        await backed_up(dsn, full_library._schema, tmp_path)
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("damage", ["cut", "flipped", "exchanged", "missing"])
async def test_a_damaged_backup_is_refused_and_nothing_is_kept(
    full_library: PostgresLibrary, dsn: str, elsewhere: str, tmp_path: Path, damage: str
) -> None:
    await backed_up(dsn, full_library._schema, tmp_path)
    await more(full_library)
    second = await backed_up(dsn, full_library._schema, tmp_path)
    first = next(iter(chains(tmp_path).values()))[0]
    data = first.read_bytes()
    if damage == "cut":
        first.write_bytes(data[: len(data) // 2])
    elif damage == "flipped":
        text = gzip.decompress(data).replace("张三丰".encode(), "张三封".encode())
        first.write_bytes(gzip.compress(text))
    elif damage == "exchanged":
        first.write_bytes(second.path.read_bytes())
    else:
        first.unlink()
    with pytest.raises(BadBackup):
        await restored(dsn, elsewhere, tmp_path)
    assert all(not rows for rows in (await content(dsn, elsewhere)).values())


async def test_what_is_damaged_in_an_older_chain_does_not_matter(
    full_library: PostgresLibrary, dsn: str, elsewhere: str, tmp_path: Path
) -> None:
    old = await backed_up(dsn, full_library._schema, tmp_path)
    new = await backed_up(dsn, full_library._schema, tmp_path, NOW + 1_000, full=True)
    whole = old.path.read_bytes()
    old.path.write_bytes(whole[:100])
    assert newest_chain(tmp_path) == [new.path]
    await more(full_library)
    second = await backed_up(dsn, full_library._schema, tmp_path)
    assert (second.header.chain, second.header.number) == (new.header.chain, 2)
    old.path.write_bytes(whole)
    new.path.write_bytes(new.path.read_bytes()[:100])
    with pytest.raises(BadBackup, match=f"to go back to chain {old.header.chain}; or begin a new chain with --full"):
        await backed_up(dsn, full_library._schema, tmp_path)
    for path in (new.path, second.path):
        path.unlink()
    verdict = await restored(dsn, elsewhere, tmp_path)
    assert verdict.rows > 0


async def test_a_backup_that_fails_half_way_leaves_no_file(
    full_library: PostgresLibrary, dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with moment(dsn, full_library._schema) as now:
        task = asyncio.create_task(back_up(now, tmp_path, NOW))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert files_in(tmp_path) == []
    await backed_up(dsn, full_library._schema, tmp_path)
    (path,) = files_in(tmp_path)
    assert (mode_of(path) & 0o077, header_of(path).number) == (0, 1)


async def test_a_full_disk_ends_a_backup_and_leaves_nothing_behind(
    full_library: PostgresLibrary, dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[bytes] = []

    def write(_: gzip.GzipFile, data: bytes) -> int:
        if data.startswith(b"lead:a\t"):  # in the middle of a table: more is on its way
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(data)
        return len(data)

    monkeypatch.setattr(tables, "BLOCK", 1)
    monkeypatch.setattr(gzip.GzipFile, "write", write)
    with pytest.raises(OSError, match="No space left"):
        async with asyncio.timeout(30):
            await backed_up(dsn, full_library._schema, tmp_path)
    assert written
    assert files_in(tmp_path) == []
