"""`bench import`: files of messy rows through `whetstone import`, over a library of a given size; then the worker."""

import csv
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import xlsxwriter

from streams.bench.ending import end_tree
from streams.bench.engine import BenchmarkFailed
from streams.bench.installation import Installation, drained, installation
from streams.bench.library import fill
from streams.bench.machine import machine
from streams.bench.population import somebody
from streams.bench.result import line
from streams.importing.book import OPTIONS
from streams.sample.people import INTERESTS, messy
from streams.sample.phones import Phone, written

SEED = 7
HEADINGS = ("序号", "客户姓名", "手机号码", "邮箱", "公司名称", "所在地址", "意向产品", "备注")
TICKS_S = 5  # seconds of ticks that may be waiting when all else is done: some hundred facts, where a row makes four
NEWCOMERS = 100_000_000  # from this number on nobody is in a library
KNOWN = 4  # every so many-th row is somebody whom the library knows


def importing(rows: int, library: int, kind: str, report: Callable[[str], None]) -> dict[str, Any]:
    """Measure imports of `rows` rows over a library of `library` leads; return the result of the contract.

    Each import is the whole command, its start included: reading, cleansing, looking up, judging, publishing. Then
    two workers do all that was published, and another file is imported beside them until its leads are in the library.
    """
    with installation(kind) as made, TemporaryDirectory() as folder:
        fill(made.settings.postgres_dsn.get_secret_value(), made.settings.namespace, library)
        report(f"the library holds {library:,} leads")
        whole, part, book, last = (Path(folder) / name for name in ("whole.csv", "tenth.csv", "whole.xlsx", "last.csv"))
        write_csv(whole, table(rows, library, 1))
        write_csv(part, table(rows // 10, library, 2))
        write_book(book, table(rows, library, 3))
        write_csv(last, table(rows, library, 4))
        run = Importer(made, report)
        results = [
            run("csv, dry run", whole, rows, "--dry-run"),
            run("csv", whole, rows),
            run("csv, a tenth", part, rows // 10),
            run("xlsx", book, rows),
        ]
        before = made.services_cpu()
        workers = Workers(made)
        results.append(workers.drain("2 workers", run.sent) | services(made, before, run.sent))
        begun, cpu, sent, before = perf_counter(), workers.cpu_seconds(), run.sent, made.services_cpu()
        imported = run("csv, beside the workers", last, rows)
        workers.wait(run.sent)
        spent = workers.cpu_seconds() - cpu + imported["cpu_us_per_event"] * imported["events"] / 1e6
        whole_way = perf_counter() - begun
        results.append(
            line("csv, until in the library", run.sent - sent, whole_way, spent, workers.rss_mb())
            | services(made, before, run.sent - sent)
        )
        results.append(run("csv, again", whole, rows))
        workers.halt()
    return {
        "benchmark": "import", "services": kind, "library": library, "machine": machine(), "results": results,
    }  # fmt: skip


def table(rows: int, library: int, seed: int) -> Iterator[list[str]]:
    """Give the header and rows as people keep them: every fourth is somebody of the library, the others are new.

    Tables of different seeds have no new person in common.
    """
    random = Random(SEED * seed)  # noqa: S311 (a seeded input)
    yield list(HEADINGS)
    for number in range(rows):
        known = number % KNOWN == 0 and library
        one = somebody(random.randrange(library) if known else NEWCOMERS * seed + number)
        phone = written(Phone(one.phone, f"+86{one.phone}"), random)
        interest = random.choice(INTERESTS)
        yield [str(number), messy(one.name, random), phone, one.email, one.company, one.address, interest, "展会"]


def write_csv(path: Path, rows: Iterator[list[str]]) -> None:
    """Write rows as Excel in China saves CSV."""
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows(rows)


def write_book(path: Path, rows: Iterator[list[str]]) -> None:
    """Write rows as a workbook."""
    book = xlsxwriter.Workbook(str(path), OPTIONS)
    page = book.add_worksheet("客户")
    for number, cells in enumerate(rows):
        page.write_row(number, 0, cells)
    book.close()


class Workers:
    """Two workers, as an installation on two cores has them."""

    def __init__(self, made: Installation) -> None:
        self._begun = perf_counter()
        # what tells the time, once a second, must not count as being behind: on a busy machine some seconds of it wait
        self._ticks = TICKS_S * made.settings.touchpoint_partitions * made.settings.fact_partitions
        self._running = [made.worker(number) for number in (1, 2)]

    def drain(self, system: str, touchpoints: int) -> dict[str, Any]:
        """Wait until everything is done; return the measured line, their start included."""
        self.wait(touchpoints)
        return line(system, touchpoints, perf_counter() - self._begun, self.cpu_seconds(), self.rss_mb())

    def wait(self, touchpoints: int) -> None:
        """Wait until so many touchpoints are cleansed and nothing is behind. Raises BenchmarkFailed."""
        if not drained(self._running, touchpoints, self._ticks):
            raise BenchmarkFailed("the workers did not come to the end of the topic")

    def cpu_seconds(self) -> float:
        """Return the CPU seconds of both so far."""
        return sum(one.cpu_seconds() for one in self._running)

    def rss_mb(self) -> float:
        """Return the resident memory (MiB) of the larger."""
        return max(one.rss_mb() for one in self._running)

    def halt(self) -> None:
        """End both politely."""
        for one in self._running:
            one.halt()


class Importer:
    """Runs `whetstone import` as a process of its own and measures it, with the processes that it starts."""

    def __init__(self, made: Installation, report: Callable[[str], None]) -> None:
        self._made = made
        self._environment = {**os.environ, "WHETSTONE_DATA_DIR": str(made.stack.data_dir)}
        self._report = report
        self.sent = 0

    def __call__(self, system: str, file: Path, rows: int, *options: str) -> dict[str, Any]:
        """Import a file; return the measured line. Raises BenchmarkFailed with what the command said."""
        command = [sys.executable, "-m", "streams", "import", str(file), *options]
        begun, before = perf_counter(), self._made.services_cpu()
        with subprocess.Popen(  # noqa: S603 (our own command)
            command, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            try:
                said = process.stdout.read() if process.stdout else ""
                _, status, usage = os.wait4(process.pid, 0)
            except BaseException:
                end_tree(process.pid)  # leaving the block would wait for the end of the import
                raise
            process.returncode = os.waitstatus_to_exitcode(status)
        seconds = perf_counter() - begun
        counts = next((line for line in said.splitlines() if line.startswith("conflict=")), "")
        if status or not counts:
            raise BenchmarkFailed(f"{system}: {said.strip()[-500:]}")
        self._report(f"{system}: {counts}, {rows / seconds:,.0f} rows/s")
        if not options:
            numbers = dict(pair.split("=") for pair in counts.split())
            self.sent += int(numbers["new"]) + int(numbers["update"])
        # Linux counts KiB, macOS bytes
        rss = usage.ru_maxrss / (2**10 if sys.platform.startswith("linux") else 2**20)
        return line(system, rows, seconds, usage.ru_utime + usage.ru_stime, rss) | services(self._made, before, rows)


def services(made: Installation, before: Mapping[str, float], events: int) -> dict[str, Any]:
    """Return what the services have spent since, of CPU an event: the other half of what a row costs."""
    spent = {name: seconds - before.get(name, 0.0) for name, seconds in made.services_cpu().items()}
    return {"services_cpu_us_per_event": {name: round(one / max(events, 1) * 1e6, 2) for name, one in spent.items()}}
