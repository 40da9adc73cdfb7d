"""`whetstone signin`: whom it makes links for, and of whom it warns."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from schemas.effects import Outputs, Slot
from schemas.rules import load_rule_book
from sinks.memory import MemoryLibrary
from sinks.rule_books import MemoryRuleBookStore
from streams.cli import main
from streams.commands import signin
from streams.settings import settings
from tests.contract.examples import signal

FIRST = load_rule_book("assignment: {default_roster: [r1], rosters: {华东: [r2]}}")
APPLIED = load_rule_book("assignment: {default_roster: [r3]}")


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_who_is_on_a_roster_that_holds_or_was_told_anything_is_known() -> None:
    books, library = MemoryRuleBookStore(), MemoryLibrary()

    async def known() -> set[str]:
        asked = ("r1", "r2", "r3", "r4", "nosuch")
        return {rep for rep in asked if await signin.is_known(rep, FIRST, books, library)}

    assert await known() == {"r1", "r2"}
    await books.told(await books.begin(APPLIED.version, APPLIED.document, "t", 1), 2)
    assert await known() == {"r3"}
    await library.commit("detect", Slot("facts", "i", 0), -1, 0, Outputs(signals=[signal(0, to=("rep:r4",))]))
    assert await known() == {"r3", "r4"}


@pytest.mark.parametrize(("known", "arguments"), [(False, ["--rep", "nosuch"]), (True, ["--rep", "r1"])])
def test_a_salesperson_who_is_not_known_gets_a_link_and_a_warning(
    known: bool, arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def is_known(*_: object) -> bool:
        return known

    monkeypatch.setattr(signin, "is_known", is_known)
    done = run(arguments, tmp_path, monkeypatch)
    assert (done.exit_code, done.stdout.count("/live/signin?token=")) == (0, 1)
    warning = "warning: no roster names 'nosuch', and nothing was ever told to rep:nosuch: is that the id?\n"
    assert done.stderr == ("" if known else warning)


def test_without_postgresql_there_is_a_link_and_no_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signin, "ANSWER_S", 0.1)
    done = run(["--rep", "r1"], tmp_path, monkeypatch)
    assert (done.exit_code, done.stdout.count("/live/signin?token="), done.stderr) == (0, 1, "")


def run(arguments: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Result:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("WHETSTONE_SECRET", "s" * 32)
    monkeypatch.setenv("WHETSTONE_POSTGRES_DSN", "host=127.0.0.1 port=1 dbname=x user=x")
    settings.cache_clear()
    try:
        return CliRunner().invoke(main, ["signin", *arguments])
    finally:
        settings.cache_clear()
