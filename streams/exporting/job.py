"""One export: what is asked for, the trace that it leaves, and the file."""

from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import msgspec

from schemas.lead_query import LeadQuery
from sinks.postgres import PostgresReader
from sinks.postgres.disclosures import disclose
from sinks.postgres.snapshot import moment
from streams.exporting.conditions import said
from streams.exporting.tables import Language, export, open_target


class ExportJob(msgspec.Struct, frozen=True, kw_only=True):
    """Which leads go into a file, of at most `most` rows where given, and who asks (`who`).

    `masked`: contact data, names and addresses are hidden in part; otherwise it is written down first who sees them.
    """

    query: LeadQuery
    masked: bool
    who: str
    language: Language = "zh"
    most: int | None = None


async def run_export(
    dsn: str, namespace: str, job: ExportJob, path: Path, progress: Callable[[int], None] = lambda _: None
) -> int:
    """Write the file and return its number of leads; there is none where something fails.

    Raises SinkUnavailable, OSError, and TooMany.
    """
    if not job.masked:
        async with moment(dsn, namespace) as now:
            await disclose(now, job.who, "export leads", said(job.query))
    target = open_target(path)
    try:
        async with (
            PostgresReader(dsn, namespace, connections=1) as reader,
            aclosing(reader.select_leads(job.query)) as found,
        ):
            count = await export(
                found, target, masked=job.masked, progress=progress, language=job.language, most=job.most
            )
        target.close()
    except BaseException:
        target.discard()
        raise
    return count
