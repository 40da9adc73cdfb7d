"""Decoding and cleansing of rows: in this process, or in several, since it is most of the work of an import."""

import asyncio
import gc
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager
from multiprocessing import get_context
from pathlib import Path

import msgspec

from streams.importing.events import Batch, Draft
from streams.importing.guard import Format
from streams.importing.tables import Row

Drafts = Callable[[Sequence[Row]], Awaitable[list[Draft]]]
# Bytes (some 40,000 rows) below which starting processes takes longer than it saves.
WORTH_PROCESSES: dict[Format, int] = {"csv": 4 * 2**20, "xls": 4 * 2**20, "xlsx": 2 * 2**20}
MOST_PROCESSES = 8
COLLECTOR_THRESHOLDS = (50_000, 20, 100)  # as the workers' (decision 0006)

_batch: Batch | None = None


def processes_for(path: Path, kind: Format) -> int:
    """Return how many processes cleanse the rows of a file; 0: this one does. One for each core, if it is worth it."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST_PROCESSES) if cores > 1 and path.stat().st_size >= WORTH_PROCESSES[kind] else 0


@asynccontextmanager
async def drafting(batch: Batch, processes: int) -> AsyncIterator[Drafts]:
    """Give a function that makes drafts of rows in that many processes; 0: in this one."""
    if not processes:
        yield _here(batch)
        return
    encode, decoder = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder(list[Draft])
    pool = ProcessPoolExecutor(processes, get_context("spawn"), _begin, (batch,))
    loop = asyncio.get_running_loop()

    async def there(rows: Sequence[Row]) -> list[Draft]:
        try:
            return decoder.decode(await loop.run_in_executor(pool, _drafts, encode(rows)))
        except BrokenProcessPool as error:
            raise RuntimeError("a process that cleanses rows was killed; is there enough memory?") from error

    try:
        yield there
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _here(batch: Batch) -> Drafts:
    async def here(rows: Sequence[Row]) -> list[Draft]:
        return [batch.draft(row) for row in rows]

    return here


def _begin(batch: Batch) -> None:
    """Prepare a process of the pool; Ctrl-C is for the one that started it."""
    global _batch
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _batch = batch
    calm_collector()


def calm_collector() -> None:
    """Let the garbage collector pass over what start-up made, and run less often: rows make no cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)


def _drafts(rows: bytes) -> bytes:
    """Make drafts in a process of the pool; msgpack costs a tenth of pickle."""
    if _batch is None:
        raise RuntimeError("the process was not prepared")
    drafts = [_batch.draft(row) for row in msgspec.msgpack.decode(rows, type=list[Row])]
    return msgspec.msgpack.encode(drafts)
