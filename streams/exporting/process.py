"""An export in a process of its own, so that whoever asks for one does not wait: `python -m streams.exporting.process`.

It reads its order from standard input (an address holds a password, and conditions may name people: neither belongs on
a command line) and answers in one line of JSON.
"""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import msgspec

from sinks.base import SinkUnavailable
from streams.exporting.job import ExportJob, run_export
from streams.exporting.tables import TooMany

NICE = 10  # what answers requests goes first


class Order(msgspec.Struct, frozen=True):
    """What the process is told."""

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
            answer, _ = await process.communicate(msgspec.json.encode(order))
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


def main() -> NoReturn:
    """Do what standard input says."""
    os.nice(NICE)
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(_done(order))))
    sys.exit(0)


async def _done(order: Order) -> Outcome:
    try:
        return Outcome(await run_export(order.dsn, order.namespace, order.job, Path(order.path)))
    except TooMany:
        return Outcome(too_many=True)
    except SinkUnavailable as error:
        return Outcome(away=str(error))


if __name__ == "__main__":
    main()
