"""Files of a backup without a database: what a failure to write them is called."""

import os
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from sinks.backup.files import FORMAT, Header, Table, write_file

pytestmark = pytest.mark.anyio

HEADER = Header(
    format=FORMAT, chain="a", number=1, previous="", cluster="c", snapshot="1:1:", since=0, ends_at={}, made_at=0
)  # fmt: skip


async def test_what_is_no_fault_of_the_disk_keeps_its_own_words(tmp_path: Path) -> None:
    """A time limit is an OSError, too: it was told as `None` with the name of the file."""

    async def sections() -> AsyncGenerator[tuple[Table, AsyncGenerator[bytes]]]:
        raise TimeoutError("the database did not answer")
        yield

    with pytest.raises(TimeoutError, match="the database did not answer"):
        await write_file(tmp_path, HEADER, sections(), lambda _: None)
    assert os.listdir(tmp_path) == []
