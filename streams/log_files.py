"""The logs that `whetstone up` lets processes append to: cut where they have grown long, their end kept beside them."""

import asyncio
import fcntl
import logging
import os
from pathlib import Path

from streams.chores import Chore

log = logging.getLogger(__name__)

MOST_BYTES = 32 * 1024 * 1024  # of a log; its former end is as long at most
EVERY_S = 600.0
CHUNK = 1024 * 1024


def folder_of(data_dir: Path) -> Path:
    """Return where the logs of a data folder are."""
    return data_dir / "logs"


def cutting(folder: Path) -> Chore:
    """Return the chore that cuts what has grown too long. Workers may do it at once."""

    async def work() -> None:
        for path in await asyncio.to_thread(shorten, folder):
            log.info("%s was cut; what it held last is in %s", path.name, former(path).name)

    return Chore("cutting logs", work, EVERY_S, EVERY_S)


def former(path: Path) -> Path:
    """Return where the former end of a log is kept."""
    return path.with_name(f"{path.name}.1")


def shorten(folder: Path, most: int = MOST_BYTES) -> list[Path]:
    """Cut the logs in a folder that are longer than `most` bytes, and return them. Raises OSError.

    Whoever writes goes on in the same file: it was opened for appending. A line that comes in the very moment may be
    lost, as with `copytruncate` of logrotate.
    """
    return [path for path in sorted(folder.glob("*.log")) if path.stat().st_size > most and _cut(path, most)]


def _cut(path: Path, most: int) -> bool:
    """Cut one log; return False where another process is about it, or has been."""
    with os.fdopen(os.open(path, os.O_RDWR | os.O_NOFOLLOW), "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        size = os.fstat(file.fileno()).st_size
        if size <= most:
            return False
        file.seek(size - most)
        file.readline(CHUNK)  # what is left of a line
        part = former(path).with_suffix(f".{os.getpid()}.part")
        with part.open("wb") as kept:
            while chunk := file.read(CHUNK):
                kept.write(chunk)
        part.chmod(0o600)
        part.replace(former(path))
        file.truncate(0)
    return True
