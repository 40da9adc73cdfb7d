"""The learn stage: one writer, killed at any await, cut anywhere: the same models, each in every partition of facts."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import pytest

from online_models.learner import Drift, Learner
from online_models.record import decode_model
from schemas.effects import Example, Slot
from schemas.fact import Fact, ModelChange, Origin
from schemas.rules import load_rule_book
from schemas.times import DAY
from sinks.base import Fenced, SinkUnavailable
from sinks.memory import MemoryLibrary, MemoryStateStore
from sinks.memory.kafka import MemoryProducer
from streams.settings import Settings
from streams.stages.common import Surroundings
from streams.stages.learn import CHECKPOINT, LearnStage
from streams.transport.slices import Slice
from tests.memory_world import CODEC, INCARNATIONS, Crash, Crashing
from tests.unit.models_facts import BEGIN, random_state

RULES = load_rule_book("learning: {publish_every: 40}")
SLOT = Slot("examples", INCARNATIONS["examples"], 0)
PARTITIONS = 3


def example(number: int, chance: random.Random) -> Example:
    """Return an example whose label depends on the lead's past; those of two `facts` partitions take turns."""
    state = random_state(chance, 6)
    label = int("o" in state["c"] and chance.random() < 0.8)
    at = BEGIN + 100 * DAY
    data = {"kind": "label", "asked_at": at, "label": label, "label_at": at + 7 * DAY, "probability": 0.1 + 0.5 * label,
            "model": "m", "features": state, "of": 1, "weight": 1.0, "segment": "smb"}  # fmt: skip
    origin = Origin("facts", "bbbbbbbb", number % 2, number // 2, 0)
    return Example(entity=f"lead:{number}", at=at + 7 * DAY, origin=origin, data=data)


def examples(count: int = 130) -> list[Example]:
    chance = random.Random(3)
    return [example(number, chance) for number in range(count)]


class Desk:
    """The learn stage over fakes; a crash, or a new owner, begins it anew from what the stores hold."""

    def __init__(self, payloads: Sequence[bytes], size: int = 7) -> None:
        self.calls: list[str] = []
        self.crash_before = self.crash_after = 0
        self.state, self.producer = MemoryStateStore(), MemoryProducer({"facts": PARTITIONS})
        self.payloads, self.size, self.crashes = payloads, size, 0

    def stage(self) -> LearnStage:
        settings = Settings(clock="events", fact_partitions=PARTITIONS)
        around = Surroundings(
            settings, CODEC, Crashing("kafka", self.producer, self), MemoryLibrary(),
            Crashing("state", self.state, self), INCARNATIONS, RULES,
        )  # fmt: skip
        return LearnStage(around)

    async def run(self) -> None:
        while True:
            try:
                await self.once(self.stage())
                return
            except Crash:
                self.crashes += 1

    async def once(self, stage: LearnStage, until: int | None = None) -> int:
        """Work to the end, or until a slice ends at or behind an offset; return the position."""
        position = await stage.assigned(0)
        assert position is not None
        while position < (len(self.payloads) if until is None else until):
            piece = self.piece(position)
            await stage.handle(piece)
            position = piece.next_offset
        return position

    def piece(self, begin: int) -> Slice:
        end = min(begin + self.size, len(self.payloads))
        records = [Logged(number, self.payloads[number]) for number in range(begin, end)]
        return Slice("examples", 0, 1, records, end, len(self.payloads), 0)

    def models(self, partition: int) -> list[str]:
        """Return the versions that a partition of facts was told, a repeat right after itself once."""
        told = [CODEC.decode_fact(one.value) for one in self.producer.records["facts"] if one.partition == partition]
        versions = [one.version for one in told if isinstance(one, ModelChange)]
        return [version for place, version in enumerate(versions) if place == 0 or versions[place - 1] != version]

    def checkpoint(self) -> bytes | None:
        return self.state.states(SLOT).get(CHECKPOINT)


class Logged:
    """A record of the log."""

    timestamp, key, headers = 0, None, ()

    def __init__(self, offset: int, value: bytes) -> None:
        self.offset, self.value = offset, value


def desk(count: int = 130, **options: Any) -> Desk:
    return Desk([CODEC.encode_example(one) for one in examples(count)], **options)


def done(made: Desk) -> Desk:
    asyncio.run(made.run())
    return made


def test_models_are_published_by_the_number_of_examples_in_every_partition() -> None:
    made = done(desk())
    assert len(made.models(0)) == 4  # after 25 (young), 40, 80, 120
    assert made.models(0) == made.models(1) == made.models(2)
    last = next(CODEC.decode_fact(one.value) for one in reversed(made.producer.records["facts"]))
    assert isinstance(last, ModelChange)
    record = decode_model(last.snapshot)
    assert record.examples == 120
    assert 0 < record.positives < 120
    assert asyncio.run(made.state.fence(SLOT)) == 119


@pytest.mark.parametrize("size", [1, 3, 64, 500])
def test_the_same_models_wherever_slices_are_cut(size: int) -> None:
    made, whole = done(desk(size=size)), done(desk(size=130))
    assert made.models(1) == whole.models(1)
    assert made.checkpoint() == whole.checkpoint()


def test_killed_at_any_await_it_goes_on_to_the_same_bits() -> None:
    undisturbed = done(desk(size=30))
    for number in range(1, len(undisturbed.calls) + 1):
        for before in (True, False):
            made = desk(size=30)
            made.crash_before, made.crash_after = (number, 0) if before else (0, number)
            done(made)
            assert made.crashes == 1
            assert [made.models(n) for n in range(PARTITIONS)] == [undisturbed.models(n) for n in range(PARTITIONS)]
            assert made.checkpoint() == undisturbed.checkpoint()


def test_who_is_asked_to_end_leaves_nothing_to_be_read_again() -> None:
    made, undisturbed = desk(size=9), done(desk(size=9))

    async def ends_now_and_then() -> None:
        for end in (13, 61, 130):
            stage = made.stage()
            position = await made.once(stage, end)
            await stage.revoked(0)
            assert await made.state.fence(SLOT) == position - 1

    asyncio.run(ends_now_and_then())
    assert made.models(0) == undisturbed.models(0)


def test_what_is_owed_is_not_written_off() -> None:
    made, undisturbed = desk(size=50), done(desk(size=50))

    async def ended_while_publishing() -> None:
        stage = made.stage()
        await stage.assigned(0)
        made.producer.outage = True
        with pytest.raises(SinkUnavailable):
            await stage.handle(made.piece(0))
        await stage.revoked(0)
        made.producer.outage = False
        assert await made.state.fence(SLOT) == -1

    asyncio.run(ended_while_publishing())
    assert done(made).models(0) == undisturbed.models(0)


def test_examples_that_were_produced_twice_count_once() -> None:
    once = [CODEC.encode_example(one) for one in examples(100)]
    again = Desk([*once[:60], *once[20:60], *once[60:]])
    assert done(again).models(0) == done(Desk(once)).models(0)


def test_a_writer_that_was_overtaken_publishes_nothing() -> None:
    made = desk()
    stale, fresh = made.stage(), made.stage()

    async def race() -> None:
        assert await stale.assigned(0) == 0
        await made.once(fresh)
        told = len(made.producer.records["facts"])
        with pytest.raises(Fenced):
            await stale.handle(Desk(made.payloads, 40).piece(0))
        assert len(made.producer.records["facts"]) == told

    asyncio.run(race())


def test_what_cannot_be_read_is_rejected_and_what_cannot_be_learned_is_counted() -> None:
    payloads = [CODEC.encode_example(one) for one in examples(30)]
    broken = [b"\x00\x00\x00", *payloads[:3], b"", *payloads[3:]]
    made = done(Desk(broken, size=100))
    reasons = [CODEC.decode_rejected(one.value).refusal.reason for one in made.producer.records["rejected"]]
    assert len(reasons) == 2
    assert made.models(0) == done(Desk(payloads)).models(0)


def test_what_moved_is_told_to_the_model_as_an_entity_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def moved(learner: Learner, x: Any) -> list[Drift]:
        return [Drift("feature", "mood", 0.1, 0.9)] if learner.examples == 10 else []

    monkeypatch.setattr(Learner, "_moved_features", moved)  # a real one takes 16,000 examples
    made = done(desk(60, size=5))
    facts = [CODEC.decode_fact(one.value) for one in made.producer.records["facts"]]
    (told,) = [fact for fact in facts if isinstance(fact, Fact)]
    assert (told.entity, told.type) == ("model:purchase", "model_moved")
    assert told.origin == Origin("examples", INCARNATIONS["examples"], 0, 9, 0)
    assert told.data == {"what": "feature", "feature": "mood", "usual": 0.1, "now": 0.9, "examples": 10}
