"""`--by`: every command that writes down who did something asks in the same way."""

import click
import psutil
import pytest
from click.testing import CliRunner

from streams.cli import main
from streams.commands.by import by

USER = psutil.Process().username()


@pytest.mark.parametrize(("arguments", "who"), [(["--by", "li"], "li"), ([], USER), (["--by", ""], USER)])
def test_who_is_named_or_else_runs_the_process(arguments: list[str], who: str) -> None:
    @click.command()
    @by("asks")
    def command(who: str) -> None:
        click.echo(who)

    assert CliRunner().invoke(command, arguments).output == f"{who}\n"


@pytest.mark.parametrize(
    "command",
    [
        "export leads",
        "import",
        "lead show",
        "lead merge",
        "lead restore",
        "rejected repair",
        "review decide",
        "rules apply",
    ],
)
def test_commands_that_write_it_down_have_the_option(command: str) -> None:
    assert "default: the user of this process" in " ".join(
        CliRunner().invoke(main, [*command.split(), "--help"]).output.split()
    )
