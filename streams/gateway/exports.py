"""Tables of leads that a gateway has written, one at a time, in a process of their own."""

import asyncio
import logging
from pathlib import Path
from typing import Protocol

from streams.exporting.folders import Folder, new_folder, sweep
from streams.exporting.job import ExportJob
from streams.exporting.process import ExportFailed, Order, Outcome, export_apart
from streams.gateway.problems import Problem

log = logging.getLogger("whetstone.gateway")

MOST_LEADS = 100_000  # as a workbook 9 s of CPU and 175 MB of temporary files; more is for the command line
TIMEOUT_S = 300.0
BUSY_S = 10.0


class Exporter(Protocol):
    """Writes an export's file."""

    async def write(self, job: ExportJob, path: Path) -> Outcome:
        """Write it. Raises ExportFailed."""


class ExportProcess:
    """`Exporter` in a process of its own: a table of many leads would hold up who sends touchpoints."""

    def __init__(self, dsn: str, namespace: str, timeout_s: float = TIMEOUT_S) -> None:
        self._where = dsn, namespace
        self._timeout_s = timeout_s

    async def write(self, job: ExportJob, path: Path) -> Outcome:
        """See `Exporter`."""
        return await export_apart(Order(*self._where, job, str(path)), self._timeout_s)


class Exports:
    """One export at a time in a gateway, each with a folder of its own, which is removed in the end."""

    def __init__(self, exporter: Exporter) -> None:
        self._exporter = exporter
        self._turn = asyncio.Lock()

    async def table(self, job: ExportJob, kind: str) -> Folder:
        """Return a folder with the file (`file_in`), which is the caller's to remove. Raises Problem."""
        if self._turn.locked():
            raise Problem(429, "busy", "another export is being written: ask again in a moment", BUSY_S)
        async with self._turn:
            folder = await asyncio.to_thread(new_folder)
            try:
                outcome = await self._exporter.write(job, file_in(folder, kind))
                _refuse_what_is_no_table(outcome)
            except ExportFailed as error:
                await asyncio.to_thread(folder.remove)
                log.error("an export failed: %s", error)
                raise Problem(
                    503, "failed", "the export did not come to its end: ask for fewer leads", BUSY_S
                ) from error
            except BaseException:
                await asyncio.to_thread(folder.remove)
                raise
            log.info("leads were exported", extra={"leads": outcome.leads, "masked": job.masked})
            return folder


def file_in(folder: Folder, kind: str) -> Path:
    """Return the path of a table in the folder of its export."""
    return folder.path / f"leads.{kind}"


async def sweep_exports() -> None:
    """Remove what gateways of this machine that were killed have left: tables may show contact data in full."""
    if count := await asyncio.to_thread(sweep):
        log.warning("%d folders of exports were left by a process that was killed; they are removed", count)


def _refuse_what_is_no_table(outcome: Outcome) -> None:
    if outcome.too_many:
        raise Problem(413, "too_many", f"more than {MOST_LEADS:,} leads: narrow it, or use `whetstone export leads`")
    if outcome.away:
        raise Problem(503, "unavailable", "the lead library cannot be read now: ask again later", BUSY_S)
