"""The entity step with small detectors of its own: order, timers, repeats, failures, batch boundaries."""

import re

import msgspec
import pytest

from processors.detector import Context, Registry, State
from processors.effects import NOTHING, ClearTimer, Effects, Emit, SetField, SetTimer, Tell
from processors.history import damages
from processors.state import CLOCK, RULES, Clock, EntityState, Head, decode_entity
from processors.step import Step, timer_horizon
from schemas.effects import Outputs, Slot, Timer
from schemas.fact import Fact, FactRecord, Origin, RuleBookChange, Tick
from schemas.rules import RuleBook

SLOT = Slot("facts", "0a1b2c3d", 0)


class Alarm:
    """Sets a timer `data.after` ms after a `set` fact, tells what happened, cancels it on `clear`."""

    name = "alarm"
    kinds = frozenset({"lead"})
    facts = None
    order = 0

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        match fact.type:
            case "set":
                return {**state, "set": fact.at}, (SetTimer("ring", fact.at + fact.data["after"]),)
            case "clear":
                return state, (ClearTimer("ring"),)
            case "raise":
                raise ValueError("no good")
            case "name":
                changed = SetField(field="name", old=state.get("name"), new=fact.data["name"], rule="test")
                return {**state, "name": fact.data["name"]}, (changed,)
            case "tell":
                return state, (Tell(entity="region:x", type="set", data={"after": 1}),)
            case _:
                return {**state, "n": state.get("n", 0) + 1}, NOTHING

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        again = state.get("again", 0)
        rung = Emit(kind="lead_updated", severity="info", to=("rep:1",), title={"zh": "", "en": ""}, rule="alarm.ring",
                    evidence={"due": timer.due, "again": again})  # fmt: skip
        effects: Effects = (rung, SetTimer("ring", timer.due + 10)) if again == 0 else (rung,)
        return {**state, "again": again + 1}, effects


def head() -> Head:
    return Head(Clock(), RuleBook(), {})


def fact(type_: str, at: int, offset: int, entity: str = "lead:a", index: int = 0, **data: object) -> Fact:
    origin = Origin("touchpoints", "ffffffff", 0, offset, index)
    return Fact(entity=entity, type=type_, at=at, known_at=at, origin=origin, event_id=f"e{offset}", data=data)


def tick(at: int, source: int = 0, of: int = 1) -> Tick:
    return Tick(sources={f"touchpoints.{source}.ffffffff": at}, of=of)


class Partition:
    """Runs batches one after the other as the stage does, stores and timers in dictionaries."""

    def __init__(self) -> None:
        self.registry = Registry((Alarm(),))
        self.head = head()
        self.blobs: dict[str, bytes | None] = {}
        self.timers: dict[tuple[str, str], int] = {}
        self.log: list[tuple[str, object]] = []
        self.steps: list[Step] = []

    def run(self, first: int, records: list[FactRecord]) -> Outputs:
        horizon = timer_horizon(self.head, records)
        due = sorted(Timer(at, entity, name) for (entity, name), at in self.timers.items() if at <= horizon)
        entities: dict[str, EntityState] = {}
        for entity in [r.entity for r in records if isinstance(r, Fact)] + [timer.entity for timer in due]:
            entities[entity] = decode_entity(self.blobs.get(entity))
        step = Step(SLOT, self.head, self.registry, entities, due, horizon)
        outputs = step.run(enumerate(records, start=first))
        self.blobs.update(outputs.states)
        for key, at in outputs.timers.items():
            if at is None:
                self.timers.pop(key, None)
            else:
                self.timers[key] = at
        self.log += [("signal", s) for s in outputs.signals] + [("change", c) for c in outputs.changes]
        self.steps.append(step)
        return outputs


def test_timer_fires_after_the_tick_that_passes_it_and_only_once() -> None:
    partition = Partition()
    partition.run(0, [fact("set", 100, 0, after=50), tick(149)])
    assert partition.log == []
    signals = partition.run(2, [tick(150), tick(155)]).signals
    assert [s.evidence["due"] for s in signals] == [150]
    assert signals[0].origin == Origin("facts", "0a1b2c3d", 0, 2, 0)
    assert signals[0].at == 150
    assert [s.evidence["due"] for s in partition.run(4, [tick(400)]).signals] == [160]
    assert partition.run(5, [tick(10_000)]).signals == []
    assert partition.timers == {}  # nothing is left in the stored index, which would be read again for ever


def test_timers_fire_in_order_of_due_then_entity_then_name() -> None:
    partition = Partition()
    partition.run(0, [fact("set", 0, 0, "lead:b", after=50), fact("set", 0, 1, "lead:a", after=50),
                      fact("set", 0, 2, "lead:c", after=40)])  # fmt: skip
    signals = partition.run(3, [tick(1_000)]).signals
    assert [(s.at, s.entity) for s in signals] == [
        (40, "lead:c"), (50, "lead:a"), (50, "lead:b"), (50, "lead:c"), (60, "lead:a"), (60, "lead:b"),
    ]  # fmt: skip


def test_a_cancelled_or_moved_timer_does_not_fire_at_its_old_time() -> None:
    partition = Partition()
    partition.run(0, [fact("set", 0, 0, after=50), fact("set", 0, 1, "lead:b", after=50)])
    outputs = partition.run(2, [fact("clear", 10, 2), fact("set", 20, 3, "lead:b", after=100), tick(119)])
    assert outputs.signals == []
    assert partition.timers == {("lead:b", "alarm.ring"): 120}
    assert [s.entity for s in partition.run(5, [tick(120)]).signals] == ["lead:b"]


