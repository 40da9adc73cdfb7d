"""A worker whose stage counts records by key, each exactly once by a fence in Redis. Started by tests as a process.

    python -m tests.integration.counting_worker '{"settings": {…}, "topic": …, "pause": 0.0, "fail_at": null}'

It prints one JSON line for each thing that a test may wait for: {"ready": true}, {"handled": [partition, last]}.
"""

import asyncio
import json
import logging
import sys
from collections import Counter
from typing import Any

import redis.asyncio
import uvloop

from schemas.effects import Slot
from sinks.base import Fenced
from sinks.redis.client import unavailable
from streams.settings import Settings
from streams.transport import Slice, SliceLimits
from streams.worker.process import Worker, run_until_signal

FENCED_COUNT = """
if (redis.call('get', KEYS[1]) or '-1') ~= ARGV[1] then return 0 end
redis.call('set', KEYS[1], ARGV[2])
for i = 3, #ARGV, 2 do redis.call('hincrby', KEYS[2], ARGV[i], ARGV[i + 1]) end
return 1
"""


def say(**what: Any) -> None:
    print(json.dumps(what), flush=True)


class CountingStage:
    """Counts, `pause` seconds a slice; `fail_at` is an offset whose slice raises; `begin` tells the fence at start."""

    def __init__(self, client: redis.asyncio.Redis, prefix: str, pause: float, fail_at: int | None) -> None:
        self._client = client
        self._prefix = prefix
        self._pause = pause
        self._fail_at = fail_at
        self._script = client.register_script(FENCED_COUNT)
        self._fences: dict[int, int] = {}

    async def assigned(self, partition: int) -> int | None:
        with unavailable():
            fence = await self._client.get(f"{self._prefix}:fence:{partition}")
        self._fences[partition] = int(fence) if fence is not None else -1
        say(assigned=partition)
        return self._fences[partition] + 1 if fence is not None else None

    async def revoked(self, partition: int) -> None:
        self._fences.pop(partition, None)
        say(revoked=partition)

    async def handle(self, piece: Slice) -> None:
        if self._pause:
            await asyncio.sleep(self._pause)
        if self._fail_at is not None and piece.first_offset <= self._fail_at <= piece.last_offset:
            raise RuntimeError(f"told to fail at {self._fail_at}")
        fence = self._fences[piece.partition]
        keys = Counter(record.key for record in piece.records if record.offset > fence)
        if not keys:
            return
        flat = [part for key, count in keys.items() for part in (key or b"", count)]
        names = [f"{self._prefix}:fence:{piece.partition}", f"{self._prefix}:counts"]
        with unavailable():  # an answer that came while the process was stopped is too late: the lane begins anew
            counted = await self._script(keys=names, args=[fence, piece.last_offset, *flat])
        if not counted:
            raise Fenced("redis", Slot(piece.topic, "", piece.partition), fence)
        self._fences[piece.partition] = piece.last_offset
        say(handled=[piece.partition, piece.last_offset])


async def main(told: dict[str, Any]) -> int:
    settings = Settings(**told["settings"])
    async with redis.asyncio.Redis.from_url(settings.redis_url.get_secret_value()) as client:
        stage = CountingStage(client, settings.namespace, told.get("pause", 0.0), told.get("fail_at"))
        limits = SliceLimits(**told.get("limits", {}))
        worker = Worker(settings, {told["topic"]: stage}, limits=limits)
        running = asyncio.create_task(_say_when_running(worker))
        status = await run_until_signal(worker)
        running.cancel()
        return status


async def _say_when_running(worker: Worker) -> None:
    await worker.running.wait()
    say(ready=True)


if __name__ == "__main__":
    logging.basicConfig(level="INFO", stream=sys.stderr, format="%(asctime)s %(name)s %(message)s")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sys.exit(runner.run(main(json.loads(sys.argv[1]))))
