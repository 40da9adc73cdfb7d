"""Phase 3 of the sample: a messy Excel file goes in; clean leads, a review queue and history come out."""

from pathlib import Path

from sinks.base import SinkUnavailable
from streams.importing.problems import FileProblem
from streams.sample.feeding import Feeder
from streams.sample.importing import Leads, checks, import_file
from streams.sample.progress import WorkerProgress
from streams.sample.screen import Screen
from streams.sample.showing import show
from streams.sample.truth import Truth
from streams.sample.verdict import Check
from streams.sample.workbook import FILE, plan, write
from streams.services import ServiceError
from streams.settings import Settings

REPORT = "report.xlsx"


def play_import(
    screen: Screen, settings: Settings, truth: Truth, running: tuple[Feeder, WorkerProgress], folder: Path
) -> list[Check]:
    """Make the file, import it as `whetstone import` does, wait for the worker, show; return the verdict.

    The file and the report of its import stay in `folder`. Raises ServiceError in plain words.
    """
    planned, path, report = plan(truth), folder / FILE, folder / REPORT
    write(path, planned)
    screen.title(f"Phase 3, a messy Excel file: {len(planned.entries)} rows, their truth known")
    try:
        preview = import_file(settings, path, None, dry_run=True)
        first = import_file(settings, path, report)
        _settle(screen, settings, running, first.sent)
        again = import_file(settings, path, None)
    except (FileProblem, SinkUnavailable) as error:
        raise ServiceError(f"the file could not be imported: {error}") from error
    with Leads(settings) as leads:
        show(screen, planned, first, leads)
        found = checks(planned, preview, first, again, leads)
    screen.verdict(found)
    screen.say(f"  the file: {path}\n  its report, in which conflicts are decided: {report}")
    return found


def _settle(screen: Screen, settings: Settings, running: tuple[Feeder, WorkerProgress], sent: int) -> None:
    feeder, progress = running
    feeder.produced += sent
    with screen.bars({"cleansed": feeder.in_topic}) as bars:
        progress.settle(bars, settings)
