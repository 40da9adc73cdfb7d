"""Pauses between fetches of aiokafka, for brokers that hold a fetch whatever arrives."""

import asyncio
import math
from collections.abc import Callable
from typing import Any, NamedTuple

from faust.types import TP

SHORTEST_HOLD_MS = 3  # Tansu stops reading when it is over: with 1 it leaves out partitions, with 0 all of them
LONGEST_HOLD_MS = 1_000  # a single answer must not hold up the others for longer, however long the log
REST_S = 0.05  # so long a partition that need not be fetched is left out


class Ask(NamedTuple):
    """What to ask of a partition: from which offset on, whether now, and whether the broker is known to hold more."""

    begin: int
    needed: bool
    behind: bool


class Pauses:
    """Lets a running fetcher wait here, not at the broker, between an answer and its next request.

    Tansu reads its log when a fetch comes. It answers at once if it finds something, else when the wait is over,
    whatever came meanwhile. Asked to hold a fetch hardly at all, after a pause of ours, it tells as often and earlier.
    `length` says the seconds of a pause when it begins; `cut_short` ends it, or leaves out the next. Both belong to
    the fetcher's loop. What Tansu has not read when the wait is over it leaves out, in the order of the request: so
    each request begins with another partition, or the last ones would never come on a busy machine. To find an offset
    it lists all batches of the partition from the first on: who is far behind a log of many gets nothing until it is
    given longer. A request costs both sides by the number of its partitions: `plan` is given aiokafka's assignment, a
    partition and an offset that are about to be asked for; what it says is not needed is left out for a while.
    """

    def __init__(self, fetcher: Any, length: Callable[[], float], plan: Callable[[Any, TP, int], Ask]) -> None:
        self._length = length
        self._plan = plan
        self._asked: dict[TP, float] = {}
        self._holds: dict[TP, int] = {}  # ms; of those for which the shortest was too short
        self._ask = fetcher._proc_fetch_request
        self._loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        self._answered = -math.inf
        self._turns = 0
        fetcher._proc_fetch_request = self._pause_and_ask

    def cut_short(self) -> None:
        """Ask now, since there is likely something to be had."""
        self._over.set()

    async def _pause_and_ask(self, assignment: Any, node: int, request: Any) -> bool:
        left = self._answered + self._length() - self._loop.time()
        if left > 0:
            timer = self._loop.call_later(left, self._over.set)
            try:
                await self._over.wait()
            except asyncio.CancelledError:
                return False  # as aiokafka itself: it is closed, or the partitions are lost
            finally:
                timer.cancel()
        self._over.clear()
        behind = self._leave_out(assignment, request)
        if not request.topics:
            self._answered = self._loop.time()
            return False
        self._turns += 1
        _turn(request.topics, self._turns)
        request._max_wait_ms = max([SHORTEST_HOLD_MS, *[self._holds.get(tp, 0) for tp in behind]])
        found: bool = await self._ask(assignment, node, request)
        self._answered = self._loop.time()
        if not found:
            self._give_longer(behind)
        return found

    def _leave_out(self, assignment: Any, request: Any) -> list[TP]:
        """Leave out what need not be asked for, begin where the rest begins by now; return who of it is behind."""
        now = self._loop.time()
        all_behind: list[TP] = []
        for number, (topic, partitions) in enumerate(request.topics):
            kept = []
            for partition, offset, size in partitions:
                tp = TP(topic, partition)
                begin, needed, behind = self._plan(assignment, tp, offset)
                if needed or behind or now - self._asked.get(tp, -math.inf) >= REST_S:
                    self._asked[tp] = now
                    kept.append((partition, begin, size))
                if behind:
                    all_behind.append(tp)
                else:
                    self._holds.pop(tp, None)
            request.topics[number] = (topic, kept)
        request.topics[:] = [(topic, partitions) for topic, partitions in request.topics if partitions]
        return all_behind

    def _give_longer(self, behind: list[TP]) -> None:
        """Let the broker read for longer next time: in this time it found nothing of what it certainly has."""
        for tp in behind:
            self._holds[tp] = min(2 * self._holds.get(tp, SHORTEST_HOLD_MS), LONGEST_HOLD_MS)


def _turn(topics: list[tuple[str, list[tuple[int, int, int]]]], turns: int) -> None:
    """Let another topic be the first, and in each another partition."""
    around, first = divmod(turns, len(topics))
    topics[:] = [*topics[first:], *topics[:first]]
    for _, partitions in topics:
        first = around % len(partitions)
        partitions[:] = [*partitions[first:], *partitions[:first]]
