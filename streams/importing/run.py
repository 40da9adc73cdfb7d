"""One import: rows are read, judged and sent in batches; what is sent is what the preview shows."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import TypeVar

from sinks.base import SinkUnavailable
from sinks.records import Record
from sinks.retry import Backoff, keep_trying
from streams.importing.drafting import Drafts
from streams.importing.events import Draft
from streams.importing.judging import Judge
from streams.importing.outcomes import Judged
from streams.importing.tables import Row

AT_ONCE = 1_000
AHEAD = 4  # batches that are decoded and cleansed before they are judged
PATIENCE_S = 120.0
Result = TypeVar("Result")
Send = Callable[[Sequence[Record]], Awaitable[None]]
Take = Callable[[Sequence[Judged]], None]


async def run(
    rows: Iterator[Row], drafts: Drafts, judge: Judge, send: Send | None, take: Take, at_once: int = AT_ONCE
) -> Counter[str]:
    """Judge all rows and send those that pass; return how many there were of each outcome.

    `drafts` decodes and cleanses, some batches ahead. `send` produces records and returns once Kafka holds them;
    None for a dry run. `take` is given every batch after it was sent: for the report and the progress. While one
    batch travels the next is judged. Raises SinkUnavailable when a store stays away for two minutes, and
    FileProblem; all that was taken until then is in Kafka, and the same import can be run again.
    """
    counts: Counter[str] = Counter()
    ahead: deque[asyncio.Task[list[Draft]]] = deque()
    travelling: asyncio.Task[None] | None = None
    try:
        while True:
            while len(ahead) < AHEAD and (batch := list(islice(rows, at_once))):
                ahead.append(asyncio.create_task(_drafted(drafts, batch)))
            if not ahead:
                break
            ready = await ahead.popleft()
            judged = await patiently(partial(judge.judge, ready))
            if travelling is not None:
                await travelling
            travelling = asyncio.create_task(_deliver(judged, send, take, counts))
        if travelling is not None:
            await travelling
    finally:
        left = [*ahead, *([travelling] if travelling is not None else [])]
        await asyncio.gather(*left, return_exceptions=True)
    return counts


async def _drafted(drafts: Drafts, rows: Sequence[Row]) -> list[Draft]:
    return await drafts(rows)


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
