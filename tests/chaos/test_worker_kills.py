"""kill -9 of real workers at random moments: nothing lost, nothing twice, the stores as after an undisturbed run.

The undisturbed run is the pure core over the very log of facts that the workers wrote: its states must stand in Redis
to the byte, its signals and history in PostgreSQL. `WHETSTONE_TEST_CHAOS_EVENTS` sets the size (default 15,000).
"""

import os
from random import Random

import psycopg
import pytest

from processors.history import damages
from schemas.effects import Change
from schemas.fact import Origin
from sinks.kafka import KafkaProducer
from sinks.records import Record
from streams.clock import wall_ms
from streams.kafka_config import client_config
from streams.sample.recipe import Recipe, Sample
from streams.sample.retail import data_file, read
from streams.services.prepare import prepare_stores
from streams.settings import Settings
from streams.waiting import wait_until
from tests.chaos.real_workers import (
    RealWorker,
    Rerun,
    compare_states,
    inboxes,
    run,
    touchpoint_count,
    wait_until_done,
)  # fmt: skip

EVENTS = int(os.environ.get("WHETSTONE_TEST_CHAOS_EVENTS", "15000"))
KILLS = 10
SEED = 20261121
JSON = (("content-type", b"application/json"),)

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(7_200)]


def touchpoints() -> list[Record]:
    sample = Sample(Recipe(SEED, wall_ms(), full=EVENTS > 70_000, json_only=True), list(read(data_file())))
    once = list(sample.sends())[-min(EVENTS, 400_000) :]
    records: list[Record] = []
    rounds = -(-EVENTS // len(once))
    for number in range(rounds):  # more than the sample has: the same people again, with other event ids
        for one in once:
            body = one.body if number == 0 else one.body.replace(b'"event_id":"', b'"event_id":"%d-' % number, 1)
            records.append(Record("touchpoints", body, one.key.encode(), headers=JSON))
    return records[:EVENTS]


async def publish(settings: Settings, records: list[Record]) -> None:
    producer = KafkaProducer(client_config(settings))
    for begin in range(0, len(records), 5_000):
        some = [one._replace(topic=settings.topic(one.topic)) for one in records[begin : begin + 5_000]]
        await producer.produce_all(some)
    await producer.close()


def facts_so_far(settings: Settings) -> int:
    """Return how many event ids are claimed: what the cleanse stage has got to."""
    with psycopg.connect(settings.postgres_dsn.get_secret_value()) as connection:
        row = connection.execute(f"SELECT count(*) FROM {settings.namespace}.event_claims").fetchone()  # noqa: S608
    return int(row[0]) if row else 0


def claimed(settings: Settings, *, about_a_lead: bool) -> set[tuple[int, int]]:
    """Return (partition, offset) of the touchpoints that were accepted."""
    query = (
        f"SELECT s.partition, c.log_offset FROM {settings.namespace}.event_claims c"  # noqa: S608
        f" JOIN {settings.namespace}.slots s ON s.slot_id = c.slot_id WHERE c.lead <> '' OR NOT %s"
    )
    with psycopg.connect(settings.postgres_dsn.get_secret_value()) as connection:
        return {(row[0], row[1]) for row in connection.execute(query, (about_a_lead,))}


def history(settings: Settings) -> dict[str, list[Change]]:
    columns = "lead, seq, field, old, new, rule, rule_book, event_id, actor, at, previous, hash"
    found: dict[str, list[Change]] = {}
    with psycopg.connect(settings.postgres_dsn.get_secret_value()) as connection:
        query = f"SELECT {columns} FROM {settings.namespace}.history ORDER BY lead, seq"  # noqa: S608
        for row in connection.execute(query):
            values = dict(zip(columns.split(", "), row, strict=True))
            change = Change(**values, origin=Origin("facts", "", 0, 0))
            found.setdefault(change.lead, []).append(change)
    return found


def signal_ids(settings: Settings) -> list[str]:
    with psycopg.connect(settings.postgres_dsn.get_secret_value()) as connection:
        return [row[0] for row in connection.execute(f"SELECT signal_id FROM {settings.namespace}.signals")]  # noqa: S608


def test_killed_workers_lose_nothing_and_do_nothing_twice(isolated_settings: Settings) -> None:
    settings = isolated_settings.model_copy(
        update={"clock": "events", "worker_session_timeout_s": 6.0, "slice_records": 200}
    )
    prepare_stores(settings)
    records = touchpoints()
    run(publish(settings, records))
    assert touchpoint_count(settings) == len(records)
    chance = Random(SEED)
    workers = [RealWorker(settings), RealWorker(settings)]
    try:
        assert wait_until(lambda: _claims(settings) > 0, 120), workers[0].log.read_text()[-3_000:]
        for number in range(KILLS):
            # Each kill comes after some progress, so that every one of them interrupts work.
            goal = min(_claims(settings) + chance.randrange(1, max(2, EVENTS // 25)), int(EVENTS * 0.9))
            assert wait_until(lambda goal=goal: _claims(settings) >= goal, 600), f"no progress after {number} kills"
            victim = chance.choice(workers)
            victim.kill()
            victim.start()
        wait_until_done(settings, workers)
    finally:
        statuses = [worker.end() for worker in workers]
    assert statuses == [0, 0]
    rerun = Rerun(settings)
    print(f"{len(records):,} touchpoints, {KILLS} kills, {rerun.repeated:,} facts produced again")
    assert compare_states(settings, rerun) > 0
    stored = signal_ids(settings)
    assert len(stored) == len(set(stored))
    assert set(stored) == set(rerun.signals)
    rows = history(settings)
    assert sum(map(len, rows.values())) == rerun.changes
    assert [str(damage) for lead in rows.values() for damage in damages(lead)] == []
    assert set(inboxes(settings).values()) == {1}
    assert claimed(settings, about_a_lead=True) <= rerun.origins <= claimed(settings, about_a_lead=False)


def _claims(settings: Settings) -> int:
    try:
        return facts_so_far(settings)
    except psycopg.errors.UndefinedTable:
        return 0
