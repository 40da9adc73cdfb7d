"""The command line `whetstone`: names and one-line helps here, each command in `streams/commands/`."""

import logging
from importlib import import_module
from typing import Any

import click

# name: (module in streams.commands, attribute, one line of help)
COMMANDS: dict[str, tuple[str, str, str]] = {
    "up": ("services", "up", "Start the embedded services and the processes in the background."),
    "down": ("services", "down", "Stop them, after what was accepted has been processed."),
    "status": ("services", "status", "Show the services and processes, their addresses and health."),
    "prepare": ("services", "prepare", "Make the topics and bring the database up to date."),
    "gateway": ("gateway", "gateway", "Run one HTTP gateway."),
    "worker": ("worker", "worker", "Run one worker: cleanse and detect."),
    "notifier": ("notifier", "notifier", "Run one notifier: tell people of signals through their channels."),
    "notifications": (
        "notifications",
        "notifications",
        "Messages that wait or were given up; send again.",
    ),
    "send": ("send", "send", "Publish touchpoints from a JSONL file."),
    "import": ("import_", "import_", "Import leads from Excel or CSV; --dry-run shows what would happen."),
    "export": ("export", "export", "Export leads to Excel or CSV."),
    "link": ("link", "link", "Make a signed campaign link."),
    "key": ("key", "key", "Make, list and revoke API keys of front ends."),
    "signin": ("signin", "signin", "Make a sign-in link for the live page."),
    "lead": ("lead", "lead", "Show one lead and its history, put it back to what it was."),
    "review": ("review", "review", "Questions about who is who: list, show, decide one or many."),
    "history": ("history", "history", "Verify, back up and restore the whole history."),
    "rejected": ("rejected", "rejected", "List, show, repair and resend what was rejected."),
    "replay": ("replay", "replay", "Run the pure core over a file or topic, without effects."),
    "rules": ("rules", "rules", "Check, show, compare and apply rule books."),
    "funnel": ("funnel", "funnel", "Show the funnel and compare variants."),
    "evaluate": ("evaluate", "evaluate", "Measure cleansing, identity and models on files."),
    "bench": ("bench", "bench", "Benchmarks against peers, in one run."),
    "sample": ("sample", "sample", "Make and play the sample."),
}

# Clients of the stores, which write to the terminal at every attempt unless they are given somewhere to write to.
TALKATIVE = ("psycopg.pool", "whetstone.kafka")


class LazyGroup(click.Group):
    """Lists every command without importing it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command, None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"streams.commands.{module}"), attribute)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; say what failed outside of it in a message with exit status 1, not in a stack trace."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            message = import_module("streams.commands.faults").said(error)
            if message is None:
                raise
            raise click.ClickException(message) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write names and helps from the table, so that `--help` imports nothing."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="whetstone")
def main() -> None:
    """Whetstone: a real-time event processor for sales leads."""
    for name in TALKATIVE:
        logging.getLogger(name).addHandler(logging.NullHandler())
