"""A time on the command line."""

import click

from schemas.times import parse_iso


def moment_of(text: str | None, option: str) -> int | None:
    """Return ms since 1970 UTC, None where nothing was said. Raises BadParameter, which names the option."""
    if text is None:
        return None
    at = parse_iso(text)
    if at is None:
        raise click.BadParameter(f"{text!r} is no time such as 2026-11-21T10:00:00+08:00", param_hint=option)
    return at
