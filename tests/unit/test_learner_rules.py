"""A rule book that is applied while the learner runs reaches it in the log: from that offset on, on every replay."""

import asyncio
from typing import Any

import msgspec
import pytest

from online_models.record import ModelRecord, decode_model
from online_models.trainer import Took, Trainer
from processors.detector import Registry
from processors.state import Clock, Head
from processors.step import Step
from schemas.effects import Example, Slot
from schemas.fact import ModelChange, Origin, RuleBookChange
from schemas.rules import RuleBook, load_rule_book
from sinks.memory import MemoryStateStore
from streams.stages.learn import CHECKPOINT
from tests.memory_world import CODEC
from tests.unit.test_learn_stage import RULES, SLOT, Desk, done, examples

OFTEN = load_rule_book("learning: {publish_every: 10, prior: {sure_after: 7}}")
NO_HEALTH = load_rule_book("learning: {publish_every: 10, health: false}")


def applied(book: RuleBook, partition: int = 0, offset: int = 1_000) -> list[Example]:
    """Return what a partition of `facts` tells the learner of a book that is applied there."""
    step = Step(Slot("facts", "bbbbbbbb", partition), Head(Clock(), RuleBook(), {}), Registry(()), {})
    change = RuleBookChange(version=book.version, document=book.document, applied_by="t", applied_at=5)
    return step.run([(offset, change)]).examples


def log(*told: tuple[int, Example], count: int = 130) -> list[bytes]:
    """Return the examples of the stage's tests with further records before some of them."""
    plain: list[Example] = examples(count)
    for place, record in sorted(told, key=lambda each: -each[0]):
        plain.insert(place, record)
    return [CODEC.encode_example(one) for one in plain]


def a_book_at(place: int, book: RuleBook = OFTEN, index: int = 1) -> tuple[int, Example]:
    """Return a book for a place in the log, between the offsets of `facts` that the examples around it come from."""
    (told,) = applied(book)
    origin = msgspec.structs.replace(told.origin, offset=(place + 1) // 2 - 1, index=index)
    return place, msgspec.structs.replace(told, origin=origin)


def records(made: Desk) -> list[ModelRecord]:
    facts = [CODEC.decode_fact(one.value) for one in made.producer.records["facts"] if one.partition == 0]
    return [decode_model(one.snapshot) for one in facts if isinstance(one, ModelChange)]


def test_one_partition_tells_the_learner_so_that_it_hears_of_each_book_once() -> None:
    (told,) = applied(OFTEN)
    assert told.data == {"kind": "rules", "version": OFTEN.version, "document": OFTEN.document}
    assert (told.at, told.origin.offset) == (5, 1_000)
    assert applied(OFTEN, partition=1) == []


def test_a_book_holds_from_its_offset_on() -> None:
    found = records(done(Desk(log(a_book_at(85)))))
    assert [one.examples for one in found] == [25, 40, 80, 90, 100, 110, 120, 130], "by tens from the book on"
    assert [one.sure_after for one in found] == [50, 50, 50, 7, 7, 7, 7, 7]


@pytest.mark.parametrize("size", [1, 3, 64, 500])
def test_replayed_in_slices_of_any_size_it_gives_the_same_models_to_the_last_bit(size: int) -> None:
    story = log(a_book_at(30), a_book_at(70, NO_HEALTH), a_book_at(101, RULES))
    made, whole = done(Desk(story, size)), done(Desk(story, 131))
    assert made.models(1) == whole.models(1)
    assert made.checkpoint() == whole.checkpoint()
    assert made.models(1) != done(Desk(log())).models(1)


def test_killed_at_any_await_it_follows_the_same_book() -> None:
    story = log(a_book_at(30), a_book_at(70, NO_HEALTH))
    undisturbed = done(Desk(story, 30))
    for number in range(1, len(undisturbed.calls) + 1):
        for before in (True, False):
            made = Desk(story, 30)
            made.crash_before, made.crash_after = (number, 0) if before else (0, number)
            done(made)
            assert made.crashes == 1
            assert made.models(0) == undisturbed.models(0)
            assert made.checkpoint() == undisturbed.checkpoint()


def test_a_worker_that_takes_over_follows_the_book_of_the_log_not_its_own() -> None:
    story = log(a_book_at(85))
    whole, made = done(Desk(story)), Desk(story)

    async def taken_over() -> None:
        for end in (100, len(story)):
            stage = made.stage()
            await made.once(stage, end)
            await stage.revoked(0)

    asyncio.run(taken_over())
    assert made.models(0) == whole.models(0)
    held = made.checkpoint()
    assert held is not None
    assert Trainer.restore(held, RULES).version == OFTEN.version


def test_a_checkpoint_of_a_log_without_books_follows_the_worker() -> None:
    state = done(Desk(log(count=40))).checkpoint()
    assert state is not None
    plain: dict[str, Any] = msgspec.msgpack.decode(state)
    for former in (plain, {name: value for name, value in plain.items() if name != "rules"}):
        assert Trainer.restore(msgspec.msgpack.encode(former), OFTEN).version == OFTEN.version


def test_the_same_book_again_changes_nothing_and_a_repeat_is_known() -> None:
    told, again = a_book_at(85), a_book_at(85, index=2)
    once, twice = done(Desk(log(told))), done(Desk(log(told, (86, told[1]), (85, again[1]))))
    assert once.models(0) == twice.models(0)


def test_before_anything_was_learned_a_new_prior_is_believed_whole() -> None:
    book = load_rule_book("learning: {prior: {base_rate: 0.4, weights: {mood: 1.0}}}")
    followed, fresh = Trainer(RuleBook()), Trainer(book)
    assert followed.take(a_book_at(0, book)[1]) == Took("rules")
    assert followed.publish() == fresh.publish()
    taught, learned = Trainer(book), examples(30)
    for one in learned:
        assert followed.take(one) == taught.take(one)
    assert followed.publish() == taught.publish()
    assert taught.take(a_book_at(30, RuleBook())[1]) == Took("rules")
    assert taught.learner.model().weights == followed.learner.model().weights, "what was learned is not believed away"


def test_a_book_that_this_release_refuses_in_part_holds_for_the_rest() -> None:
    trainer = Trainer(RuleBook())
    data = {"kind": "rules", "version": "x", "document": '{"learning": {"publish_every": 20, "gone": 1}}'}
    trainer.take(Example(entity="model:rules", at=0, origin=Origin("facts", "b", 0, 1), data=data))
    assert trainer.refused
    assert "learning" in trainer.refused[0]


@pytest.mark.parametrize("document", [None, 5, [], {"a": 1}])
def test_what_is_no_book_is_counted_and_changes_nothing(document: Any) -> None:
    trainer = Trainer(OFTEN)
    data = {"kind": "rules", "document": document}
    took = trainer.take(Example(entity="model:rules", at=0, origin=Origin("facts", "b", 0, 1), data=data))
    assert took.outcome == "unusable"
    assert trainer.version == OFTEN.version


def test_the_book_is_in_the_checkpoint_that_a_worker_leaves() -> None:
    made = Desk(log(a_book_at(0), count=5))

    async def ended() -> None:
        stage = made.stage()
        await stage.assigned(0)
        await stage.handle(made.piece(0))
        await stage.revoked(0)

    asyncio.run(ended())
    assert isinstance(made.state, MemoryStateStore)
    blob = made.state.states(SLOT)[CHECKPOINT]
    assert blob is not None
    assert Trainer.restore(blob, RULES).version == OFTEN.version
