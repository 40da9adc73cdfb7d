"""Schemas that others registered are learned before a slice is decoded; a registry that is away is no refusal."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from schemas.framing import schema_id
from schemas.registry import FileRegistry
from schemas.rules import load_rule_book
from schemas.times import HOUR
from schemas.wire import Codec
from sinks.base import SinkUnavailable
from sinks.records import Record
from streams.registry import learn_nothing, learner
from streams.stages.common import Surroundings
from streams.stages.detect import DetectStage
from streams.transport.slices import Slice
from tests import golden
from tests.memory_world import CODEC, World, logged
from tests.unit.detector_bench import NINE

OTHER_ID = 7_001
RULES = load_rule_book("assignment: {rosters: {华东: [r1]}}")


class Remote(FileRegistry):
    """The shipped files, and one schema more that only the registry itself knows; `away` raises."""

    def __init__(self, away: bool = False, text: str | None = None) -> None:
        super().__init__()
        self.away = away
        self.text = text
        self.asked: list[set[int]] = []

    def unknown(self, payloads: Iterable[bytes]) -> set[int]:
        found = {number for payload in payloads if (number := schema_id(payload)) is not None}
        return {number for number in found if self.schema_of(number) is None}

    def learn(self, schema_ids: Iterable[int]) -> None:
        self.asked.append(set(schema_ids))
        if self.away:
            raise SinkUnavailable("schema registry", "ConnectError")
        if self.text is not None:
            self._schemas[OTHER_ID] = self.text


def touchpoint() -> bytes:
    return b"\0" + OTHER_ID.to_bytes(4, "big") + CODEC.encode_touchpoint(golden.touchpoint("form_submitted"))[5:]


def shipped_text() -> str:
    number = schema_id(CODEC.encode_touchpoint(golden.touchpoint("form_submitted")))
    assert number is not None
    text = FileRegistry().schema_of(number)
    assert text is not None
    return text


def world(registry: Remote, payload: bytes) -> World:
    made = World(RULES, partitions=1)
    learn = learner(registry)
    codec = Codec(registry)
    for stage in (made.cleanse, made.detect):
        around = stage._around
        stage._around = Surroundings(
            around.settings, codec, around.producer, around.library, around.state, around.incarnations, RULES, learn
        )
    made.producer.records["touchpoints"].append(Record("touchpoints", payload, None, 0, NINE + HOUR))
    return made


def reasons(made: World) -> list[str]:
    return [CODEC.decode_rejected(one.value).refusal.reason for one in made.producer.records["rejected"]]


def test_a_schema_that_the_registry_knows_is_learned_before_decoding() -> None:
    registry = Remote(text=shipped_text())
    made = world(registry, touchpoint())
    asyncio.run(made.run())
    assert registry.asked == [{OTHER_ID}]
    assert reasons(made) == []
    assert len(made.producer.records["facts"]) > 0


def test_a_registry_that_is_away_refuses_nothing() -> None:
    made = world(Remote(away=True), touchpoint())
    with pytest.raises(SinkUnavailable, match="schema registry"):
        asyncio.run(made.run())
    assert made.producer.records["rejected"] == []
    assert made.producer.records["facts"] == []
    assert {"kafka.produce_all", "library.claim"}.isdisjoint(made.calls)


def test_a_schema_that_the_registry_does_not_know_is_refused_as_such() -> None:
    made = world(Remote(), touchpoint())
    asyncio.run(made.run())
    assert reasons(made) == ["unknown_schema"]


def test_facts_of_a_newer_release_are_learned_too() -> None:
    registry = Remote(away=True)
    made = world(registry, b"{}")
    newer: Any = logged(0, Record("facts", touchpoint(), b"lead:a", 0, NINE))
    stage: DetectStage = made.detect

    async def handle() -> None:
        await stage.assigned(0)
        await stage.handle(Slice("facts", 0, 1, [newer], 1, 1, 0))

    with pytest.raises(SinkUnavailable):
        asyncio.run(handle())
    assert registry.asked == [{OTHER_ID}]


def test_where_the_files_are_all_there_is_nothing_is_asked() -> None:
    assert learner(FileRegistry()) is learn_nothing
    asyncio.run(learn_nothing([b"\0\0\0\0\1"]))
