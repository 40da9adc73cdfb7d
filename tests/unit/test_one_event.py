"""The way of one event that docs/architecture.md describes is the way that an event takes."""

import asyncio
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

import orjson
import pytest

from schemas.rules import RuleBook
from sinks.api_keys import ApiKey
from streams.gateway.intake import Intake, Receipt
from streams.gateway.items import Item
from tests.gateway import NOW, event
from tests.memory_world import CODEC, World

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
BESIDE = ("streams/transport/", "streams/worker/", "streams/gateway/feed.py", "streams/gateway/stream.py")
"""What the world in memory has in place of Kafka's consumer and the live page."""

Place = tuple[str, str]  # file, qualified name


def _told() -> list[Place]:
    section = PAGE.partition("## One event, step by step")[2].partition("\n## ")[0]
    places: list[Place] = []
    for row in re.findall(r"^\| \d+\. .*\| (.*) \|$", section, re.MULTILINE):
        file = ""
        for word in re.findall(r"`([^`]+)`", row):
            if "/" in word:
                file = word
            else:
                places.append((file, word))
    return places


@contextmanager
def _first_calls(of: set[str]) -> Iterator[dict[Place, None]]:
    """Give the functions of these files in the order in which they are called first."""
    found: dict[Place, None] = {}

    def called(frame: FrameType, what: str, _: object) -> None:
        code = frame.f_code
        if what == "call" and (name := code.co_filename.removeprefix(f"{ROOT}/")) in of:
            found.setdefault((name, code.co_qualname))

    sys.setprofile(called)
    try:
        yield found
    finally:
        sys.setprofile(None)


@pytest.mark.parametrize(("file", "name"), _told())
def test_every_function_of_the_way_exists(file: str, name: str) -> None:
    found: Any = import_module(file.removesuffix(".py").replace("/", "."))
    for part in name.split("."):
        found = getattr(found, part)


def test_a_form_takes_the_way_that_is_told() -> None:
    told = [place for place in _told() if not place[0].startswith(BESIDE)]
    world = World(RuleBook.model_validate({"assignment": {"default_roster": ["r1"]}}), partitions=1)
    intake = Intake(world.producer, CODEC, lambda: NOW, "touchpoints", "rejected")
    intake.ready = True
    fields = {"form": "trial", "name": "王小明", "phone": "１３８－００１３－８０００", "region": "华东"}
    ids = [{"kind": "device", "value": "3f2a9c"}]
    form = event(type="form_submitted", subject={"ids": ids}, data=fields)
    key = ApiKey(key_id="k", source=None, digest=b"", created_at=0)

    async def play() -> Receipt:
        receipt = await intake.submit([Item(orjson.dumps(form), form)], key)
        await world.run()
        return receipt

    with _first_calls({file for file, _ in told}) as calls:
        receipt = asyncio.run(play())
    assert receipt.as_json()["accepted"] == 1
    assert {signal.kind for signal in world.library.signals} >= {"lead_created", "lead_assigned"}
    assert [place for place in calls if place in told] == told
