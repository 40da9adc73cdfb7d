"""One child process that outlives the command: started, found again, stopped.

A pid alone proves nothing (pids are used again), so a record holds when the process began as well.
"""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from streams.services.account import Account, write_private
from streams.waiting import wait_until

CLOCK_SLACK = 2.0  # seconds by which the time a process began may seem to move when the clock is set

_ours: dict[int, "Detached"] = {}  # children of this very process: they must be waited for


class Detached(subprocess.Popen[bytes]):
    """A child that outlives this process, on purpose: nobody is warned of it."""

    def __del__(self) -> None:
        """Leave the child alone."""


@dataclass(frozen=True, slots=True)
class Record:
    """What is remembered of a started process; `began` in seconds since 1970, `port` 0 where it has none.

    `stopped`: it was asked to end. One that was not and is gone ended by itself; None: an earlier release wrote it.
    """

    pid: int
    began: float
    port: int = 0
    stopped: bool | None = None

    @classmethod
    def read(cls, path: Path) -> "Record | None":
        """Return the record in a file; None when there is none or it is damaged."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def write(self, path: Path) -> None:
        """Write the record, whole or not at all."""
        write_private(path, json.dumps(asdict(self)))

    @property
    def process(self) -> psutil.Process | None:
        """The process while it lives; None when it ended, or when its pid belongs to another by now."""
        if child := _ours.get(self.pid):
            child.poll()
        try:
            process = psutil.Process(self.pid)
        except psutil.NoSuchProcess:
            return None
        return process if lives(process) and abs(process.create_time() - self.began) <= CLOCK_SLACK else None


def lives(process: psutil.Process) -> bool:
    """Whether a process has not ended: one that ended and was not waited for by its parent still has a pid."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def spawn(
    command: Sequence[str], *, environment: Mapping[str, str], cwd: Path, log: Path, account: Account | None, port: int
) -> Record:
    """Start a process in a session of its own, its output appended to `log`, and return its record."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = Detached(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=cwd,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    _ours[child.pid] = child
    return Record(child.pid, psutil.Process(child.pid).create_time(), port, stopped=False)


def stop(record: Record, *, how: signal.Signals = signal.SIGTERM, patience: float = 10.0) -> bool:
    """End a process and wait for its end; return False when it had to be killed after `patience` seconds."""
    process = record.process
    if process is None:
        return True
    _signal(process, how)
    if wait_until(lambda: record.process is None, patience):
        return True
    _signal(process, signal.SIGKILL)
    wait_until(lambda: record.process is None, patience)
    return False


def end_all(processes: Sequence[psutil.Process], patience: float = 10.0) -> None:
    """End processes that nobody holds a record of: politely, then by force."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        for process in processes:
            _signal(process, how)
        if wait_until(lambda: not any(map(lives, processes)), patience):
            return


def find(matches: Callable[[psutil.Process], bool]) -> list[psutil.Process]:
    """Return the living processes that match; those that we may not look into are not ours."""
    return [process for process in psutil.process_iter() if process.pid != os.getpid() and _matches(process, matches)]


def _matches(process: psutil.Process, matches: Callable[[psutil.Process], bool]) -> bool:
    try:
        return lives(process) and matches(process)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _signal(process: psutil.Process, how: signal.Signals) -> None:
    try:
        process.send_signal(how)
    except psutil.NoSuchProcess:
        return
