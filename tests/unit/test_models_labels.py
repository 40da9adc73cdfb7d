from collections import Counter
from typing import Any

import msgspec
import pytest

from online_models.maturation import NOTHING, Memory, Policy, ask, cancelled, matured, next_due, ordered
from online_models.sampling import SLOTS, keeps, slot_of
from schemas.times import DAY, HOUR
from tests.unit.models_facts import order, state_of

HORIZON = 7 * DAY
BEGIN = 1_000 * DAY
FEATURES = state_of(order(BEGIN - DAY))
Example = dict[str, Any]


def asked(memory: Memory = NOTHING, at: int = BEGIN, policy: Policy = "matured") -> tuple[Memory, list[Example]]:
    return ask(memory, "lead:a", at, 0.25, "m1", FEATURES, HORIZON, policy)


def test_no_order_within_the_horizon_is_a_negative_when_the_horizon_has_passed() -> None:
    memory, _ = asked()
    assert matured(memory, BEGIN + HORIZON - 1, HORIZON)[1] == []
    assert next_due(memory, HORIZON) == BEGIN + HORIZON
    memory, (example,) = matured(memory, BEGIN + HORIZON, HORIZON)
    assert (example["label"], example["label_at"], example["asked_at"]) == (0, BEGIN + HORIZON, BEGIN)
    assert (example["probability"], example["model"], example["features"]) == (0.25, "m1", FEATURES)
    assert matured(memory, BEGIN + 99 * DAY, HORIZON)[1] == []
    assert next_due(memory, HORIZON) is None


@pytest.mark.parametrize(("after", "label"), [(0, 0), (1, 1), (HORIZON, 1), (HORIZON + 1, 0)])
def test_only_an_order_after_the_question_and_within_the_horizon_counts(after: int, label: int) -> None:
    memory, _ = asked()
    memory, told = ordered(memory, "o1", BEGIN + after, HORIZON)
    assert told == []
    assert [example["label"] for example in matured(memory, BEGIN + HORIZON + 1, HORIZON)[1]] == [label]


def test_an_order_cancelled_before_the_label_is_told_never_was() -> None:
    memory, _ = ordered(asked()[0], "o1", BEGIN + DAY, HORIZON)
    memory, told = cancelled(memory, "o1", BEGIN + 2 * DAY)
    assert told == []
    assert matured(memory, BEGIN + HORIZON, HORIZON)[1][0]["label"] == 0


def test_an_order_cancelled_after_the_label_was_told_corrects_it_once() -> None:
    memory, _ = ordered(asked()[0], "o1", BEGIN + DAY, HORIZON)
    memory, (example,) = matured(memory, BEGIN + HORIZON, HORIZON)
    assert example["label"] == 1
    memory, (correction,) = cancelled(memory, "o1", BEGIN + 9 * DAY)
    assert (correction["label"], correction["was"], correction["asked_at"]) == (0, 1, BEGIN)
    assert cancelled(memory, "o1", BEGIN + 9 * DAY)[1] == []
    assert matured(memory, BEGIN + 20 * DAY, HORIZON)[1] == []


def test_one_order_of_two_that_is_cancelled_leaves_the_other() -> None:
    memory, _ = ordered(asked()[0], "o1", BEGIN + DAY, HORIZON)
    memory, _ = ordered(memory, "o2", BEGIN + 2 * DAY, HORIZON)
    assert ordered(memory, "o2", BEGIN + 2 * DAY, HORIZON) == (memory, []), "told twice, it is one order"
    memory, told = cancelled(memory, "o1", BEGIN + 3 * DAY)
    assert told == []
    memory, (example,) = matured(memory, BEGIN + HORIZON, HORIZON)
    assert (example["label"], example["outcome_at"]) == (1, BEGIN + 2 * DAY)
    memory, (correction,) = cancelled(memory, "o2", BEGIN + 8 * DAY)
    assert (correction["label"], correction["was"]) == (0, 1)


def test_an_order_cancelled_between_the_end_of_the_horizon_and_the_telling_is_a_negative() -> None:
    memory, _ = ordered(asked()[0], "o1", BEGIN + DAY, HORIZON)
    memory, told = cancelled(memory, "o1", BEGIN + HORIZON + HOUR)
    assert told == []
    _, (example,) = matured(memory, BEGIN + HORIZON + 2 * HOUR, HORIZON)
    assert (example["label"], example["outcome_at"]) == (0, BEGIN + HORIZON)


def test_learned_at_once_an_order_after_a_cancelled_one_turns_the_label_back() -> None:
    memory, _ = ordered(asked(policy="at_once")[0], "o1", BEGIN + DAY, HORIZON, "at_once")
    memory, _ = cancelled(memory, "o1", BEGIN + 2 * DAY)
    memory, (again,) = ordered(memory, "o2", BEGIN + 3 * DAY, HORIZON, "at_once")
    assert (again["label"], again["was"], again["outcome_at"]) == (1, 0, BEGIN + 3 * DAY)
    assert matured(memory, BEGIN + HORIZON, HORIZON, "at_once")[1] == []


