"""`whetstone review` on the fakes: two people are asked about once, however many of their leads are in question."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import orjson
import pytest
from click.testing import CliRunner

from sinks.memory import MemoryLibrary
from streams import identity_decisions
from streams.cli import main
from streams.commands import review
from streams.identity_decisions import Judged
from tests.contract.test_evidence_contract import add, member, question

PEOPLE = (
    member("lead:a", "lead:a"),
    member("lead:b", "lead:a"),
    member("lead:c", "lead:c"),
    member("lead:d", "lead:c"),
)
ASKED = [("lead:a", "lead:c"), ("lead:a", "lead:d"), ("lead:b", "lead:d")]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Judged]:
    """Play a library with three questions about two people, and one about others; return what is decided."""
    library, decided = MemoryLibrary(), list[Judged]()
    questions = [question(*pair) for pair in (*ASKED, ("lead:x", "lead:y"))]
    asyncio.run(add(library, people=PEOPLE, questions=tuple(questions)))

    @asynccontextmanager
    async def opened(_: object) -> AsyncIterator[MemoryLibrary]:
        yield library

    async def sent(_: object, judged: Sequence[Judged], __: str) -> dict[str, Judged]:
        decided.extend(judged)
        return {}

    async def known(*_: object) -> None:
        return

    monkeypatch.setattr(review, "library_of", opened)
    monkeypatch.setattr(identity_decisions, "send", sent)
    monkeypatch.setattr(review, "check_leads", known)
    return decided


@pytest.mark.usefixtures("told")
def test_two_people_are_listed_once_and_all_questions_are_counted() -> None:
    result = CliRunner().invoke(main, ["review", "list", "--json"])
    found = [orjson.loads(line) for line in result.output.splitlines()]
    assert [(each["left"], each["right"], each["questions"]) for each in found] == [
        ("lead:a", "lead:c", 3),
        ("lead:x", "lead:y", 1),
    ]
    plain = CliRunner().invoke(main, ["review", "list", "--limit", "1"]).output
    assert "lead:x" not in plain
    assert "4: evidence is weak; source excel, file a.xlsx" in plain


@pytest.mark.usefixtures("told")
def test_where_nothing_is_asked_a_sentence_says_so() -> None:
    assert "no question is open of this kind" in CliRunner().invoke(main, ["review", "list", "--file", "b.xlsx"]).output


@pytest.mark.parametrize(
    ("answer", "expected"), [("different", [*ASKED[2:], *ASKED[:2]]), ("same", ASKED[2:]), ("newest", ASKED[2:])]
)
def test_who_is_somebody_else_is_so_for_all_leads_in_question(
    told: list[Judged], answer: str, expected: list[tuple[str, str]]
) -> None:
    result = CliRunner().invoke(main, ["review", "decide", "lead:b", "lead:d", "--answer", answer])
    assert result.output == f"{len(expected)} questions decided: {answer}\n"
    assert [(each.left, each.right) for each in told] == expected


def test_two_leads_and_a_pattern_are_not_both_decided() -> None:
    arguments = ["review", "decide", "lead:a", "lead:b", "--reason", "name", "--answer", "same"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert "either two leads, or a pattern" in result.output


def test_a_pattern_that_no_open_question_has_is_said(told: list[Judged]) -> None:
    result = CliRunner().invoke(main, ["review", "decide", "--reason", "nosuch", "--answer", "same"])
    assert (result.exit_code, result.stdout, told) == (0, "0 questions decided: same\n", [])
    assert "没有符合条件的待确认项 / no open question fits" in result.stderr
