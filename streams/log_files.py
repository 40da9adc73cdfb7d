"""The logs that `whetstone up` lets processes append to: cut where they have grown long, their end kept beside them."""

import asyncio
import fcntl
import logging
import os
from pathlib import Path

from streams.housekeeping import Pause

log = logging.getLogger(__name__)

MOST_BYTES = 32 * 1024 * 1024  # of a log; its former end is as long at most
EVERY_S = 600.0
CHUNK = 1024 * 1024


def folder_of(data_dir: Path) -> Path:
    """Return where the logs of a data folder are."""
    return data_dir / "logs"


async def keep_short(folder: Path, pause: Pause) -> None:
    """Cut what has grown too long, until `pause` says that it is time to end. Workers may do it at once."""
    while not await pause(EVERY_S):
        try:
            cut = await asyncio.to_thread(shorten, folder)
        except OSError as error:
            log.warning("logs could not be cut, they are next time: %s", error)
        else:
            for path in cut:
                log.info("%s was cut; what it held last is in %s", path.name, former(path).name)


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
