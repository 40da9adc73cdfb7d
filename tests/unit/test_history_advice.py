"""What is said of a damaged backup tells what to do next."""

import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from processors.history import Damage
from sinks.backup.files import BadBackup, name_of
from streams.archive.verifying import Verdict
from streams.cli import main
from streams.commands import history


@pytest.fixture(autouse=True)
def _library(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that is whole, so that the backup alone is at fault."""

    @asynccontextmanager
    async def moment(*_: object) -> AsyncIterator[None]:
        yield

    async def nothing(*_: object, **__: object) -> None:
        return None

    async def whole(_: object) -> Verdict:
        return Verdict()

    async def guarded(_: object) -> list[Damage]:
        return []

    class Copied:
        def __init__(self, _: object) -> None:
            self.begin = nothing

    for name, made in (
        ("moment", moment), ("migrate", nothing), ("verify_library", whole), ("unguarded", guarded),
        ("CopiedHistory", Copied),
    ):  # fmt: skip
        monkeypatch.setattr(history, name, made)


def said(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["history", *arguments])
    assert result.exit_code == 1, result.output
    return result.output


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"no gzip", id="no gzip"),
        pytest.param(gzip.compress(b"no json\n"), id="no json"),
        pytest.param(gzip.compress(b"")[:5], id="cut off"),
    ],
)
def test_a_damaged_backup_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / name_of("20261101000000", 1)
    file.write_bytes(content)
    verified = said("verify", "--no-topic", "--backup", str(tmp_path))
    assert file.name in verified
    assert f"`whetstone history backup {tmp_path} --full`" in verified
    assert "备份已损坏" in verified
    restored = said("restore", "--backup", str(tmp_path))
    assert file.name in restored
    assert "nothing was restored: use another copy of this folder" in restored
    assert "--topic" in restored


def test_what_is_wrong_further_on_in_a_file_says_so_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def rebuild(*_: object, **__: object) -> Verdict:
        raise BadBackup("a.gz: what it holds is not what was written (its checksum differs)")

    monkeypatch.setattr(history, "rebuild", rebuild)
    monkeypatch.setattr(history, "_newest", lambda _: [])
    assert "checksum differs); 未恢复任何数据" in said("restore", "--backup", str(tmp_path))


def test_a_folder_without_backups_says_how_to_take_one(tmp_path: Path) -> None:
    for command in (["verify", "--no-topic"], ["restore"]):
        told = said(*command, "--backup", str(tmp_path))
        assert f"there is no backup in it; `whetstone history backup {tmp_path}` takes one" in told
        assert "damaged" not in told
