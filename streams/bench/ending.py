"""A benchmark that is told to end takes everything with it that it started."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

import psutil

from streams.services.process import end_all

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ends_what_it_started() -> Iterator[None]:
    """Let the signals that end a process unwind the block instead, then end what it started and left running.

    The first signal raises SystemExit(128 + number) in the block, so that every `finally` below it runs; those that
    follow are ignored, or an impatient second Ctrl-C would leave half of it running. For the main thread.
    """
    before = descendants()
    former = {number: signal.signal(number, _leave) for number in SIGNALS}
    try:
        yield
    finally:
        end_descendants(before)
        for number, handler in former.items():
            signal.signal(number, handler)


def descendants() -> frozenset[psutil.Process]:
    """Return every process that descends from this one."""
    return frozenset(psutil.Process().children(recursive=True))


def end_descendants(before: frozenset[psutil.Process]) -> None:
    """End every process that descends from this one and was not there `before`, politely, then by force."""
    end_all([one for one in descendants() - before if not _ends_by_itself(one)])


def end_tree(pid: int) -> None:
    """End a process that runs, and all that descend from it, politely, then by force."""
    root = psutil.Process(pid)
    end_all([*root.children(recursive=True), root])


def _ends_by_itself(process: psutil.Process) -> bool:
    """Whether it is Python's own helper of pools: deaf to signals, and gone when this process is."""
    try:
        return any("resource_tracker" in part for part in process.cmdline())
    except psutil.Error:
        return True


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    for each in SIGNALS:
        signal.signal(each, _pass)  # not SIG_IGN: Python raises OSError for a signal that is waiting to be handled
    sys.exit(128 + number)


def _pass(number: int, frame: FrameType | None) -> None:
    """Let a further signal go by: everything is being ended already."""
