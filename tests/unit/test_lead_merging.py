"""`whetstone lead merge` and `unmerge` on the fakes, with workers that do at once what is decided."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from click.testing import CliRunner

from schemas.times import HOUR
from sinks.memory import MemoryLibrary
from streams import identity_decisions
from streams.cli import main
from streams.commands import lead_merging, review
from streams.identity_decisions import Judged
from tests.memory_world import World
from tests.unit.detector_bench import NINE
from tests.unit.test_identity_live import BAIDU, XIAOMI, form, people
from tests.unit.test_merging_live import judged, phases

A = form("a", name="张伟杰", phone="13800138000", company=BAIDU, birth_date="1990-03-05")
COMPANION = form("c", ("device", "d9"), name="张伟杰", phone="138****8000", company=BAIDU)  # evidence joins it to A
B = form("b", name="李小明", phone="13911112222", company=XIAOMI, birth_date="1975-11-22", email="lxm@example.cn")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Let the commands reach a world in memory, where workers have nothing else to do."""
    made = phases([A, COMPANION, B])
    assert people(made) == {frozenset("ac"), frozenset("b")}

    @asynccontextmanager
    async def opened(_: object) -> AsyncIterator[MemoryLibrary]:
        yield made.library

    async def sent(_: object, decisions: Sequence[Judged], __: str) -> dict[str, Judged]:
        by_event = {f"judged-{len(made.library._events)}-{number}": each for number, each in enumerate(decisions)}
        events = [judged(event, each.answer, each.left, each.right) for event, each in by_event.items()]
        made.publish(events, NINE + 9 * HOUR)
        await made.run()
        return by_event

    monkeypatch.setattr(identity_decisions, "send", sent)
    for command in (lead_merging, review):
        monkeypatch.setattr(command, "library_of", opened)
    return made


def lead(world: World, event: str) -> str:
    found = world.library._events[event][0].lead
    assert found
    return found


@pytest.mark.parametrize("command", [["lead", "merge"], ["review", "decide", "--answer", "same"]])
def test_a_lead_that_a_merge_parts_from_the_others_is_named(world: World, command: list[str]) -> None:
    a, b, companion = (lead(world, event) for event in "abc")
    result = CliRunner().invoke(main, [*command, a, b])
    assert result.exit_code == 0, result.output
    assert people(world) == {frozenset("ab"), frozenset("c")}
    assert f"{companion} was one person with {a} by evidence, and is no more" in result.stderr
    again = CliRunner().invoke(main, ["lead", "merge", a, companion])
    assert people(world) == {frozenset("abc")}, "what the message proposes keeps all together"
    assert again.stderr == ""


def test_a_lead_that_is_not_there_is_merged_with_nobody_and_said_not_to_be_there(world: World) -> None:
    unknown = CliRunner().invoke(main, ["lead", "unmerge", "lead:nosuch"])
    alone = CliRunner().invoke(main, ["lead", "unmerge", lead(world, "b")])
    assert (unknown.exit_code, alone.exit_code) == (1, 1)
    assert unknown.stderr == "Error: there is no lead lead:nosuch\n"
    assert "is merged with no other lead" in alone.stderr


def test_nobody_is_named_where_nobody_else_is_parted(world: World) -> None:
    a, b, companion = (lead(world, event) for event in "abc")
    for command in (["merge", a, companion], ["merge", companion, b], ["unmerge", b]):
        result = CliRunner().invoke(main, ["lead", *command])
        assert (result.exit_code, result.stderr) == (0, ""), command
    assert people(world) == {frozenset("ac"), frozenset("b")}
