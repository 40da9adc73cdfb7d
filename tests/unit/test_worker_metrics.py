"""What a worker's metrics show of its stages when they are asked for."""

import asyncio

import httpx
import pytest
from prometheus_client import REGISTRY

from schemas.rules import load_rule_book
from schemas.times import HOUR, MINUTE, to_iso
from streams.clock import wall_ms
from streams.outages import OUTAGES
from streams.settings import Settings
from streams.stages.detect import DetectStage
from streams.transport import Position
from streams.worker.health import Health
from streams.worker.process import Worker
from tests.memory_world import World
from tests.unit.detector_bench import NINE

RULES = load_rule_book("assignment: {rosters: {华东: [r1]}}")


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"whetstone_{name}", labels)


def world(clock: str = "events") -> World:
    made = World(RULES, partitions=2)
    made.settings = made.settings.model_copy(update={"clock": clock})
    made._start()  # the stages read the settings
    made.publish([form(number) for number in range(4)], NINE + HOUR)
    return made


def form(number: int) -> dict[str, object]:
    phone = f"1380013800{number}"
    return {
        "event_id": f"form-{number}",
        "type": "form_submitted",
        "source": "website",
        "occurred_at": to_iso(NINE + number * MINUTE),
        "subject": {"ids": [{"kind": "phone", "value": phone}]},
        "data": {"form": "trial", "phone": phone, "region": "华东"},
    }


def test_look_ups_and_entities_of_the_cache_are_counted() -> None:
    hits, misses = (value("cache_lookups_total", outcome=name) or 0 for name in ("hit", "miss"))
    made = world()
    asyncio.run(made.run())
    made.detect.show(0)
    entities = value("cache_entities")
    assert entities is not None
    assert entities >= 5  # four leads, their region, its rep
    assert (value("cache_lookups_total", outcome="miss") or 0) - misses == entities
    assert (value("cache_lookups_total", outcome="hit") or 0) > hits


def test_the_rule_book_of_each_partition_and_its_watermark_are_shown() -> None:
    made = world("wall")
    asyncio.run(made.run())
    heads = {number: lane.head for number, lane in made.detect._lanes.items()}
    marks = [head.clock.watermark for head in heads.values()]
    assert min(marks) > 0
    made.detect.show(max(marks) + 7_000)
    assert value("rule_book_partitions", version=RULES.version) == 2
    assert [value("worker_watermark_age_seconds", partition=str(n)) for n in heads] == [
        (max(marks) + 7_000 - mark) / 1000 for mark in marks
    ]
    asyncio.run(made.detect.revoked(1))
    made.detect.show(max(marks))
    assert value("rule_book_partitions", version=RULES.version) == 1
    assert value("worker_watermark_age_seconds", partition="1") is None


def test_where_events_are_the_clock_a_watermark_has_no_age() -> None:
    made = world("events")
    asyncio.run(made.run())
    made.detect.show(10**15)
    assert value("worker_watermark_age_seconds", partition="0") is None


class StillWorker(Worker):
    """A worker that reads whatever positions it is given."""

    given: tuple[Position, ...] = ()

    def positions(self) -> list[Position]:
        return list(self.given)


@pytest.fixture
def worker() -> StillWorker:
    made = world()
    asyncio.run(made.run())
    return StillWorker(Settings(), {"facts": made.detect})


def position(partition: int) -> Position:
    return Position("facts", partition, 1, 5, 5, 5, 9, 0, wall_ms() - HOUR)


def scraped(worker: StillWorker, query: str = "") -> str:
    async def ask() -> str:
        transport = httpx.ASGITransport(Health(Settings(), worker).app())
        async with httpx.AsyncClient(transport=transport, base_url="http://worker") as client:
            return (await client.get(f"/metrics{query}")).text

    return asyncio.run(ask())


def test_who_waits_for_a_store_can_take_no_work(worker: StillWorker) -> None:
    async def ready() -> tuple[int, list[str]]:
        transport = httpx.ASGITransport(Health(Settings(), worker).app())
        async with httpx.AsyncClient(transport=transport, base_url="http://worker") as client:
            answer = await client.get("/readyz")
        return answer.status_code, answer.json()["waits_for"]

    worker.given = (position(0),)
    worker.running.set()
    assert asyncio.run(ready()) == (200, [])
    OUTAGES.begin("redis", "somebody")
    assert asyncio.run(ready()) == (503, ["redis"])
    OUTAGES.end("somebody")
    assert asyncio.run(ready()) == (200, [])


def test_partitions_that_went_elsewhere_show_no_lag(worker: StillWorker) -> None:
    worker.given = (position(0), position(1))
    assert 'whetstone_worker_lag_records{partition="1",stage="detect"} 4.0' in scraped(worker)
    worker.given = (position(0),)
    text = scraped(worker)
    assert 'whetstone_worker_lag_records{partition="0",stage="detect"} 4.0' in text
    assert 'partition="1",stage="detect"' not in text
    assert f'whetstone_rule_book_partitions{{version="{RULES.version}"}} 2.0' in text
    assert isinstance(worker.stages["facts"], DetectStage)


def test_who_asks_for_some_metrics_gets_those_alone(worker: StillWorker) -> None:
    worker.given = (position(0),)
    text = scraped(worker, "?name[]=whetstone_worker_lag_records&name[]=whetstone_worker_records_total")
    assert 'whetstone_worker_lag_records{partition="0",stage="detect"} 4.0' in text
    families = sorted(line.split()[2] for line in text.splitlines() if line.startswith("# TYPE"))
    assert families == ["whetstone_worker_lag_records", "whetstone_worker_records_total"]
    assert len(scraped(worker)) > 10 * len(text)
