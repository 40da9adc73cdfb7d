"""An export in a process of its own, so that whoever asks for one does not wait: `python -m streams.exporting.process`.

It reads its order from a line of standard input (an address holds a password, and conditions may name people: neither
belongs on a command line) and answers in one line of JSON. Standard input ends when whoever asked is gone: nobody will
take the file then, so it ends at once and removes the folder that the file is in.
"""

import asyncio
import os
import shutil
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import msgspec

from sinks.base import SinkUnavailable
from streams.exporting.job import ExportJob, run_export
from streams.exporting.tables import TooMany

NICE = 10  # what answers requests goes first


class Order(msgspec.Struct, frozen=True):
    """What the process is told; the folder of `path` is there for this export alone."""

    dsn: str
    namespace: str
    job: ExportJob
    path: str


class Outcome(msgspec.Struct, frozen=True):
    """What it answers: how many leads are in the file, or why there is none."""

    leads: int = 0
    too_many: bool = False
    away: str = ""


class ExportFailed(Exception):
    """The process ended without an answer, or took too long."""


async def export_apart(order: Order, timeout_s: float) -> Outcome:
    """Run an export in a process of its own. Raises ExportFailed; the process is gone then, and so is its file."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(timeout_s):
            answer = await _answer(process, order)
        return msgspec.json.decode(answer, type=Outcome)
    except TimeoutError as error:
        raise ExportFailed(f"no answer within {timeout_s:g} s") from error
    except msgspec.DecodeError as error:
        raise ExportFailed(f"it ended with {process.returncode}") from error
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _answer(process: asyncio.subprocess.Process, order: Order) -> bytes:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the process was started without pipes")
    with suppress(BrokenPipeError, ConnectionResetError):  # it ended before it read: its status tells
        process.stdin.write(msgspec.json.encode(order) + b"\n")
        await process.stdin.drain()
    answer = await process.stdout.read()
    await process.wait()
    return answer


def main() -> NoReturn:
    """Do what standard input says."""
    os.nice(NICE)
    order = msgspec.json.decode(sys.stdin.buffer.readline(), type=Order)
    threading.Thread(target=_end_with_who_asked, args=(Path(order.path).parent,), daemon=True).start()
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(_done(order))))
    sys.exit(0)


def _end_with_who_asked(folder: Path) -> None:
    while os.read(0, 1):  # not sys.stdin, whose lock would be held when the interpreter ends
        pass
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


async def _done(order: Order) -> Outcome:
    try:
        return Outcome(await run_export(order.dsn, order.namespace, order.job, Path(order.path)))
    except TooMany:
        return Outcome(too_many=True)
    except SinkUnavailable as error:
        return Outcome(away=str(error))


if __name__ == "__main__":
    main()
