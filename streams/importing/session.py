"""One import from an open table to its counts: stores, drafts, judge and sending together."""

from collections import Counter
from concurrent.futures import Executor
from contextlib import AsyncExitStack

from streams.importing.drafting import drafting
from streams.importing.judging import Judge
from streams.importing.opening import opened
from streams.importing.run import Take, run
from streams.importing.tables import Table
from streams.settings import Settings


async def import_table(
    settings: Settings, table: Table, source: str, take: Take, *, dry_run: bool, pool: Executor | None = None
) -> Counter[str]:
    """Judge all rows of a table and, unless it is a dry run, send those that pass; return how many of each outcome.

    `source` is where the rows come from, `take` is given every batch once it is where it belongs, `pool` are the
    processes that cleanse (None: this one does), see `drafters`. Raises SinkUnavailable, RuleBookError, FileProblem;
    run again to go on.
    """
    async with AsyncExitStack() as stack:
        stores = await stack.enter_async_context(opened(settings, sending=not dry_run))
        batch = stores.batch(table, source)
        judge = Judge(stores.library, batch, stores.identity)
        stack.callback(judge.close)
        return await run(table.rows(), drafting(batch, pool), judge, stores.send, take)
