"""Logs that processes append to are cut while they are written; what they held last is kept."""

import fcntl
import logging
from pathlib import Path

import pytest

from streams import log_files
from streams.log_files import EVERY_S, MOST_BYTES, cutting, folder_of, former, shorten
from streams.services.stack import Stack

LINE = b'{"event": "0123456789"}\n'


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def grown(path: Path, lines: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(b"%06d " % number + LINE for number in range(lines)))
    return path


def test_whoever_writes_goes_on_and_the_end_is_kept_in_whole_lines(tmp_path: Path) -> None:
    path = grown(tmp_path / "worker.log", 100)
    grown(former(path), 3)
    with path.open("ab", buffering=0) as process:
        process.write(b"the last line\n")
        assert shorten(tmp_path, 1_000) == [path]
        process.write(b"the next line\n")
        process.write(b"and another\n")
    assert path.read_bytes() == b"the next line\nand another\n"
    kept = former(path).read_bytes().splitlines()
    assert kept[-1] == b"the last line"
    assert kept[0].startswith(b"0000")
    assert 900 < former(path).stat().st_size <= 1_000
    assert sorted(tmp_path.iterdir()) == [path, former(path)]


def test_what_is_short_or_no_log_is_left_alone(tmp_path: Path) -> None:
    for name in ("gateway.log", "old.log.1", "data.db"):
        grown(tmp_path / name, 100)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert shorten(tmp_path, 100_000) == []
    assert shorten(tmp_path, 1_000) == [tmp_path / "gateway.log"]
    for path in (tmp_path / "old.log.1", tmp_path / "data.db"):
        assert path.read_bytes() == before[path]
    assert shorten(tmp_path / "nothing", 1) == []


def test_two_workers_do_not_cut_one_log_at_once(tmp_path: Path) -> None:
    path = grown(tmp_path / "worker.log", 100)
    with path.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert shorten(tmp_path, 1_000) == []
    assert shorten(tmp_path, 1_000) == [path]


def test_a_link_to_elsewhere_is_not_followed(tmp_path: Path) -> None:
    target = grown(tmp_path / "elsewhere" / "precious", 100)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "worker.log").symlink_to(target)
    with pytest.raises(OSError, match="symbolic link"):
        shorten(tmp_path / "logs", 1_000)
    assert target.stat().st_size > 1_000


@pytest.mark.anyio
async def test_workers_look_now_and_then_and_what_fails_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answers: list[list[Path] | OSError] = [OSError("disk"), [tmp_path / "worker.log"]]
    waited: list[float] = []

    def answer(folder: Path) -> list[Path]:
        assert folder == tmp_path
        found = answers.pop(0)
        if isinstance(found, OSError):
            raise found
        return found

    async def pause(seconds: float) -> bool:
        waited.append(seconds)
        return len(waited) > 2

    monkeypatch.setattr(log_files, "shorten", answer)
    with caplog.at_level(logging.INFO):
        await cutting(tmp_path).run(pause)
    assert waited == [EVERY_S] * 3
    assert [record.getMessage() for record in caplog.records] == [
        "cutting logs is put off until the next time: disk",
        "worker.log was cut; what it held last is in worker.log.1",
    ]


def test_starting_cuts_the_logs_of_the_last_time(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "data", kinds=())
    path = stack.log("postgres")
    assert path.parent == folder_of(stack.data_dir)
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    stack.up()
    assert path.stat().st_size == 0
