"""`whetstone notifications`: what waits, what was given up, send it again, try a channel."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TypeVar, get_args

import click

from processors.notifying import title
from schemas.times import to_local
from sinks.channels import ChannelDown, HttpClient, MessageRefused, Outgoing
from sinks.postgres.deliveries import Deliveries, Delivery, Status
from streams.clock import wall_ms
from streams.notifying.channels import ChannelsRefused, channels, described
from streams.settings import settings

Result = TypeVar("Result")


@click.group()
def notifications() -> None:
    """Messages of the notifier: what waits, what was given up and why."""


@notifications.command("list")
@click.option("--status", type=click.Choice(get_args(Status)), default="dead", show_default=True)
@click.option("--channel", help="Of this channel only.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON object a line.")
def list_command(status: Status, channel: str | None, limit: int, as_json: bool) -> None:
    """Show messages of one status (dead: given up), the latest first; masked."""
    found = _done(lambda deliveries: deliveries.find(status, channel, limit))
    if not found:
        others = [other for other in get_args(Status) if other != status]
        click.echo(f"no message is {status}; for others: --status {'|'.join(others)}", err=True)
    for one in found:
        shown = _shown(one)
        click.echo(json.dumps(shown, ensure_ascii=False) if as_json else "  ".join(str(v) for v in shown.values() if v))


@notifications.command()
@click.argument("numbers", nargs=-1, type=int)
@click.option("--channel", help="All that were given up in this channel.")
@click.option("--all", "everything", is_flag=True, help="All that were given up.")
def resend(numbers: tuple[int, ...], channel: str | None, everything: bool) -> None:
    """Let messages that were given up wait again, by the NUMBERS that `list` shows."""
    if sum((bool(numbers), bool(channel), everything)) != 1:
        raise click.UsageError("give numbers, or --channel, or --all")
    count = _done(lambda deliveries: deliveries.send_again(numbers or None, channel, wall_ms()))
    click.echo(f"{count} wait again")


@notifications.command("try")
@click.argument("channel")
@click.option("--target", default="", help="Recipient, for a channel that addresses each alone (`rep:r17`).")
def try_command(channel: str, target: str) -> None:
    """Send a test message through a configured CHANNEL, at once."""
    try:
        asyncio.run(_try(channel, target))
    except (ChannelsRefused, ChannelDown, MessageRefused) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{channel} took it")


async def _try(name: str, target: str) -> None:
    found = described(settings())
    if name not in found:
        raise ChannelsRefused(f"no channel {name}; configured are {', '.join(found) or 'none'}")
    client, now = HttpClient(settings().notify_proxy), wall_ms()
    try:
        words = Outgoing(id=f"try-{now}", target=target, title="Whetstone: 测试 / test", lines=(to_local(now),))
        await channels(found, client)[name].send(words, now)
    finally:
        await client.close()


def _done(work: Callable[[Deliveries], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        chosen = settings()
        dsn = chosen.postgres_dsn.get_secret_value()
        async with Deliveries(dsn, chosen.namespace, connections=1) as deliveries:
            return await work(deliveries)

    return asyncio.run(run())


def _shown(one: Delivery) -> dict[str, object]:
    names = {one.signal.entity: one.name} if one.name else {}
    return {
        "number": one.delivery_id,
        "channel": one.channel,
        "recipient": one.recipient,
        "wanted": to_local(one.wanted),
        "due": to_local(one.due),
        "attempts": one.attempts,
        "error": one.error,
        "kind": one.signal.kind,
        "signal_id": one.signal.signal_id,
        "title": title(one.signal, one.language, names),
    }
