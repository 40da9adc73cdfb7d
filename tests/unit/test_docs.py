"""The README keeps what it promises: its commands, options, targets, links and examples exist and work."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import orjson
import pytest

from processors.decode import decode_object
from schemas.outcome import REASONS, Refusal
from schemas.signal import SIGNAL_KINDS
from schemas.times import DAY, parse_iso
from schemas.touchpoint import Touchpoint
from streams.cli import COMMANDS
from streams.cli import main as whetstone

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "deploy" / "sample" / "ATTRIBUTION.md"]
OPTION = re.compile(r"--[a-z][a-z-]*")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def _command_lines() -> Iterator[str]:
    """Give every `whetstone …` of the README: in backticks, in blocks, in $(…)."""
    yield from re.findall(r"`(whetstone [^`]+)`", README)
    for block in _blocks("sh"):
        yield from re.findall(r"(?:^|\$\()(whetstone [^)\n#]+)", block, re.MULTILINE)


def _lines_of_make() -> set[str]:
    inline = re.findall(r"`make ([a-z]+)", README)
    in_blocks = [target for block in _blocks("sh") for target in re.findall(r"^make ([a-z]+)", block, re.MULTILINE)]
    return {*inline, *in_blocks}


@pytest.mark.parametrize("line", sorted(set(_command_lines())))
def test_every_command_and_option_exists(line: str) -> None:
    words = shlex.split(line.replace("…", ""))[1:]
    command: click.Command = whetstone
    context = click.Context(command)
    while isinstance(command, click.Group) and words:
        found = command.get_command(context, words[0])
        assert found is not None, f"`{line}`: there is no {words[0]}"
        command, words = found, words[1:]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    assert {word for word in words if OPTION.fullmatch(word)} <= known


def test_the_readme_names_commands_that_are_in_the_list() -> None:
    named = {line.split()[1] for line in _command_lines()}
    assert {"up", "down", "status", "gateway", "worker", "send", "key", "signin", "sample", "replay"} <= named
    assert named <= COMMANDS.keys()


def test_every_kind_of_signal_is_told() -> None:
    text = (ROOT / "docs" / "signals.md").read_text(encoding="utf-8")
    told = {name.strip() for row in re.findall(r"^\| ([a-z_, ]+) \|", text, re.MULTILINE) for name in row.split(",")}
    assert set(SIGNAL_KINDS) <= told


def test_every_target_of_make_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"run", "test"} <= _lines_of_make() <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    missing = [link for link in links if not (page.parent / link.partition("#")[0]).exists()]
    assert missing == []


def test_every_path_of_the_gateway_exists() -> None:
    source = "\n".join(path.read_text() for path in sorted((ROOT / "streams" / "gateway").glob("*.py")))
    paths = re.findall(r"127\.0\.0\.1:8080(/[\w/]+)", README)
    assert paths
    assert [path for path in paths if f'"{path}"' not in source] == []


def _sent() -> dict[str, dict[str, Any]]:
    """Return the events of the examples, by id."""
    texts = re.findall(r"-d '\n(\{.*?\})'$", README, re.MULTILINE | re.DOTALL)
    texts += re.findall(r"^  '(\{.*\})'", README, re.MULTILINE)
    return {event["event_id"]: event for event in map(orjson.loads, texts)}


def _judged(event: dict[str, Any]) -> Touchpoint | Refusal:
    occurred = parse_iso(event["occurred_at"])
    assert occurred is not None
    return decode_object(event, occurred + DAY)


def test_the_examples_are_answered_as_the_readme_says() -> None:
    events = _sent()
    assert list(events) == ["readme-1", "readme-2", "readme-3"]
    answers = [orjson.loads(block) for block in _blocks("json")]
    refused = {one["event_id"]: one for answer in answers for one in answer["rejected"]}
    assert sum(answer["accepted"] for answer in answers) == 2
    for event_id, event in events.items():
        outcome = _judged(event)
        if isinstance(outcome, Refusal):
            said = refused.pop(event_id)
            assert (said["reason"], said["pointer"], said["message"]) == (
                outcome.reason,
                outcome.pointer,
                outcome.message,
            )
            assert outcome.reason in REASONS
    assert refused == {}


def test_the_first_screen_tells_what_it_is_and_how_to_begin() -> None:
    first = "\n".join(README.splitlines()[:40])
    for part in ("sales leads", "touchpoints", "make run", "make test"):
        assert part in first
