"""What Ctrl-C leaves of a command that takes long: "Aborted!" alone leaves people in doubt."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import click

P = ParamSpec("P")
Result = TypeVar("Result")


def interrupted(zh: str, en: str) -> Callable[[Callable[P, Result]], Callable[P, Result]]:
    """Let a command that is interrupted end with status 1 and say, in both languages, what came of it."""

    def wrap(command: Callable[P, Result]) -> Callable[P, Result]:
        @wraps(command)
        def run(*given: P.args, **named: P.kwargs) -> Result:
            try:
                return command(*given, **named)
            except KeyboardInterrupt as error:
                raise click.ClickException(f"已中断：{zh} / interrupted: {en}") from error

        return run

    return wrap
