"""Lanes: the slices of one partition are handled one after another, those of different partitions side by side."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping

from faust.types import TP

from streams.metrics import HANDLERS_CANCELLED
from streams.transport import Slice
from streams.worker.lane import Acknowledge, Lane, Partitions, Stage

log = logging.getLogger(__name__)

CANCEL_GRACE = 0.3  # seconds that a cancelled handler gets to end before the rebalance goes on without it


class Lanes:
    """Gives each slice to its partition's lane; started and ended by the consumer as partitions come and go.

    `stages` maps a topic's real name to its stage. `failed` is called, once, with what a stage raised: the process
    has to end, since what was not handled must not be acknowledged.
    """

    def __init__(
        self, consumer: Partitions, stages: Mapping[str, Stage], failed: Callable[[BaseException], None]
    ) -> None:
        self._consumer = consumer
        self._stages = stages
        self._failed = failed
        self._lanes: dict[TP, Lane] = {}

    def submit(self, part: Slice, acknowledge: Acknowledge) -> None:
        """Queue a slice; `acknowledge` is called after its stage handled it. Stale slices are dropped."""
        lane = self._lanes.get(TP(part.topic, part.partition))
        if lane is not None:
            lane.put(part, acknowledge)

    def assigned(self, partitions: Mapping[TP, int]) -> None:
        """Start a lane for each partition (with its generation); an earlier lane of the same partition ends first."""
        for tp, generation in partitions.items():
            stage = self._stages.get(tp.topic)
            if stage is None:
                self._failed(LookupError(f"no stage handles topic {tp.topic}"))
                return
            lane = Lane(tp, generation, stage, self._consumer)
            lane.start(after=self._lanes.get(tp), failed=self._failed)
            self._lanes[tp] = lane

    async def revoked(self, partitions: Iterable[TP], within: float) -> None:
        """End the lanes of these partitions: what runs may finish within `within` seconds, then it is cancelled."""
        await self._end([lane for tp in partitions if (lane := self._lanes.get(tp))], within)

    async def idle(self, within: float) -> None:
        """End all lanes, as `revoked` does."""
        await self._end(list(self._lanes.values()), within)

    async def _end(self, lanes: list[Lane], within: float) -> None:
        tasks = {lane.close() for lane in lanes}
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=within)
        for task in late:
            task.cancel()
        if late:
            HANDLERS_CANCELLED.inc(len(late))
            _, stuck = await asyncio.wait(late, timeout=CANCEL_GRACE)
            log.warning("%d handlers were cancelled after %.1f s, %d still run", len(late), within, len(stuck))
