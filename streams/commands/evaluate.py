"""`whetstone evaluate`: measure cleansing, identity and models on files. Each command is imported when it is called."""

from importlib import import_module

import click

COMMANDS: dict[str, str] = {
    "addresses": "Split addresses of a CSV into province, city, district, adcode and detail.",
    "phones": "Clean phone numbers of a CSV.",
    "identity": "Resolve the rows of a CSV to leads, online.",
    "model": "Run a labelled table through the online classifier.",
    "purchase": "Run touchpoints through the purchase model.",
}


class EvaluateGroup(click.Group):
    """Lists the commands without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command, None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"streams.evaluate.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write names and helps from the table."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=EvaluateGroup)
def evaluate() -> None:
    """Measure cleansing, identity and models on files."""
