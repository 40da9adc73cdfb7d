"""Pauses between fetches of aiokafka, for brokers that hold a fetch whatever arrives."""

import asyncio
import math
from collections.abc import Callable
from typing import Any

SHORTEST_HOLD_MS = 3  # Tansu stops reading when it is over: with 1 it leaves out partitions, with 0 all of them


class Pauses:
    """Lets a running fetcher wait here, not at the broker, between an answer and its next request.

    Tansu reads its log when a fetch comes. It answers at once if it finds something, else when the wait is over,
    whatever came meanwhile. Asked to hold a fetch hardly at all, after a pause of ours, it tells as often and earlier.
    `length` says the seconds of a pause when it begins; `cut_short` ends it, or leaves out the next. Both belong to
    the fetcher's loop.
    """

    def __init__(self, fetcher: Any, length: Callable[[], float]) -> None:
        self._length = length
        self._ask = fetcher._proc_fetch_request
        self._loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        self._answered = -math.inf
        fetcher._fetch_max_wait_ms = SHORTEST_HOLD_MS
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
        found: bool = await self._ask(assignment, node, request)
        self._answered = self._loop.time()
        return found
