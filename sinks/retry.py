"""Calling a store again for as long as it is unavailable."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeVar

from sinks.base import SinkUnavailable

Result = TypeVar("Result")


class Stopped(Exception):
    """The process is stopping while a store is unavailable. Nothing is known of the call; acknowledge nothing."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait: what the store asks for, doubled with every attempt, at most `longest` seconds.

    Up to the part `jitter` (0 to 1) of it is taken off again, by a number that depends on `seed` and the attempt
    alone: workers with different seeds do not come back all at once, and a test knows what to expect.
    """

    longest: float = 30.0
    jitter: float = 0.5
    seed: str = ""

    def wait(self, attempt: int, retry_after: float) -> float:
        """Return how many seconds to wait after the failure of an attempt, counted from 1.

        >>> [Backoff(longest=5.0, jitter=0).wait(attempt, 1.0) for attempt in (1, 2, 3, 4, 5_000)]
        [1.0, 2.0, 4.0, 5.0, 5.0]
        """
        whole = min(self.longest, retry_after * 2.0 ** min(attempt - 1, 30))
        digest = blake2b(f"{self.seed}:{attempt}".encode(), digest_size=4).digest()
        return whole * (1 - self.jitter * int.from_bytes(digest) / 2**32)


async def keep_trying(
    call: Callable[[], Awaitable[Result]],
    stop: asyncio.Event,
    backoff: Backoff = Backoff(),
    on_failure: Callable[[SinkUnavailable, int, float], None] = lambda error, attempt, wait: None,
) -> Result:
    """Call until the store answers; return what it answers. Other errors pass through.

    `on_failure` hears of each failure: the error, which attempt it was (from 1), and the wait in seconds. Raises
    Stopped, from the last failure, when `stop` is set before the next attempt.
    """
    attempt = 0
    while True:
        try:
            return await call()
        except SinkUnavailable as error:
            attempt += 1
            wait = backoff.wait(attempt, error.retry_after)
            on_failure(error, attempt, wait)
            if await _is_set_within(stop, wait):
                raise Stopped(f"stopping while {error.store} is unavailable") from error


async def _is_set_within(stop: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await stop.wait()
    except TimeoutError:
        return stop.is_set()
