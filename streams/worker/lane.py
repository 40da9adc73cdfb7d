"""One lane: the task that handles the slices of one partition, in order, for as long as it is assigned."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from faust.types import TP

from sinks.base import Fenced, SinkUnavailable
from streams.chores import report
from streams.metrics import SLICES_DROPPED
from streams.outages import OUTAGES
from streams.transport import Slice

log = logging.getLogger(__name__)

Acknowledge = Callable[[], Any]
MAX_RESTARTS = 20  # of a fenced lane in a row without a slice handled: then waiting does not mend it
FENCED_PAUSE = 0.2  # seconds before a fenced lane reads the fence again


class Stage(Protocol):
    """What is done with the slices of one topic. All calls for one partition come one after another."""

    async def assigned(self, partition: int, /) -> int | None:
        """Prepare a partition; return the offset to begin at (its store's fence + 1), None for the committed one."""

    async def revoked(self, partition: int, /) -> None:
        """Drop what is cached for a partition: somebody else may own it from now on."""

    async def handle(self, part: Slice, /) -> None:
        """Handle a slice completely: it is acknowledged when this returns.

        May be cancelled at any await, and be given the same records again, cut differently. Fenced and
        SinkUnavailable start the partition anew: `revoked`, a pause, `assigned`. Anything else ends the process.
        """


class Partitions(Protocol):
    """What a lane needs of the consumer."""

    async def open_partition(self, tp: TP, generation: int, offset: int | None) -> int | None:
        """Begin delivering; return the epoch of the slices to come, None when the partition is not ours any more."""

    def close_partition(self, tp: TP, generation: int) -> None:
        """Deliver nothing until it is opened again."""


class Lane:
    """Handles slices of one partition in one generation. `close` lets what runs finish and starts nothing more."""

    def __init__(self, tp: TP, generation: int, stage: Stage, consumer: Partitions) -> None:
        self.tp = tp
        self.generation = generation
        self._stage = stage
        self._consumer = consumer
        self._waiting: deque[tuple[Slice, Acknowledge]] = deque()
        self._changed = asyncio.Event()
        self._closed = False
        self._epoch: int | None = None
        self._restarts = 0
        self._opened = False
        self._task: asyncio.Task[None] | None = None

    def start(self, *, after: "Lane | None", failed: Callable[[BaseException], None]) -> None:
        """Begin, as soon as an earlier lane of the same partition has ended; report what ends it wrongly."""
        before = after._task if after is not None else None
        self._task = asyncio.create_task(self._run(before), name=f"lane {self.tp.topic}[{self.tp.partition}]")
        report(self._task, failed)

    def put(self, part: Slice, acknowledge: Acknowledge) -> None:
        """Queue a slice, unless the lane is ending. One may come before `open_partition` has told us its epoch."""
        if self._closed:
            SLICES_DROPPED.labels(self.tp.topic).inc()
            return
        self._waiting.append((part, acknowledge))
        self._changed.set()

    def close(self) -> asyncio.Task[None]:
        """Start nothing more; return the task, done once what runs has finished."""
        if self._task is None:
            raise RuntimeError("a lane is closed before it was started")
        self._closed = True
        self._drop_waiting()
        self._changed.set()
        return self._task

    async def _run(self, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        try:
            while not self._closed:
                try:
                    await self._own()
                except (Fenced, SinkUnavailable) as error:
                    await self._pause_after(error)
        finally:
            OUTAGES.end(self)

    async def _own(self) -> None:
        """Prepare the partition, handle what comes, and drop what was cached, whatever the reason to stop."""
        failed_while_handling, self._opened = self._opened, False
        try:
            offset = await self._stage.assigned(self.tp.partition)
            self._epoch = await self._consumer.open_partition(self.tp, self.generation, offset)
            self._opened = True
            if not failed_while_handling:
                OUTAGES.end(self)
            if self._epoch is None:
                self._closed = True
            while not self._closed:
                await self._next()
        finally:
            self._consumer.close_partition(self.tp, self.generation)
            self._epoch = None
            self._drop_waiting()
            await self._stage.revoked(self.tp.partition)

    async def _next(self) -> None:
        if not self._waiting:
            self._changed.clear()
            await self._changed.wait()
            return
        part, acknowledge = self._waiting.popleft()
        if part.epoch != self._epoch:
            SLICES_DROPPED.labels(self.tp.topic).inc()
            return  # cut before the last seek
        await self._stage.handle(part)
        if self._restarts:
            self._restarts = 0
            OUTAGES.end(self)
        acknowledge()

    def _drop_waiting(self) -> None:
        SLICES_DROPPED.labels(self.tp.topic).inc(len(self._waiting))
        self._waiting.clear()

    async def _pause_after(self, error: Fenced | SinkUnavailable) -> None:
        self._restarts += 1
        if self._closed:
            log.info("%s[%d] was given up: %s", *self.tp, error)
            return
        if isinstance(error, Fenced) and self._restarts > MAX_RESTARTS:
            raise error
        log.warning("%s[%d] starts anew: %s", *self.tp, error)
        if isinstance(error, SinkUnavailable):
            OUTAGES.begin(error.store, self)
        await asyncio.sleep(error.retry_after if isinstance(error, SinkUnavailable) else FENCED_PAUSE)
