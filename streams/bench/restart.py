"""`bench restart`: a worker that starts with many entities in Redis; how soon it has done its first event."""

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import Any

import orjson

from processors.state import EntityState, encode_entity
from schemas.effects import NO_OFFSET, Outputs, Slot
from schemas.ids import derived_id, entity_key, partition_of
from schemas.times import to_iso
from sinks.kafka import KafkaProducer
from sinks.records import Record
from sinks.redis.client import connect
from sinks.redis.state import RedisStateStore
from streams.bench.engine import BenchmarkFailed
from streams.bench.installation import installation
from streams.bench.machine import machine
from streams.clock import wall_ms
from streams.kafka_config import client_config
from streams.settings import Settings
from streams.waiting import wait_until

AT_ONCE = 5_000
PATIENCE_S = 120.0
JSON = (("content-type", b"application/json"),)


def typical(number: int) -> bytes:
    """Return the blob of a lead with the usual fields and one follow-up."""
    at = 1_795_000_000_000 + number
    fields = {
        "name": [f"张{number}", 1, at, 0],
        "phone": [f"+86138{number:08d}", 1, at, 0],
        "email": [f"lead{number}@example.com", 1, at, 0],
        "company": [f"上海第{number}有限公司", 1, at, 0],
        "region": ["华东", 1, at, 0],
    }
    lead = {"created": at, "known": at, "source": "website", "region": "华东", "fields": fields, "rep": "r1"}
    follow_up = {"since": at, "due": at + 1_800_000, "first": at + 60_000}
    state = EntityState(seen={"touchpoints.3.0a1b2c3d": [number, 0]}, states={"lead": lead, "followup": follow_up})
    return encode_entity(state)


async def fill(settings: Settings, entities: int) -> float:
    """Write so many entities into Redis, each into its own partition; return their mean size (bytes)."""
    store = RedisStateStore(connect(settings.redis_url.get_secret_value()), settings.namespace)
    waiting: dict[int, dict[str, bytes | None]] = {number: {} for number in range(settings.fact_partitions)}
    last = dict.fromkeys(waiting, NO_OFFSET)
    size = 0

    async def flush(partition: int) -> None:
        # Under an incarnation of its own: states belong to the partition, the fence to the incarnation.
        slot = Slot("facts", "ffffffff", partition)
        await store.commit(slot, last[partition], last[partition] + 1, Outputs(states=waiting[partition]))
        last[partition] += 1
        waiting[partition] = {}

    for number in range(entities):
        entity = entity_key("lead", derived_id("filled", number))
        partition = partition_of(entity, settings.fact_partitions)
        blob = typical(number)
        size += len(blob)
        waiting[partition][entity] = blob
        if len(waiting[partition]) >= AT_ONCE:
            await flush(partition)
    for partition, states in waiting.items():
        if states:
            await flush(partition)
    await store.close()
    return size / entities


async def _one_event(settings: Settings) -> None:
    event = {
        "event_id": "first",
        "type": "form_submitted",
        "source": "website",
        "occurred_at": to_iso(wall_ms()),
        "data": {"form": "trial", "phone": "13800138000", "region": "华东"},
    }
    producer = KafkaProducer(client_config(settings))
    await producer.produce_all([Record(settings.topic("touchpoints"), orjson.dumps(event), b"first", headers=JSON)])
    await producer.close()


def restart(entities: int, services: str, report: Callable[[str], None]) -> dict[str, Any]:
    """Fill, publish one form, start a worker, and measure until it has been cleansed and detected."""
    with installation(services) as made:
        size = asyncio.run(fill(made.settings, entities))
        report(f"{entities:,} entities of {size:,.0f} bytes are in Redis")
        asyncio.run(_one_event(made.settings))
        begun = perf_counter()
        worker = made.worker()
        ready = perf_counter() - begun

        def done() -> bool:
            now = worker.scrape()
            return now.by("signals_total", "kind")["lead_assigned"] > 0

        if not wait_until(done, PATIENCE_S):
            raise BenchmarkFailed("the first event was not processed")
        first = perf_counter() - begun
        join = worker.scrape().total("group_join_seconds")
        result = {
            "system": "whetstone",
            "entities": entities,
            "bytes_per_entity": round(size),
            "ready_seconds": round(ready, 2),
            "first_event_seconds": round(first, 2),
            "group_join_seconds": round(join, 2),
            "beside_join_seconds": round(first - join, 2),
            "rss_mb": round(worker.rss_mb()),
        }
        worker.halt()
    return {"benchmark": "restart", "services": services, "machine": machine(), "results": [result]}
