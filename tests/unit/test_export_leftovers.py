"""Exports hold contact data: whatever is killed while one is written, nothing of it stays behind for long."""

import gc
import os
import resource
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from schemas.lead_query import LeadQuery
from streams.commands.faults import said
from streams.exporting.folders import PREFIX, new_folder, sweep
from streams.exporting.job import ExportJob
from streams.exporting.process import Order
from streams.exporting.tables import open_target
from streams.importing.book import Book

PATIENCE = 60
HOLDER = """
from streams.exporting.folders import new_folder
folder = new_folder()
(folder.path / "leads.csv").write_text("+8613800138000")
print(folder.path, flush=True)
input()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_what_a_killed_gateway_left_is_swept_and_what_runs_is_kept(temporary: Path) -> None:
    mine = new_folder()
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        env=os.environ | {"TMPDIR": str(temporary)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    left = Path(other.stdout.readline().strip())
    assert sweep() == 0
    assert (left / "leads.csv").exists()
    other.kill()
    other.communicate(timeout=PATIENCE)
    assert sweep() == 1
    assert list(temporary.iterdir()) == [mine.path]
    mine.remove()
    assert list(temporary.iterdir()) == []


def test_only_folders_of_exports_are_swept(temporary: Path) -> None:
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    (temporary / f"{PREFIX}link").symlink_to(elsewhere)
    (temporary / f"{PREFIX}file").write_text("")
    assert sweep() == 0
    assert len(list(temporary.iterdir())) == 3


def test_the_process_ends_with_who_asked_and_takes_its_folder_along(temporary: Path) -> None:
    folder = temporary / "export"
    folder.mkdir()
    (folder / "leads.csv.part").write_text("+8613800138000")
    with socket.create_server(("127.0.0.1", 0)) as database:  # takes the connection and never answers
        dsn = f"postgresql://nobody@127.0.0.1:{database.getsockname()[1]}/x"
        job = ExportJob(query=LeadQuery(), masked=True, who="x")
        asked = subprocess.Popen(
            [sys.executable, "-m", "streams.exporting.process"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert asked.stdin is not None
        asked.stdin.write(msgspec.json.encode(Order(dsn, "whetstone", job, str(folder / "leads.csv"))) + b"\n")
        asked.stdin.flush()
        database.settimeout(PATIENCE)
        connection, _ = database.accept()
        assert asked.poll() is None
        asked.communicate(timeout=PATIENCE)  # closes its standard input, as the end of a gateway does
        connection.close()
    assert asked.returncode == 1
    assert not folder.exists()


def test_a_workbook_keeps_its_temporary_files_in_its_folder(temporary: Path) -> None:
    folder = temporary / "export"
    folder.mkdir()
    book = Book(folder / "leads.xlsx")
    book.sheet("leads").write(["+8613800138000"])
    assert list(temporary.iterdir()) == [folder]
    assert list(folder.iterdir())
    book.discard()
    assert list(folder.iterdir()) == []


@pytest.fixture
def full_disk() -> Iterator[None]:
    """Let files grow to a few KiB only, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16_384, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    with warnings.catch_warnings():  # XlsxWriter lets go of files that it could not write without closing them
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize("name", ["leads.xlsx", "leads.csv"])
@pytest.mark.parametrize("rows", [20, 2_000])
def test_what_does_not_fit_on_the_disk_is_not_there_and_named(temporary: Path, name: str, rows: int) -> None:
    target = open_target(temporary / name)

    def write() -> None:
        for number in range(rows):
            target.write([sha256(f"{number}.{column}".encode()).hexdigest() for column in range(20)])
        target.close()

    with pytest.raises(OSError, match="File too large") as told:
        write()
    target.discard()
    assert said(told.value) == f"{temporary / name}: File too large"
    assert list(temporary.iterdir()) == []
