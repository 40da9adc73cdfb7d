"""What the stores cost, per row: client CPU, wall time, and for PostgreSQL the ways of writing side by side.

Run `python -m tests.bench.stores` where the services of the settings run on this machine: it works in a schema and
under a key prefix of its own, and removes both. CPU times hold on a busy machine too; wall time does not.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from typing import Any
from uuid import uuid4

import psutil
import psycopg
from psycopg import sql
from redis.asyncio import Redis

from schemas.effects import Change, Outputs, Slot
from schemas.fact import Origin
from schemas.identity import EventClaim, IdClaim, IdKey
from schemas.signal import Signal
from sinks.postgres import PostgresLibrary, migrate
from sinks.postgres.documents import document
from sinks.redis import RedisStateStore, connect
from streams.settings import settings

ROUNDS = 15
SLOT = Slot("facts", "9f86d081", 3)
COLUMNS = (
    "lead", "seq", "field", "old", "new", "rule", "rule_book", "event_id", "actor", "at", "topic", "incarnation",
    "partition", "log_offset", "output_index", "previous", "hash",
)  # fmt: skip
TYPES = (
    "text", "int4", "text", "text", "text", "text", "text", "text", "text", "int8", "text", "text", "int4", "int8",
    "int4", "bytea", "bytea",
)  # fmt: skip
NAMES = ", ".join(COLUMNS)
FROM_JSON = """
    SELECT lead, seq, field, old, new, rule, rule_book, event_id, actor, at, (origin).topic, (origin).incarnation,
        (origin).partition, (origin)."offset", (origin).index, decode(previous, 'base64'), decode(hash, 'base64')
    FROM json_populate_recordset(NULL::given_change, %s::json)
