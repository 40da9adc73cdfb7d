"""Decoding and cleansing of rows: in this process, or in several, since it is most of the work of an import."""

import asyncio
import gc
import os
import pickle
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import lru_cache
from multiprocessing import get_context, parent_process
from pathlib import Path

import msgspec

from processors.cleansing.record import CleansingOptions, cleanse_record
from streams.importing.events import Batch, Draft
from streams.importing.guard import Format
from streams.importing.tables import Row

Drafts = Callable[[Sequence[Row]], Awaitable[list[Draft]]]
# Bytes (some 6,000 rows) below which one process is done before several have shared the work.
WORTH_PROCESSES: dict[Format, int] = {"csv": 2**19, "xls": 2**19, "xlsx": 2**18}
MOST_PROCESSES = 8
SOMEBODY = {  # a row that every table is needed for
    "name": "王小明先生",
    "phone": "138 0013 8000",
    "email": "xiaoming@firm.example",
    "company": "北京示例科技有限公司",
    "address": "浙江省杭州市西湖区文三路1号",
}
COLLECTOR_THRESHOLDS = (50_000, 20, 100)  # as the workers' (decision 0006)


def processes_for(path: Path, kind: Format) -> int:
    """Return how many processes cleanse the rows of a file; 0: this one does. One for each core, if it is worth it."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST_PROCESSES) if cores > 1 and path.stat().st_size >= WORTH_PROCESSES[kind] else 0


@contextmanager
def drafters(processes: int) -> Iterator[Executor | None]:
    """Start so many processes that cleanse rows; 0: none, this one does.

    On Linux they are copies of this one, if it has no threads yet: to import everything again took each process most of
    a second.
    """
    if not processes:
        yield None
        return
    alone = sys.platform == "linux" and threading.active_count() == 1
    pool = ProcessPoolExecutor(processes, get_context("fork" if alone else "spawn"), _begin)
    try:
        pool.submit(os.getpid)  # the first task starts them: now, before this process has threads
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def drafting(batch: Batch, pool: Executor | None) -> Drafts:
    """Return a function that makes drafts of rows: in the processes of `drafters`, or in this one."""
    return _here(batch) if pool is None else _there(batch, pool)


def _here(batch: Batch) -> Drafts:
    async def here(rows: Sequence[Row]) -> list[Draft]:
        return [batch.draft(row) for row in rows]

    return here


def _there(batch: Batch, pool: Executor) -> Drafts:
    encode, decoder = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder(list[Draft])
    loop, pickled = asyncio.get_running_loop(), pickle.dumps(batch)

    async def there(rows: Sequence[Row]) -> list[Draft]:
        try:
            return decoder.decode(await loop.run_in_executor(pool, _drafts, pickled, encode(rows)))
        except BrokenProcessPool as error:
            raise RuntimeError("a process that cleanses rows was killed; is there enough memory?") from error

    return there


def _begin() -> None:
    """Prepare a process of the pool; Ctrl-C is for the one that started it, and without that one it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if not gc.get_freeze_count():  # no copy of a process whose collector is calm
        calm_collector()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def load_tables() -> None:
    """Read what ships for cleansing (divisions, surnames …), which copies of this process then have too."""
    cleanse_record("lead_imported", {"row": SOMEBODY}, CleansingOptions())


def calm_collector() -> None:
    """Let the garbage collector pass over what start-up made, and run less often: rows make no cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)


def _drafts(batch: bytes, rows: bytes) -> bytes:
    """Make drafts in a process of the pool; msgpack costs a tenth of pickle."""
    draft = _batch(batch).draft
    return msgspec.msgpack.encode([draft(row) for row in msgspec.msgpack.decode(rows, type=list[Row])])


@lru_cache(1)
def _batch(pickled: bytes) -> Batch:
    batch: Batch = pickle.loads(pickled)  # noqa: S301 (what the process that started this one has pickled)
    return batch