def test_a_timer_set_in_the_past_fires_right_after_its_record() -> None:
    partition = Partition()
    outputs = partition.run(0, [tick(1_000), fact("set", 10, 0, after=5), fact("count", 11, 1)])
    assert [s.origin.offset for s in outputs.signals] == [1, 1]


def test_the_watermark_waits_for_every_source_and_follows_the_slowest() -> None:
    partition = Partition()
    partition.run(0, [fact("set", 0, 0, after=50), tick(500, source=0, of=2)])
    assert partition.head.clock.watermark == -1
    assert partition.run(2, [tick(40, source=1, of=2)]).signals == []
    assert partition.head.clock.watermark == 40
    assert partition.run(3, [tick(30, source=1, of=2)]).signals == []
    assert partition.head.clock.watermark == 40
    assert len(partition.run(4, [tick(55, source=1, of=2)]).signals) == 1


def test_a_source_that_was_made_anew_replaces_its_former_self() -> None:
    clock = Clock().advanced(Tick(sources={"touchpoints.0.aaaaaaaa": 900}, of=1))
    clock = clock.advanced(Tick(sources={"touchpoints.0.bbbbbbbb": 100}, of=1))
    assert clock.sources == {"touchpoints.0.bbbbbbbb": 100}
    assert clock.watermark == 900  # never backwards


def test_a_fact_that_was_produced_twice_is_applied_once() -> None:
    partition = Partition()
    one, two = fact("count", 1, 7, index=0), fact("count", 1, 7, index=1)
    partition.run(0, [one, two, one])
    partition.run(3, [two, fact("count", 2, 6), fact("count", 2, 8)])
    state = decode_entity(partition.blobs["lead:a"])
    assert state.states["alarm"]["n"] == 3
    assert [step.repeated for step in partition.steps] == [1, 2]


def test_a_detector_that_raises_is_reported_and_leaves_no_trace() -> None:
    partition = Partition()
    outputs = partition.run(0, [fact("raise", 1, 0), fact("count", 2, 1)])
    (failure,) = partition.steps[0].failures
    assert (failure.detector, failure.entity) == ("alarm", "lead:a")
    assert re.fullmatch(r"ValueError in \w+\.on_fact, \w+\.py line \d+: no good", failure.error)
    assert failure.origin.offset == 0
    assert outputs.signals == []
    assert decode_entity(partition.blobs["lead:a"]).states == {"alarm": {"n": 1}}


def test_changes_are_numbered_and_chained_over_batches() -> None:
    partition = Partition()
    partition.run(0, [fact("name", 1, 0, name="张三"), fact("name", 2, 1, name="李四")])
    partition.run(2, [fact("name", 3, 2, name="王五")])
    changes = [change for kind, change in partition.log if kind == "change"]
    assert [(c.seq, c.old, c.new) for c in changes] == [(1, None, "张三"), (2, "张三", "李四"), (3, "李四", "王五")]
    assert not list(damages(changes))
    assert [damage.says for damage in damages([changes[0], changes[2]])] == ["row 2 is missing"]


def test_a_fact_for_another_entity_carries_this_partition_as_its_origin() -> None:
    outputs = Partition().run(41, [fact("tell", 5, 0)])
    (told,) = outputs.facts
    assert told.entity == "region:x"
    assert told.origin == Origin("facts", "0a1b2c3d", 0, 41, 0)
    assert (told.at, told.known_at, told.event_id) == (5, 5, "e0")


def test_an_entity_remembers_the_last_incarnation_of_each_partition() -> None:
    """Every `lead restore` is one of its own: with all of them a lead would grow for ever."""
    partition = Partition()

    def told(incarnation: str, number: int = 0, offset: int = 0) -> Fact:
        return msgspec.structs.replace(fact("n", 0, 0), origin=Origin("commands", incarnation, number, offset))

    restores = [told(f"{number:08x}") for number in range(100)]
    partition.run(0, [told("0a0a0a0a", 1), told("0b0b0b0b", 10), *restores])
    partition.run(200, [restores[-1], told("0b0b0b0b", 10), fact("n", 0, 7)])
    state = decode_entity(partition.blobs["lead:a"])
    assert state.seen == {
        "commands.1.0a0a0a0a": [0, 0],
        "commands.10.0b0b0b0b": [0, 0],
        "commands.0.00000063": [0, 0],
        "touchpoints.0.ffffffff": [7, 0],
    }
    assert state.states["alarm"]["n"] == 103, "what comes again is no news"


def test_a_rule_book_holds_from_its_offset_on() -> None:
    partition = Partition()
    book = RuleBook(name="stricter")
    change = RuleBookChange(version=book.version, document=book.document, applied_by="t", applied_at=0)
    outputs = partition.run(0, [change, fact("set", 0, 0, after=1), tick(5)])
    assert outputs.signals[0].rule_book == book.version
    assert outputs.states[RULES] == book.document.encode()
    assert CLOCK in outputs.states


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_batch_boundaries_change_nothing(size: int) -> None:
    records: list[FactRecord] = []
    for number in range(60):
        entity = f"lead:{number % 7}"
        kind = ("set", "count", "name", "clear", "tell")[number % 5]
        records.append(fact(kind, number * 10, number, entity, after=number % 35, name=f"n{number}"))
        if number % 4 == 0:
            records.append(tick(number * 10 - 20))
    whole, parts = Partition(), Partition()
    whole.run(0, records)
    for start in range(0, len(records), size):
        parts.run(start, records[start : start + size])
    assert parts.blobs == whole.blobs
    assert parts.timers == whole.timers
    assert sorted(map(repr, parts.log)) == sorted(map(repr, whole.log))
    assert any(kind == "signal" for kind, _ in whole.log)
