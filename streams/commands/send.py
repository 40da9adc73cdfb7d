"""`whetstone send`: publishes touchpoints from JSONL, through a gateway or straight to Kafka."""

import asyncio
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any, BinaryIO

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from streams.commands.interrupted import interrupted
from streams.gateway.items import EVENTS
from streams.gateway.problems import Problem
from streams.gateway.sending import Sender, to_gateway, to_kafka
from streams.settings import settings

BATCH_BYTES = 900_000
SHOWN = 5


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--url", help="Address of a gateway; default: straight to Kafka.")
@click.option("--key", envvar="WHETSTONE_KEY", help="API key for the gateway; also WHETSTONE_KEY.")
@click.option("--batch", type=click.IntRange(1, EVENTS), default=EVENTS, show_default=True, help="Events a request.")
@click.option("--patience", type=float, default=120.0, show_default=True, help="Seconds to go on trying one batch.")
@click.option("--strict", is_flag=True, help="End with status 1 if any event was rejected, not only if all were.")
@interrupted("已接受的事件有效，再次运行即可继续", "what was accepted counts; run it again, repeats are recognised")
def send(file: BinaryIO, url: str | None, key: str | None, batch: int, patience: float, strict: bool) -> None:
    """Publish touchpoints from a JSONL FILE (`-` is standard input).

    Ends with status 0 if events were accepted (or known already), also beside rejected ones, which are counted and
    explained; with 1 if every event was rejected, or with --strict any, or nothing could be sent.
    """
    if url and not key:
        raise click.UsageError("a gateway needs --key: make one with `whetstone key create`")
    if url and not url.startswith(("http://", "https://")):
        raise click.BadParameter(f"{url!r} is no address such as http://127.0.0.1:8080", param_hint="--url")
    reasons: Counter[str] = Counter()
    totals = asyncio.run(_send(file, url, key or "", batch, patience, reasons))
    click.echo(" ".join(f"{name}={totals[name]}" for name in ("accepted", "duplicates", "rejected")))
    if reasons:
        why = ", ".join(f"{reason} {count}" for reason, count in reasons.most_common())
        if strict or totals.total() == totals["rejected"]:
            raise click.ClickException(f"{totals['rejected']} of {totals.total()} events were rejected: {why}")
        click.echo(f"rejected: {why}", err=True)


async def _send(
    file: BinaryIO, url: str | None, key: str, batch: int, patience: float, reasons: Counter[str]
) -> Counter[str]:
    totals: Counter[str] = Counter(accepted=0, duplicates=0, rejected=0)
    async with AsyncExitStack() as stack:
        opened = to_gateway(url, key) if url else to_kafka(settings())
        sender = await stack.enter_async_context(opened)
        progress = stack.enter_context(_progress())
        task = progress.add_task("sending", total=_size(file), events=0)
        for first, lines in batches(file, batch):
            receipt = await persist(sender, lines, patience)
            _tell(receipt, first, totals, reasons)
            progress.update(task, advance=sum(map(len, lines)), events=sum(totals.values()))
    return totals


def batches(file: BinaryIO, most: int) -> Iterator[tuple[int, list[bytes]]]:
    """Give the lines of a file in batches, each with the number of its first line; empty lines are passed over."""
    lines: list[bytes] = []
    first = size = 0
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        if lines and (len(lines) >= most or size + len(line) > BATCH_BYTES):
            yield first, lines
            lines, size = [], 0
        first = first if lines else number
        lines.append(line)
        size += len(line)
    if lines:
        yield first, lines


async def persist(sender: Sender, lines: list[bytes], patience: float) -> dict[str, Any]:
    """Send one batch, waiting as long as the other side says. Raises the last Problem when patience runs out."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience
    while True:
        try:
            return await sender(lines)
        except Problem as problem:
            wait = problem.retry_after
            if problem.status not in (408, 429, 503) or loop.time() + (wait or 1.0) > deadline:
                raise
            await asyncio.sleep(wait or 1.0)


def _tell(receipt: dict[str, Any], first: int, totals: Counter[str], reasons: Counter[str]) -> None:
    for rejected in receipt["rejected"]:
        if totals["rejected"] < SHOWN:
            where = f"event {rejected['index'] + 1} of the batch from line {first}"
            click.echo(f"rejected: {where}: {rejected['reason']} {rejected['pointer']} {rejected['message']}", err=True)
        totals["rejected"] += 1
        reasons[rejected["reason"]] += 1
    totals["accepted"] += receipt["accepted"]
    totals["duplicates"] += receipt["duplicates"]


def _size(file: BinaryIO) -> int | None:
    if not file.seekable() or file is sys.stdin.buffer:
        return None
    here = file.tell()
    size = file.seek(0, 2)
    file.seek(here)
    return size


def _progress() -> Progress:
    columns = (BarColumn(), TransferSpeedColumn(), TextColumn("{task.fields[events]} events"), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