"""
Call = Callable[[Any], Awaitable[Any]]


async def measure(title: str, rows: int, batches: list[Any], call: Call, server: psutil.Process) -> None:
    """Print CPU of client and server and wall time per row: means over the batches; the first one warms up."""
    await call(batches[0])
    began = _spent(server)
    for batch in batches[1:]:
        await call(batch)
    scale = 1e6 / rows / (len(batches) - 1)
    client, other, wall = ((end - begin) * scale for begin, end in zip(began, _spent(server), strict=True))
    print(f"{title:44} {rows:5} rows: client {client:6.2f}, server {other:6.2f}, wall {wall:6.2f} µs/row")


def _spent(server: psutil.Process) -> tuple[float, float, float]:
    cpu = server.cpu_times()
    return time.process_time(), cpu.user + cpu.system, time.perf_counter()


def change(batch: int, n: int) -> Change:
    """Return one change of lead `n`."""
    digest = blake2b(f"{batch}.{n}".encode(), digest_size=16).digest()
    return Change(
        lead=f"lead:{n:020d}", seq=batch + 1, field="phone", old=f"+8613900{n:06d}", new=f"+8613800{n:06d}",
        rule="phone.e164", rule_book="2026-11-21.1", event_id=f"01JD-{batch}-{n}", actor="web", at=1_763_690_000_000,
        origin=Origin(*SLOT, n), previous=bytes(16), hash=digest,
    )  # fmt: skip


def signal(batch: int, n: int) -> Signal:
    """Return one signal to one of fifty reps and to the managers."""
    return Signal(
        signal_id=f"{batch:010d}{n:010d}", kind="followup_overdue", entity=f"lead:{n:020d}", at=1_763_690_000_000,
        severity="warning", to=(f"rep:r{n % 50}", "role:manager"), title={"zh": "跟进超时", "en": "Follow-up overdue"},
        rule="followup.overdue", rule_book="2026-11-21.1", origin=Origin(*SLOT, 10_000 * batch + n), region="华东",
        evidence={"created_at": "2026-11-21T02:00:00Z", "minutes": 31, "rep_id": f"r{n % 50}"},
    )  # fmt: skip


def flat(row: Change) -> tuple[Any, ...]:
    """Return a change as the columns of history."""
    place = row.origin
    return (
        row.lead, row.seq, row.field, row.old, row.new, row.rule, row.rule_book, row.event_id, row.actor, row.at,
        place.topic, place.incarnation, place.partition, place.offset, place.index, row.previous, row.hash,
    )  # fmt: skip


def ways(connection: psycopg.AsyncConnection[Any]) -> dict[str, Call]:
    """Return the ways of writing history rows that were compared."""
    marks = ", ".join(["%s"] * len(COLUMNS))
    arrays = ", ".join(f"%b::{kind}[]" for kind in TYPES)
    insert = f"INSERT INTO plain ({NAMES}) "
    many_rows = insert + f"VALUES ({marks})"
    from_arrays = insert + "SELECT * FROM unnest(" + arrays + ")"  # noqa: S608 # all of it stands in this file
    from_json = insert + FROM_JSON

    async def many(batch: list[Change]) -> None:
        async with connection.transaction(), connection.cursor() as cursor:
            await cursor.executemany(many_rows.encode(), [flat(row) for row in batch])

    async def unnest(batch: list[Change]) -> None:
        columns = [list(column) for column in zip(*map(flat, batch), strict=True)]
        await connection.execute(from_arrays.encode(), columns)

    async def copy(batch: list[Change], how: str = "") -> None:
        into = f"COPY plain ({NAMES}) FROM STDIN {how}".encode()
        async with connection.transaction(), connection.cursor() as cursor, cursor.copy(into) as stream:
            if how:
                stream.set_types(TYPES)
            for row in batch:
                await stream.write_row(flat(row))

    async def copy_binary(batch: list[Change]) -> None:
        await copy(batch, "(FORMAT binary)")

    async def as_json(batch: list[Change]) -> None:
        await connection.execute(from_json.encode(), (document(batch),))

    return {"executemany": many, "unnest": unnest, "COPY text": copy, "COPY binary": copy_binary, "JSON": as_json}


async def compare_ways(dsn: str, schema: str) -> None:
    """Write the same history rows in each way, into a table without triggers and leads."""
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(schema)))
        server = psutil.Process(connection.info.backend_pid)
        for title, call in ways(connection).items():
            await connection.execute("CREATE TEMP TABLE plain (LIKE history INCLUDING ALL)")
            batches = [[change(batch, n) for n in range(2_000)] for batch in range(ROUNDS)]
            await measure(f"2,000 history rows alone, {title}", 2_000, batches, call, server)
            await connection.execute("DROP TABLE plain")


async def claims(library: PostgresLibrary, server: psutil.Process) -> None:
    """Event ids as the cleanse stage asks for and claims them; one in ten brings two identifiers."""
    for size in (20, 500, 2_000):
        batches = []
        for batch in range(ROUNDS):
            ids = [str(uuid4()) for _ in range(size)]
            batches.append([EventClaim(event_id, Origin(*SLOT, batch), f"lead:{event_id[:20]}") for event_id in ids])
        asked = [[claim.event_id for claim in batch] for batch in batches]
        await measure("decisions, none found", size, asked, library.decisions, server)
        await measure("claim of event ids", size, batches, library.claim, server)
        await measure("decisions, all found", size, asked, library.decisions, server)
    keys = [[IdKey("phone", f"+86138{batch}{n:06d}") for n in range(500)] for batch in range(ROUNDS)]
    await measure("lookup, none found", 500, keys, library.lookup, server)
    made = [[IdClaim(key, f"lead:{key.value}", True, 1, "e") for key in batch] for batch in keys]
    await measure("claim of identifiers", 500, made, lambda batch: library.claim([], batch), server)
    await measure("lookup, all found", 500, keys, library.lookup, server)


async def commits(library: PostgresLibrary, server: psutil.Process) -> None:
    """Batches as the detect stage commits them; a row is a change or a signal."""
    for changes, signals in ((20, 5), (2_000, 0), (0, 500), (2_000, 500)):
        slot = SLOT._replace(partition=changes + signals)
        batches = [
            (batch, Outputs(
                changes=[change(batch, n + 10_000 * signals + 10**7 * changes) for n in range(changes)],
                signals=[signal(batch + 1_000 * changes, n) for n in range(signals)],
            ))
            for batch in range(ROUNDS)
        ]  # fmt: skip

        async def commit(given: tuple[int, Outputs], slot: Slot = slot) -> None:
            await library.commit("detect", slot, given[0] - 1, given[0], given[1])

        await measure(f"commit of {changes} changes, {signals} signals", changes + signals, batches, commit, server)


async def states(url: str, prefix: str) -> None:
    """State as the detect stage loads and commits it, and what due() costs beside a million waiting timers."""
    async with RedisStateStore(connect(url), prefix) as store, Redis.from_url(url) as client:
        about: Any = await client.info("server")
        server = psutil.Process(about["process_id"])
        names = [f"lead:{n:020d}" for n in range(20_000)]
        fence = -1

        async def commit(batch: list[str]) -> None:
            nonlocal fence
            await store.commit(SLOT, fence, fence + 1, Outputs(states=dict.fromkeys(batch, bytes(1_000))))
            fence += 1

        for size in (20, 500, 5_000):
            batches = [names[(size * n) % 15_000 :][:size] for n in range(ROUNDS)]
            await measure("Redis commit of states of 1 KB", size, batches, commit, server)
            await measure("Redis load of states of 1 KB", size, batches, lambda batch: store.load(SLOT, batch), server)
        told = [[signal(batch, n) for n in range(500)] for batch in range(ROUNDS)]
        await measure(
            "Redis delivery of signals to 2 inboxes", 500, told, lambda batch: store.deliver(SLOT, batch), server
        )
        key = f"{{{prefix}:facts.3}}:timers"
        for waiting in (1, 1_000_000):
            for first in range(0, waiting, 10_000):
                count = min(10_000, waiting - first)
                await client.zadd(key, {f"lead:{n:020d}\0t": 10**9 + n for n in range(first, first + count)})
            print(f"due() beside {waiting} waiting timers: server {await _due_cost(store, client):.2f} µs a call")
        async for found in client.scan_iter(f"*{prefix}*", count=1_000):
            await client.unlink(found)


async def _due_cost(store: RedisStateStore, client: Redis, calls: int = 1_000) -> float:
    async def spent() -> int:
        stats: Any = await client.info("commandstats")
        return int(stats.get("cmdstat_zrangebyscore", {}).get("usec", 0))

    before = await spent()
    for _ in range(calls):
        await store.due(SLOT, 500)
    return (await spent() - before) / calls


async def main() -> None:
    """Measure both stores."""
    dsn, name = settings().postgres_dsn.get_secret_value(), f"bench{uuid4().hex[:8]}"
    await migrate(dsn, name)
    try:
        await compare_ways(dsn, name)
        async with PostgresLibrary(dsn, name, connections=1) as library:
            ((pid,),) = await library.rows(b"SELECT pg_backend_pid()")
            await claims(library, psutil.Process(pid))
            await commits(library, psutil.Process(pid))
    finally:
        async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
            await connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))
    await states(settings().redis_url.get_secret_value(), name)


if __name__ == "__main__":
    asyncio.run(main())
