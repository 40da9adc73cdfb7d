"""What pending timers cost while they wait, in the state store: `python -m tests.bench.timer_costs`.

Starts the services of the tests (`WHETSTONE_TEST_SERVICES` chooses), fills one partition with 100,000 and then with
1,000,000 timers, none of which is due, and measures what a worker does meanwhile: asking for due timers, and a commit
that sets one and cancels one. Prints JSON: microseconds (median of 400) and bytes per timer.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from schemas.effects import Outputs, Slot
from schemas.ids import derived_id
from sinks.redis import RedisStateStore, connect
from sinks.redis.keys import partition_tag
from tests import services

SLOT = Slot("facts", "00000000", 0)
FAR = 1_795_222_800_000
CHUNK = 10_000
ROUNDS = 400


def name_of(number: int) -> str:
    """Return the entity of a timer; leads have names like these."""
    return f"lead:{derived_id(number)}"


async def fill(store: RedisStateStore, begin: int, end: int) -> None:
    """Set timers number begin to end."""
    for first in range(begin, end, CHUNK):
        timers = {(name_of(number), "nurture.begin"): FAR + number for number in range(first, first + CHUNK)}
        fence = await store.fence(SLOT)
        await store.commit(SLOT, fence, fence + 1, Outputs(timers=dict(timers)))


async def measure(store: RedisStateStore, client: Any, namespace: str, count: int) -> dict[str, Any]:
    """Measure with so many timers waiting."""
    asked, committed = [], []
    fence = await store.fence(SLOT)
    for number in range(ROUNDS):
        begun = perf_counter()
        found = await store.due(SLOT, FAR - 1)
        asked.append(perf_counter() - begun)
        if found:
            raise AssertionError("no timer is due")
        key = (f"lead:other{number}", "followup.overdue")
        for due in (FAR + count // 2, None):
            begun = perf_counter()
            await store.commit(SLOT, fence, fence + 1, Outputs(timers={key: due}))
            committed.append(perf_counter() - begun)
            fence += 1
    tag = partition_tag(namespace, SLOT.topic, SLOT.partition)
    size = await client.memory_usage(tag + "timers", samples=0)
    return {
        "timers": count,
        "due_us": round(median(asked) * 1e6),
        "commit_us": round(median(committed) * 1e6),
        "bytes_per_timer": round(size / count),
    }


async def run(url: str, counts: list[int]) -> list[dict[str, Any]]:
    """Fill and measure, step by step."""
    namespace = "timers"
    client = connect(url)
    results, filled = [], 0
    async with RedisStateStore(client, namespace) as store:
        for count in counts:
            await fill(store, filled, count)
            filled = count
            results.append(await measure(store, client, namespace, count))
    return results


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", type=int, nargs="+", default=[100_000, 1_000_000])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="whetstone-timers-") as name:
        folder = Path(name) / "services"
        try:
            with services.running(folder) as found:
                results = asyncio.run(run(found.redis_url.get_secret_value(), options.counts))
        finally:
            services.clear(folder)
    sys.stdout.write(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
