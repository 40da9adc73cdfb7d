"""Clicks on campaign links: a visitor never waits for Kafka, and a click is kept until Kafka has it."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from schemas.touchpoint import Touchpoint
from sinks.base import SinkUnavailable
from streams import metrics

log = logging.getLogger("whetstone.gateway.clicks")

KEPT = 10_000  # about ten minutes of a busy campaign
BATCH = 500
PAUSE_S = 2.0
CLOSE_S = 5.0


class Clicks:
    """A bounded queue in front of Kafka. What does not fit, or is left at the end, is counted and logged as lost."""

    def __init__(self, publish: Callable[[Sequence[Touchpoint]], Awaitable[None]], kept: int = KEPT) -> None:
        self._publish = publish
        self._kept = kept
        self._waiting: deque[Touchpoint] = deque()
        self._some = asyncio.Event()

    def add(self, click: Touchpoint) -> bool:
        """Keep a click; False when there is no room left."""
        if len(self._waiting) >= self._kept:
            metrics.CLICKS.labels("lost").inc()
            log.error("a click was lost: %d are waiting for Kafka already", len(self._waiting))
            return False
        self._waiting.append(click)
        metrics.CLICKS_WAITING.set(len(self._waiting))
        self._some.set()
        return True

    async def drain(self) -> None:
        """Publish clicks for ever, trying again after an outage (a background task)."""
        while True:
            await self._some.wait()
            try:
                await self._next_batch()
            except SinkUnavailable as error:
                metrics.SINK_RETRIES.labels("kafka").inc()
                log.warning("%d clicks wait: %s", len(self._waiting), error)
                await asyncio.sleep(PAUSE_S)

    async def close(self) -> None:
        """Try once more to publish what is left; say so when some is lost."""
        try:
            async with asyncio.timeout(CLOSE_S):
                while self._waiting:
                    await self._next_batch()
        except (SinkUnavailable, TimeoutError) as error:
            metrics.CLICKS.labels("lost").inc(len(self._waiting))
            log.error("%d clicks were lost at the end: %s", len(self._waiting), error)

    async def _next_batch(self) -> None:
        batch = [self._waiting[index] for index in range(min(BATCH, len(self._waiting)))]
        await self._publish(batch)
        for _ in batch:
            self._waiting.popleft()
        metrics.CLICKS.labels("published").inc(len(batch))
        metrics.CLICKS_WAITING.set(len(self._waiting))
        if not self._waiting:
            self._some.clear()
