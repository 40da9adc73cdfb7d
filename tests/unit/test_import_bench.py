"""The import benchmark: its tables can be imported; rows are cleansed alike in one process and in several."""

import subprocess
import sys
from itertools import islice
from pathlib import Path

import psutil
import pytest

from sinks.memory import MemoryLibrary
from streams.bench.importing import table, write_book, write_csv
from streams.bench.population import somebody
from streams.bench.result import line
from streams.importing import drafting
from streams.importing.tables import open_table
from streams.waiting import wait_until
from tests.tables import imported

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def test_both_files_hold_the_same_rows(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", table(200, 1_000, 1))
    write_book(tmp_path / "a.xlsx", table(200, 1_000, 1))
    with open_table(tmp_path / "a.csv") as text, open_table(tmp_path / "a.xlsx") as book:
        assert dict(text.columns.fields) == dict(book.columns.fields)
        assert set(text.columns.fields) == {"name", "phone", "email", "company", "address", "interest"}
        rows = [(row.line, row.cells) for row in text.rows()]
        assert rows == [(row.line, row.cells) for row in book.rows()]
    assert len(rows) == 200
    held = {somebody(number).address for number in range(1_000)}
    assert [cells[5] in held for _, cells in rows if cells[5]].count(True) > 10
    assert {cells[5] for _, cells in islice(rows, 0, None, 4)} <= held


@pytest.mark.timeout(300)
async def test_several_processes_say_what_one_says(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", table(120, 50, 1))
    alone = await imported(tmp_path / "a.csv", MemoryLibrary(), at_once=25)
    several = await imported(tmp_path / "a.csv", MemoryLibrary(), at_once=25, processes=2)
    assert several.outcomes() == alone.outcomes()
    assert several.sent == alone.sent
    assert {"new", "conflict"} <= set(alone.counts)


def test_small_files_start_no_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafting.os, "sched_getaffinity", lambda pid: set(range(64)), raising=False)
    file = tmp_path / "a.csv"
    file.write_bytes(bytes(1_000))
    assert drafting.processes_for(file, "csv") == 0
    file.write_bytes(bytes(drafting.WORTH_PROCESSES["csv"]))
    assert drafting.processes_for(file, "csv") == drafting.MOST_PROCESSES
    monkeypatch.setattr(drafting.os, "sched_getaffinity", lambda pid: {0}, raising=False)
    assert drafting.processes_for(file, "csv") == 0


def test_a_line_of_the_result() -> None:
    assert line("csv", 1_000, 0.5, 0.25, 70.4) == {
        "system": "csv", "events": 1_000, "seconds": 0.5, "events_per_second": 2_000, "cpu_us_per_event": 250.0,
        "rss_mb": 70,
    }  # fmt: skip


HOLDING = """
import os, signal
from streams.importing.drafting import drafters
with drafters(2) as pool:
    print(*{pool.submit(os.getpid).result() for _ in range(20)}, flush=True)
    signal.pause()
"""


def test_processes_that_cleanse_end_with_the_one_that_started_them() -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDING], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        helpers = [int(number) for number in process.stdout.readline().split()]
        process.kill()
    assert helpers
    assert wait_until(lambda: not any(map(psutil.pid_exists, helpers)), 20.0)