def test_orders_that_are_remembered_are_bounded() -> None:
    memory, _ = asked()
    for number in range(50):
        memory, _ = ordered(memory, f"o{number}", BEGIN + DAY + number, HORIZON)
    assert [order[0] for order in memory["s"][0][6]] == ["o0", "o1", "o2", "o3"]


def test_a_memory_of_an_earlier_release_is_read() -> None:
    memory, _ = asked()
    former = {**memory, "s": [[*memory["s"][0][:6], "o1", False]]}
    told = matured(former, BEGIN + HORIZON, HORIZON)[1]
    assert [(one["label"], one["outcome_at"]) for one in told] == [(1, BEGIN + HORIZON)]
    _, (correction,) = cancelled(matured(former, BEGIN + HORIZON, HORIZON)[0], "o1", BEGIN + 8 * DAY)
    assert (correction["label"], correction["was"]) == (0, 1)


def test_a_positive_is_forgotten_after_one_more_horizon() -> None:
    memory, _ = ordered(asked()[0], "o1", BEGIN + DAY, HORIZON)
    memory, _ = matured(memory, BEGIN + HORIZON, HORIZON)
    assert next_due(memory, HORIZON) == BEGIN + 2 * HORIZON
    memory, _ = matured(memory, BEGIN + 2 * HORIZON, HORIZON)
    assert memory["s"] == []


def test_a_cancellation_of_something_else_changes_nothing() -> None:
    memory, _ = ordered(asked()[0], "o1", BEGIN + DAY, HORIZON)
    assert cancelled(memory, "o2", BEGIN + 2 * DAY) == (memory, [])


def test_learning_at_once_tells_a_positive_with_its_order_and_a_negative_at_the_end() -> None:
    memory, told = asked(policy="at_once")
    assert told == []
    memory, (positive,) = ordered(memory, "o1", BEGIN + DAY, HORIZON, "at_once")
    assert (positive["label"], positive["label_at"]) == (1, BEGIN + DAY)
    assert matured(memory, BEGIN + HORIZON, HORIZON, "at_once")[1] == []
    quiet, _ = asked(policy="at_once")
    assert [example["label"] for example in matured(quiet, BEGIN + HORIZON, HORIZON, "at_once")[1]] == [0]


def test_correcting_for_delay_tells_a_weighted_negative_first_and_a_weighted_positive_later() -> None:
    memory, (negative,) = asked(policy="corrected")
    assert (negative["label"], negative["weight"]) == (0, pytest.approx(0.75 * 1.25))
    memory, (positive,) = ordered(memory, "o1", BEGIN + DAY, HORIZON, "corrected")
    assert (positive["label"], positive["weight"]) == (1, 1.25)
    assert matured(memory, BEGIN + HORIZON, HORIZON, "corrected")[1] == []


def test_a_busy_lead_is_remembered_once_per_slot_and_within_bounds() -> None:
    memory: Memory = NOTHING
    for minute in range(0, 30 * 24 * 60, 20):
        memory, _ = asked(memory, BEGIN + minute * 60_000)
        memory, _ = matured(memory, BEGIN + minute * 60_000, HORIZON)
    slots = [snapshot[4] for snapshot in memory["s"]]
    assert len(slots) == len(set(slots)) <= SLOTS + 1
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(memory)) == memory


def test_every_scoring_of_a_slot_has_the_same_chance() -> None:
    scorings, kept = 10, Counter[int]()
    for number in range(5_000):
        chosen = [nth for nth in range(1, scorings + 1) if keeps(f"lead:{number}", 7, nth)][-1]
        kept[chosen] += 1
    assert all(400 < kept[nth] < 600 for nth in range(1, scorings + 1))


def test_the_choice_is_the_same_on_every_replay() -> None:
    once = [asked(at=BEGIN + hour * HOUR)[0] for hour in range(50)]
    assert once == [asked(at=BEGIN + hour * HOUR)[0] for hour in range(50)]
    assert slot_of(BEGIN, HORIZON) == BEGIN // DAY
    assert slot_of(BEGIN, 3) == BEGIN


def test_the_memory_that_came_in_is_untouched() -> None:
    memory, _ = asked()
    before = msgspec.msgpack.encode(memory)
    ordered(memory, "o1", BEGIN + DAY, HORIZON)
    matured(memory, BEGIN + HORIZON, HORIZON)
    asked(memory, BEGIN + DAY)
    assert msgspec.msgpack.encode(memory) == before
