"""Leads that turn out to be one buyer, and part again: features, open labels, episodes; nothing lost, nothing twice."""

import asyncio
import random
from collections import Counter
from typing import Any

import msgspec
import pytest

from online_models.features import NAMES, NEW, joined, update, vector
from online_models.maturation import MOST_JOINED, NOTHING, Memory, ask, cancelled, matured, next_slot_due, ordered
from online_models.maturation import joined as joined_memory
from schemas.effects import Example
from schemas.rules import RuleBook
from schemas.times import DAY, HOUR, MINUTE, parse_iso, to_iso
from tests.memory_world import CODEC, World
from tests.unit.detector_bench import NINE
from tests.unit.models_facts import BEGIN, TYPES, fact, random_state, state_of
from tests.unit.test_identity_live import form, signals
from tests.unit.test_merging_live import RULES, A, alone, event, judged, leads, state

HORIZON = 7 * DAY
B = form("b", name="李小明", email="lxm@example.cn", region="华南", minute=1)
FEATURES = state_of(fact("login", BEGIN))
ALL_DRAWN = RULES.model_copy(update={"learning": RULES.learning.model_copy(update={"sampled": 1.0})})
BY_ORDER = ("orders.rate", "orders.overdue", "orders.span", "gap", "money", "mood", "sessions", "~")


# --- features ---------------------------------------------------------------------------------------------------


def test_two_leads_count_as_one_that_did_all_of_it() -> None:
    chance = random.Random(5)
    for _ in range(50):
        facts, at = [], BEGIN
        for _ in range(chance.randint(2, 30)):
            at += int(chance.expovariate(1 / DAY)) + HOUR
            facts.append(fact(chance.choice(TYPES), at, amount="50", mood="neutral", url="/pricing"))
        halves: list[Any] = [NEW, NEW]
        for one in facts:
            side = chance.randrange(2)
            halves[side] = update(halves[side], one)
        whole, person = vector(state_of(*facts), at + DAY), vector(joined(*halves), at + DAY)
        for name, expected, found in zip(NAMES, whole, person, strict=True):
            if not name.startswith(BY_ORDER) and "*" not in name:
                assert found == pytest.approx(expected, abs=2e-3), name


def test_joined_features_are_bounded_and_leave_what_came_in_untouched() -> None:
    chance = random.Random(2)
    for _ in range(20):
        one, other = random_state(chance, 40), random_state(chance, 40)
        before = msgspec.msgpack.encode([one, other])
        person = joined(one, other)
        assert len(msgspec.msgpack.encode(person)) <= 600
        assert all(-12.0 <= value <= 12.0 for value in vector(person, BEGIN + 400 * DAY))
        assert msgspec.msgpack.encode([one, other]) == before
        assert vector(joined(other, one), BEGIN + 400 * DAY) == pytest.approx(vector(person, BEGIN + 400 * DAY))
    assert joined(NEW, one) is one
    assert joined(one, NEW) is one


# --- open labels ------------------------------------------------------------------------------------------------


def asked(*days: float, entity: str = "lead:a") -> Memory:
    memory = NOTHING
    for day in days:
        memory, _ = ask(memory, entity, BEGIN + int(day * DAY), 0.5, "m", FEATURES, HORIZON)
    return memory


def told(memory: Memory, now: int) -> list[tuple[int, int]]:
    return [(one["asked_at"], one["label"]) for one in matured(memory, now, HORIZON)[1]]


def test_what_both_were_asked_is_told_once_each_by_what_the_person_does() -> None:
    person = joined_memory(asked(0, 2), asked(0.1, 1.2, entity="lead:b"))
    person, _ = ordered(person, "o", BEGIN + 8 * DAY, HORIZON)
    found = told(person, BEGIN + 20 * DAY)
    days = {round((at - BEGIN) / DAY, 1): label for at, label in found}
    assert days == {0.0: 0, 0.1: 0, 1.2: 1, 2.0: 1}
    assert len(found) == 4
    assert next_slot_due(person, HORIZON) == min(
        next_slot_due(one, HORIZON) or 0 for one in (asked(0, 2), asked(0.1, 1.2, entity="lead:b"))
    )


