"""Durations on the command line: `30m`, `12h`, `90d`."""

import re

import click

SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


class Duration(click.ParamType):
    """A number and a unit; becomes seconds."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return seconds; a value that is seconds already stays."""
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"(\d{1,6})([smhd])", str(value).strip())
        if found is None or int(found[1]) == 0:
            self.fail(f"{value!r} is no duration such as 30m, 12h or 90d", param, ctx)
        return int(found[1]) * SECONDS[found[2]]


DURATION = Duration()
