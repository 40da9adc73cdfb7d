"""`bench pipeline`: the whole worker, both stages and all stores, in CPU per touchpoint; and where the time goes."""

import asyncio
import gc
from collections.abc import Callable, Sequence
from itertools import islice
from time import perf_counter
from typing import Any

from sinks.kafka import KafkaProducer
from sinks.records import Record
from streams.bench.core import Core
from streams.bench.engine import BenchmarkFailed
from streams.bench.installation import Running, drained, installation
from streams.bench.machine import machine
from streams.bench.result import line
from streams.clock import wall_ms
from streams.kafka_config import client_config
from streams.rules import read_rule_book
from streams.sample.observing import Scrape
from streams.sample.recipe import Recipe, Sample
from streams.sample.retail import data_file, read
from streams.sample.wire import Send
from streams.settings import Settings
from streams.worker.process import COLLECTOR_THRESHOLDS

JSON = (("content-type", b"application/json"),)
AT_ONCE = 5_000
SEED = 7
STEPS = (
    "decode", "lookup", "resolve", "claim", "read", "step", "encode", "produce", "postgres", "inbox", "redis",
)  # fmt: skip


def touchpoints(count: int) -> list[Send]:
    """Return the last so many touchpoints of the sample: real orders with their items, browsing, forms, visits."""
    drawn = Sample(Recipe(SEED, wall_ms(), full=True, json_only=True), list(read(data_file())))
    everything = list(drawn.sends())
    if len(everything) < count:
        raise BenchmarkFailed(f"the sample has {len(everything):,} touchpoints, fewer than {count:,}")
    return everything[-count:]


async def publish(settings: Settings, sends: Sequence[Send]) -> None:
    """Produce touchpoints as the gateway does, in order."""
    producer = KafkaProducer(client_config(settings))
    topic = settings.topic("touchpoints")
    waiting = iter(sends)
    while some := list(islice(waiting, AT_ONCE)):
        await producer.produce_all([Record(topic, one.body, one.key.encode(), headers=JSON) for one in some])
    await producer.close()


def pipeline(events: int, warm_up: int, services: str, report: Callable[[str], None]) -> dict[str, Any]:
    """Measure one worker on `events` touchpoints after `warm_up` others; return the result of the contract."""
    sends = touchpoints(events + warm_up)
    with installation(services) as made:
        worker = made.worker(WHETSTONE_CLOCK="events")
        asyncio.run(publish(made.settings, sends[:warm_up]))
        _drain(worker, warm_up)
        report(f"warm: {warm_up:,} touchpoints done")
        before, cpu, begun = worker.scrape(), worker.cpu_seconds(), perf_counter()
        asyncio.run(publish(made.settings, sends[warm_up:]))
        _drain(worker, events + warm_up)
        seconds, spent = perf_counter() - begun, worker.cpu_seconds() - cpu
        after = worker.scrape()
        steps, slices = _steps(before, after, events), _slices(before, after)
        rss = worker.rss_mb()
        worker.halt()
    whole = line("whetstone", events, seconds, spent, rss)
    parts, alone = _alone(sends, warm_up)
    return {
        "benchmark": "pipeline",
        "services": services,
        "machine": machine(),
        "results": [whole, line("pure core alone", events, alone, alone, 0.0)],
        "core_us_per_event": parts,
        "wall_us_per_event_by_step": steps,
        "records_per_slice": slices,
    }


def _drain(worker: Running, touchpoints_in: int) -> None:
    if not drained([worker], touchpoints_in):
        raise BenchmarkFailed("the worker did not come to the end of the topic")


def _alone(sends: Sequence[Send], warm_up: int) -> tuple[dict[str, float], float]:
    gc.collect()
    gc.freeze()  # as the worker does: what stays is not looked at again, and what is new seldom
    gc.set_threshold(*COLLECTOR_THRESHOLDS)
    core = Core(read_rule_book(None))
    now = wall_ms()
    core.run([one.body for one in sends[:warm_up]], now)
    core.seconds.clear()
    measured = sends[warm_up:]
    core.run([one.body for one in measured], now)
    parts = {part: round(seconds / len(measured) * 1e6, 2) for part, seconds in core.seconds.items()}
    return parts, sum(core.seconds.values())


def _steps(before: Scrape, after: Scrape, events: int) -> dict[str, dict[str, float]]:
    """Return the wall time of each step of each stage, in microseconds per touchpoint; waiting is part of it."""
    found: dict[str, dict[str, float]] = {}
    for stage in ("cleanse", "detect"):
        for step in STEPS:
            spent = [one.total("worker_step_seconds_sum", stage=stage, step=step) for one in (before, after)]
            if spent[1] > spent[0]:
                found.setdefault(stage, {})[step] = round((spent[1] - spent[0]) / events * 1e6, 2)
    return found


def _slices(before: Scrape, after: Scrape) -> dict[str, float]:
    """Return how many records a slice of each stage had, on average: what a slice costs is shared by so many."""
    found: dict[str, float] = {}
    for stage in ("cleanse", "detect"):
        slices, records = (
            after.total(name, stage=stage) - before.total(name, stage=stage)
            for name in ("worker_slices_total", "worker_records_total")
        )
        if slices:
            found[stage] = round(records / slices, 1)
    return found
