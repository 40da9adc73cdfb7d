"""`whetstone worker`: one worker process, until it is asked to end."""

import asyncio
import logging
import sys

import click
import uvloop

from streams.logs import configure
from streams.serving import serving_app
from streams.settings import Settings, settings
from streams.worker import assemble
from streams.worker.health import Health
from streams.worker.process import run_until_signal

log = logging.getLogger("whetstone.worker")


@click.command()
def worker() -> None:
    """Run one worker: cleanse touchpoints, detect in facts. Settings come from the environment.

    Ends with status 0 when asked to (SIGTERM, SIGINT), 1 when something failed, 70 when it no longer moved.
    """
    chosen = settings()
    configure(chosen.log_level)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        status = runner.run(_run(chosen))
    sys.exit(status)


async def _run(chosen: Settings) -> int:
    async with assemble.worker(chosen) as made, serving_app(chosen, Health(chosen, made).app()) as address:
        log.info("worker starts; metrics and health at %s", address)
        return await run_until_signal(made)
