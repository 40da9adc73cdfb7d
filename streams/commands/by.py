"""The option `--by` of commands that write down who did something."""

from collections.abc import Callable
from typing import Any

import click
import psutil


def by(does: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the option; the command is given somebody in `who`, whoever runs the process if nobody is named."""
    return click.option("--by", "who", callback=_who, help=f"Who {does}; default: the user of this process.")


def _who(_context: click.Context, _option: click.Parameter, named: str | None) -> str:
    return named or psutil.Process().username()