def test_a_scoring_of_the_person_takes_the_place_of_none_of_the_other_lead() -> None:
    chance, person = random.Random(3), joined_memory(asked(0), asked(0, entity="lead:b"))
    for _ in range(50):
        person, _ = ask(person, "lead:a", BEGIN + int(chance.random() * HOUR), 0.5, "m", FEATURES, HORIZON)
    assert len(told(person, BEGIN + 20 * DAY)) == 2


def test_a_cancellation_corrects_what_the_other_lead_had_been_told() -> None:
    other, _ = ordered(asked(0, entity="lead:b"), "o", BEGIN + DAY, HORIZON)
    other, _ = matured(other, BEGIN + HORIZON, HORIZON)
    person, (correction,) = cancelled(joined_memory(NOTHING, other), "o", BEGIN + 8 * DAY)
    assert (correction["label"], correction["was"]) == (0, 1)
    assert told(person, BEGIN + 20 * DAY) == []


def test_the_memory_of_many_leads_is_bounded() -> None:
    person = asked(0)
    for number in range(30):
        person = joined_memory(person, asked(*range(8), entity=f"lead:{number}"))
    assert len(person["s"]) == MOST_JOINED + 1


# --- through both stages ----------------------------------------------------------------------------------------


def price(who: str, minute: int) -> dict[str, Any]:
    kind, value = {"a": ("phone", "13800138000"), "b": ("email", "lxm@example.cn")}[who]
    return event(f"price-{who}{minute}", "page_viewed", kind, value, minute, url="https://example.com/price")


def later(story: dict[str, Any], days: int) -> dict[str, Any]:
    """Return an event some days later."""
    at = parse_iso(story["occurred_at"])
    assert at is not None
    return {**story, "occurred_at": to_iso(at + days * DAY)}


def phases(*steps: Any, rules: RuleBook = ALL_DRAWN, **options: Any) -> World:
    made = World(rules, **options)

    async def run() -> None:
        for step in steps:
            made.publish(list(step), NINE + 40 * DAY)
            await made.run()

    asyncio.run(run())
    return made


def examples(world: World) -> list[Example]:
    found = [CODEC.decode_example(one.value) for one in world.producer.records["examples"]]
    return [one for one in found if one.data["kind"] == "label"]


