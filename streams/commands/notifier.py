"""`whetstone notifier`: one notifier process, until it is asked to end."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click
import uvloop

from sinks.channels import HttpClient
from sinks.postgres.deliveries import Deliveries
from sinks.rule_books import PostgresRuleBookStore
from streams.clock import wall_ms
from streams.logs import configure
from streams.notifying.channels import ChannelsRefused, channels, described
from streams.notifying.health import health
from streams.notifying.notifier import Notifier
from streams.prepared import check_tables
from streams.rules import read_rule_book
from streams.serving import serving_app
from streams.settings import Settings, settings

log = logging.getLogger("whetstone.notifier")
CONNECTIONS = 4


@click.command()
def notifier() -> None:
    """Run one notifier: tell people of signals through their channels. Settings come from the environment.

    Several may run; one is active, the others stand by. Ends with status 0 when asked to (SIGTERM, SIGINT).
    """
    chosen = settings()
    configure(chosen.log_level)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(chosen))


async def _run(chosen: Settings) -> None:
    if not described(chosen):
        raise ChannelsRefused("no channel is configured: WHETSTONE_NOTIFY_CHANNELS is empty (docs/notifications.md)")
    await check_tables(chosen)
    async with assembled(chosen) as made, serving_app(chosen, health(made)) as address:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, made.stop)
        log.info("notifier starts; metrics and health at %s", address)
        await made.run()


@asynccontextmanager
async def assembled(chosen: Settings) -> AsyncIterator[Notifier]:
    """Give a notifier that is ready to run. Raises ChannelsRefused, RuleBookError."""
    dsn = chosen.postgres_dsn.get_secret_value()
    client = HttpClient(chosen.notify_proxy)
    made = channels(described(chosen), client)
    holder = f"{socket.gethostname()}:{os.getpid()}:{wall_ms()}"
    try:
        async with (
            Deliveries(dsn, chosen.namespace, connections=CONNECTIONS) as deliveries,
            PostgresRuleBookStore(dsn, chosen.namespace, connections=1) as books,
        ):
            yield Notifier(deliveries, books, read_rule_book(chosen.rule_book), made, wall_ms, holder)
    finally:
        await client.close()
