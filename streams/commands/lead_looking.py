"""One look at the library for a command about a lead; who is shown personal data in full is written down first."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from sinks.postgres.disclosures import disclose
from sinks.postgres.snapshot import Moment, moment
from streams.commands.by import by
from streams.settings import settings

Result = TypeVar("Result")
REVEAL = click.option("--reveal", is_flag=True, help="Show personal data in full; who did is written down.")
BY = by("asks")


def looked(use: Callable[[Moment], Awaitable[Result]], what: str, about: str, reveal: bool, who: str) -> Result:
    """Look at the library; where personal data is to be shown in full, write that down first."""
    chosen = settings()

    async def run() -> Result:
        async with moment(chosen.postgres_dsn.get_secret_value(), chosen.namespace) as now:
            if reveal:
                await disclose(now, who, what, about)
            return await use(now)

    return asyncio.run(run())
