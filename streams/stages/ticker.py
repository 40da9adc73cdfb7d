"""Ticks: tell every `facts` partition how far each source partition of `touchpoints` has been read."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

from schemas.fact import CONTROL_KEY, Tick
from schemas.times import MINUTE, SECOND
from sinks.base import SinkUnavailable
from sinks.records import Producer, Record
from streams.metrics import TICKS
from streams.outages import OUTAGES


class Progress(Protocol):
    """How far reading has come."""

    def caught_up(self, partition: int) -> bool:
        """Return whether everything in a partition of `touchpoints` has been read and handled."""


class Ticker:
    """Keeps the greatest event time of each source partition that this worker cleanses, and tells it.

    `encode` makes the bytes of a Tick; `topic` is the real name of `facts`, which has `partitions` partitions; `of`
    is how many partitions `touchpoints` has. `wall` returns the wall clock in ms, None when events alone are the
    clock: then an idle source keeps the time of its last event.
    """

    def __init__(
        self,
        producer: Producer,
        encode: Callable[[Tick], bytes],
        *,
        topic: str,
        partitions: int,
        of: int,
        lateness: int,
        progress: Progress,
        wall: Callable[[], int] | None,
    ) -> None:
        self._producer = producer
        self._encode = encode
        self._topic = topic
        self._partitions = partitions
        self._of = of
        self._lateness = lateness
        self._progress = progress
        self._wall = wall
        self._read: dict[int, tuple[str, int]] = {}  # partition → (source, greatest event time)
        self._told: dict[str, int] = {}

    def begin(self, partition: int, source: str) -> None:
        """Take over a source partition."""
        self._read[partition] = (source, -1)

    def end(self, partition: int) -> None:
        """Give a source partition up: whoever has it next speaks for it."""
        self._read.pop(partition, None)

    async def advance(self, partition: int, times: Sequence[int]) -> None:
        """Note the event times of a slice whose facts are delivered; tell at once if the time moved a minute."""
        source, read = self._read[partition]
        latest = max(times, default=-1)
        if latest <= read:
            return
        self._read[partition] = (source, latest)
        if latest - self._lateness >= self._told.get(source, -MINUTE) + MINUTE:
            with suppress(SinkUnavailable):  # the next round tells it
                await self._tell({source: latest - self._lateness})

    async def run(self, stop: asyncio.Event) -> None:
        """Tell once a second until `stop`. A Kafka that is away delays ticks and harms nothing, but is an outage.

        Nothing else would say so: where nothing can be fetched, no stage has anything to produce.
        """
        while not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), SECOND / 1000)
            try:
                await self.tell()
            except SinkUnavailable as error:  # the next round tells it
                OUTAGES.begin(error.store, self)
            else:
                OUTAGES.end(self)

    async def tell(self) -> None:
        """Tell what has moved since the last time."""
        now = self._wall() if self._wall is not None else None
        due: dict[str, int] = {}
        for partition, (source, read) in self._read.items():
            idle = now is not None and self._progress.caught_up(partition)
            at = (max(read, now) if idle and now is not None else read) - self._lateness
            if at > self._told.get(source, -1):
                due[source] = at
        await self._tell(due)

    async def _tell(self, due: Mapping[str, int]) -> None:
        if not due:
            return
        value = self._encode(Tick(sources=due, of=self._of))
        await self._producer.produce_all(
            [Record(self._topic, value, CONTROL_KEY, partition) for partition in range(self._partitions)]
        )
        self._told.update(due)
        TICKS.inc()
