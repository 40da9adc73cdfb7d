"""Folders of exports, each held by a lock: one that nobody holds was left by a process that was killed."""

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PREFIX = "whetstone-export-"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that only its owner may open; `lock` is an open file, which the system lets go with the process."""

    path: Path
    lock: int

    def remove(self) -> None:
        """Remove it with what is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self.lock)


def new_folder() -> Folder:
    """Make a folder and hold it. Raises OSError."""
    while True:
        path = Path(tempfile.mkdtemp(prefix=PREFIX))
        folder = _held(path)
        if folder is not None and path.exists():  # another process may have swept between the two
            return folder
        if folder is not None:
            os.close(folder.lock)


def sweep() -> int:
    """Remove the folders that nobody holds any more, with people's data in them; return how many."""
    count = 0
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        folder = _held(path)
        if folder is not None:
            folder.remove()
            count += 1
    return count


def _held(path: Path) -> Folder | None:
    """Hold a folder of this user; None where it is gone, somebody else's or held already."""
    with suppress(OSError):
        lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            if os.fstat(lock).st_uid == os.geteuid():
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return Folder(path, lock)
        except OSError:
            os.close(lock)
            raise
        os.close(lock)
    return None
