"""The option `--region`: a country that phone numbers are known of."""

from collections.abc import Callable
from typing import Any, TypeVar

import click
from phonenumbers import SUPPORTED_REGIONS

Command = TypeVar("Command", bound=Callable[..., Any])


def country(told: str) -> Callable[[Command], Command]:
    """Add `--region`; `told` is what it means. A country that nobody knows would make each number invalid."""
    return click.option("--region", default="CN", show_default=True, callback=_known, help=told)


def _known(_context: click.Context, _option: click.Parameter, value: str) -> str:
    region = value.strip().upper()
    if region not in SUPPORTED_REGIONS:
        raise click.BadParameter(f"{value!r} is no country in two letters, such as CN or US")
    return region
