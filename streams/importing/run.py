"""One import: rows are read, judged and sent in batches; what is sent is what the preview shows."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from sinks.base import SinkUnavailable
from sinks.records import Record
from sinks.retry import Backoff, keep_trying
from streams.importing.judging import Judge
from streams.importing.outcomes import Judged
from streams.importing.tables import Row

AT_ONCE = 1_000
PATIENCE_S = 120.0
Result = TypeVar("Result")
Send = Callable[[Sequence[Record]], Awaitable[None]]
Take = Callable[[Sequence[Judged]], None]


async def run(rows: Iterator[Row], judge: Judge, send: Send | None, take: Take, at_once: int = AT_ONCE) -> Counter[str]:
    """Judge all rows and send those that pass; return how many there were of each outcome.

    `send` produces records and returns once Kafka holds them; None for a dry run. `take` is given every batch after
    it was sent: for the report and the progress. While one batch travels the next is read and judged. Raises
    SinkUnavailable when a store stays away for two minutes, and FileProblem; all that was counted until then is
    stored, and the same import can be run again.
    """
    counts: Counter[str] = Counter()
    waiting: asyncio.Task[None] | None = None
    try:
        while batch := list(islice(rows, at_once)):
            judged = await patiently(lambda batch=batch: judge.judge(batch))  # type: ignore[misc]
            if waiting is not None:
                await waiting
            waiting = asyncio.create_task(_deliver(judged, send, take, counts))
        if waiting is not None:
            await waiting
    finally:
        if waiting is not None and not waiting.done():
            await asyncio.gather(waiting, return_exceptions=True)
    return counts


async def _deliver(judged: Sequence[Judged], send: Send | None, take: Take, counts: Counter[str]) -> None:
    records = [one.record for one in judged if one.record is not None]
    if send is not None and records:
        await patiently(lambda: send(records))
    counts.update(one.outcome for one in judged)
    take(judged)


async def patiently(call: Callable[[], Awaitable[Result]]) -> Result:
    """Call until the store answers, for two minutes at most. Raises the last SinkUnavailable."""
    failures: list[SinkUnavailable] = []
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await keep_trying(
                call, asyncio.Event(), Backoff(longest=5.0), lambda error, attempt, wait: failures.append(error)
            )
    except TimeoutError:
        if not failures:
            raise
        raise failures[-1] from None