def labels(world: World) -> Counter[tuple[int, int]]:
    """Return (minutes after nine of the question, label) of all that is learned."""
    return Counter(((one.data["asked_at"] - NINE) // MINUTE, one.data["label"]) for one in examples(world))


BOTH_ASKED = [A, B], [price("a", 2), price("b", 3)]


def end(days: int = 20) -> list[dict[str, Any]]:
    other = event("end", "login", "device", "elsewhere", 0)
    return [later({**other, "event_id": f"end{number}"}, days) for number in range(2)]


@pytest.mark.parametrize("senior", ["a", "b"])
def test_open_labels_of_both_leads_are_learned_while_they_are_one(senior: str) -> None:
    a, b = leads(phases([A, B]))
    pair = (a, b) if senior == "a" else (b, a)
    bought = later(event("o", "order_placed", "phone", "13800138000", 10, order_id="o", amount="10"), 2)
    apart = phases(*BOTH_ASKED, [bought], end())
    made = phases(*BOTH_ASKED, [judged("j", "same", *pair)], [bought], end())
    assert len(signals(made, "leads_merged")) == 1
    early = {asked: label for (asked, label), _ in labels(made).items() if asked < 10}
    alone_early = {asked: label for (asked, label), _ in labels(apart).items() if asked < 10}
    assert early.keys() == alone_early.keys(), "neither lost"
    assert set(labels(made).values()) == {1}, "nor told twice"
    assert set(early.values()) == {1}, "the person bought"
    assert set(alone_early.values()) == {0, 1}


@pytest.mark.parametrize("days", [1, 5, 12])
def test_parted_again_each_question_of_before_is_told_once(days: int) -> None:
    a, b = leads(phases([A, B]))
    parted = later(judged("k", "different", a, b, 55), days)
    made = phases(*BOTH_ASKED, [judged("j", "same", a, b)], [parted], end())
    plain = phases(*BOTH_ASKED, [], [], end())
    assert labels(made) == labels(plain)
    for lead in (a, b):
        assert alone(made, lead) == alone(plain, lead)


def test_the_score_of_the_person_knows_what_both_did_and_is_given_back() -> None:
    a, b = leads(phases([A, B]))
    merged = [A, B], [price("a", 2), price("b", 3)], [judged("j", "same", a, b)]
    made, plain = phases(*merged), phases(*merged[:2], [])
    (one,) = signals(made, "leads_merged")
    head = one.entity
    views = {lead: state(plain, lead).states["purchase"]["f"]["c"]["q"][1] for lead in (a, b)}
    assert state(made, head).states["purchase"]["f"]["c"]["q"][1] == sum(views.values()) == 2
    back = phases(*merged, [judged("k", "different", a, b, 55)])
    for lead in (a, b):
        assert state(back, lead).states["purchase"] == state(plain, lead).states["purchase"]


def test_slices_of_any_size_learn_the_same() -> None:
    a, b = leads(phases([A, B]))
    steps = *BOTH_ASKED, [judged("j", "same", a, b)], [price("a", 40), price("b", 41)], end()
    expected = phases(*steps, partitions=1)
    for size in (1, 3, 100):
        made = phases(*steps, partitions=1, detect_size=size)
        assert [one.data for one in examples(made)] == [one.data for one in examples(expected)]
        assert made.states() == expected.states()


def busy(chance: random.Random) -> list[dict[str, Any]]:
    """Return a month of both leads: what `a` does happens in even minutes, what `b` does in odd ones."""
    told = []
    for number in range(60):
        who, minute = chance.choice("ab"), 10 + 2 * chance.randrange(250)
        day = 1 + number // 2
        if chance.random() < 0.15:
            kind, value = {"a": ("phone", "13800138000"), "b": ("email", "lxm@example.cn")}[who]
            name = f"o{number}"
            one = event(name, "order_placed", kind, value, minute + (who == "b"), order_id=name, amount="10")
        else:
            one = {**price(who, minute + (who == "b")), "event_id": f"p{number}"}
        told.append(later(one, day))
    return sorted(told, key=lambda each: str(each["occurred_at"]))


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_each_slot_of_each_lead_is_told_once(seed: int) -> None:
    chance = random.Random(seed)
    a, b = leads(phases([A, B]))
    story, begin, days = busy(chance), chance.randint(5, 12), chance.randint(1, 15)
    merged = later(judged("j", "same", *chance.sample((a, b), 2), 5), begin)
    parted = later(judged("k", "different", a, b, 5), begin + days)
    ends = [str(merged["occurred_at"]), str(parted["occurred_at"]), "9"]
    first, second, third = (
        [one for one in story if low <= str(one["occurred_at"]) < high]
        for low, high in zip(["", *ends], ends, strict=False)
    )
    made = phases([A, B], first, [merged], second, [parted], third, end(60))
    plain = phases([A, B], first, [], second, [], third, end(60))
    for lead in (a, b):
        assert alone(made, lead) == alone(plain, lead)
    day = f"{ends[0][:10]}T00:00:00.000Z"  # that day's slot is the person's already
    assert slots(made, day) == slots(plain, day)
    assert set(slots(made, day).values()) == {1}
    asked = [one.data["asked_at"] for one in examples(made) if "was" not in one.data]
    assert len(asked) == len(set(asked)), "told twice"
    after = [one.data for one in examples(made) if to_iso(one.data["asked_at"]) > ends[1]]
    assert after == [one.data for one in examples(plain) if to_iso(one.data["asked_at"]) > ends[1]]


def slots(world: World, until: str) -> Counter[tuple[bool, int]]:
    """Return how often each slot of `a` (even minutes) and `b` was told, of what was asked before a time."""
    asked = [one.data["asked_at"] for one in examples(world) if "was" not in one.data]
    return Counter((at // MINUTE % 2 == 1, at // DAY) for at in asked if to_iso(at) < until)
