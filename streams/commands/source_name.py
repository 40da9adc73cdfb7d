"""The option --source: a name that events can have as theirs."""

from typing import Any

import click

from processors.decoding.envelope import LONGEST_NAME


class SourceName(click.ParamType):
    """Refuses what no event could have as its source: each would be rejected."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name as it was given."""
        if not value.strip() or len(value) > LONGEST_NAME:
            self.fail(f"{value!r} is no source: a name of 1 to {LONGEST_NAME} characters, such as website", param, ctx)
        return str(value)


SOURCE_NAME = SourceName()
