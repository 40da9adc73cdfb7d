"""Events that name two leads at once, by an identifier of each: one person, whatever came first."""

import asyncio
import random
from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest

from schemas.rules import RuleBook
from schemas.times import HOUR
from tests.unit.detector_bench import NINE
from tests.unit.test_identity_live import P, Q, changed, form, people, questions, run, viewed


def naming(event_id: str, *ids: tuple[str, str], minute: int = 9) -> dict[str, Any]:
    event = form(event_id, *ids, minute=minute)
    return {**event, "type": "login", "data": {"channel": "app"}}


MAIL = "zwj@acme.cn"
BY_PHONE, BY_MAIL = form("a", name="张伟杰", phone=P), form("b", name="张伟杰", email=MAIL, minute=2)


@pytest.mark.parametrize(
    "events",
    [
        [BY_PHONE, BY_MAIL, naming("c", ("phone", P), ("email", MAIL))],
        [BY_PHONE, naming("b", ("customer", "k1")), naming("c", ("customer", "k1"), ("phone", P))],
        [form("a", phone=P), form("b", email=MAIL, minute=2), form("c", phone=P, email=MAIL, minute=4)],
        [BY_PHONE, viewed("b", Q), {**form("c", ("phone", P), minute=5, phone=Q), "type": "lead_updated"}],
        [viewed("a", P), naming("b", ("qq", "871234567")), naming("c", ("douyin", "dy_888888")),
         naming("d", ("qq", "871234567"), ("phone", P), ("douyin", "dy_888888"))],
    ],
    ids=["phone and mail", "customer and phone", "a form of nobody", "a correction", "three"],
)  # fmt: skip
def test_two_leads_that_one_event_names_are_one_person_in_every_order(events: Sequence[Any]) -> None:
    everybody = {frozenset(event["event_id"] for event in events)}
    for order in permutations(events):
        for size in (1, 4):
            made = run(order, partitions=1, cleanse_size=size)
            assert people(made) == everybody
            assert not questions(made)


PHONE_IN_HAND = ("device", "d1")


@pytest.mark.parametrize(
    "events",
    [
        [naming("v", PHONE_IN_HAND), naming("k", ("customer", "k1")), naming("x", PHONE_IN_HAND, ("customer", "k1")),
         naming("w", PHONE_IN_HAND)],
        [naming("v", PHONE_IN_HAND), BY_PHONE, naming("x", PHONE_IN_HAND, ("phone", P)), naming("w", PHONE_IN_HAND)],
        [form("a", PHONE_IN_HAND, email=MAIL), form("b", phone=P, minute=2), naming("x", PHONE_IN_HAND, ("phone", P))],
    ],
    ids=["a visitor who signs in", "a visitor who gives a number", "a mailbox on it"],
)  # fmt: skip
def test_what_a_visitor_did_before_they_said_who_they_are_is_theirs_and_what_they_do_after(
    events: Sequence[Any],
) -> None:
    everybody = {frozenset(event["event_id"] for event in events)}
    for order in permutations(events):
        for size in (1, 4):
            made = run(order, partitions=1, cleanse_size=size)
            assert people(made) == everybody, [event["event_id"] for event in order]
            assert not questions(made)


@pytest.mark.parametrize("kind", ["customer", "phone"])
def test_a_device_of_two_known_people_makes_them_neither_one_nor_a_question(kind: str) -> None:
    mine, theirs = {"customer": ("k1", "k2"), "phone": (P, Q)}[kind]
    events = [
        naming("a", (kind, mine)), naming("b", (kind, theirs)),
        naming("c", PHONE_IN_HAND, (kind, mine)), naming("d", PHONE_IN_HAND, (kind, theirs)),
    ]  # fmt: skip
    for order in permutations(events):
        made = run(order, partitions=1, cleanse_size=2)
        assert people(made) == {frozenset("ac"), frozenset("bd")}
        assert not questions(made)


def test_of_other_names_on_one_device_people_are_asked() -> None:
    events = [
        form("a", PHONE_IN_HAND, name="李娜", email=MAIL), BY_PHONE | {"event_id": "b"},
        naming("c", PHONE_IN_HAND, ("phone", P)),
    ]  # fmt: skip
    made = run(events, partitions=1, cleanse_size=1)
    assert people(made) == {frozenset("a"), frozenset("bc")}
    assert [reason for _, reason in questions(made)] == ["most of their records speak against it"]


@pytest.mark.parametrize("numbers", [(P, Q), (Q, P)])
@pytest.mark.parametrize("named", [True, False], ids=["by number", "by mail"])
def test_a_correction_is_told_to_whom_it_is_about_and_not_to_who_has_the_new_number(
    numbers: tuple[str, str], named: bool
) -> None:
    mine, theirs = numbers
    a, b = form("a", name="张伟杰", phone=mine, email=MAIL), form("b", name="李娜", phone=theirs, minute=2)
    about = ("phone", mine) if named else ("email", MAIL)
    change = {**form("c", about, minute=5, phone=theirs), "type": "lead_updated", "rep_id": "r1"}
    made = run([a, b, {**change, "data": {"phone": theirs}}], partitions=1, cleanse_size=1)
    assert people(made) == {frozenset("ac"), frozenset("b")}
    lead = made.library._events["a"][0].lead
    assert made.library.leads[lead].fields["phone"] == f"+86{theirs}"


def test_two_leads_named_by_one_event_are_a_question_where_the_names_differ() -> None:
    wife = form("b", name="李娜", email=MAIL, minute=2)
    made = run([BY_PHONE, wife, naming("c", ("phone", P), ("email", MAIL))], partitions=1, cleanse_size=1)
    assert people(made) == {frozenset("ac"), frozenset("b")}
    assert questions(made) == {(frozenset("abc"), "most of their records speak against it")}


@pytest.mark.parametrize("verified", [True, False])
def test_a_number_that_was_confirmed_beside_an_account_says_so_under_any_name(verified: bool) -> None:
    friend = {**form("a", ("wechat_unionid", "u1"), name="阿强"), "type": "lead_updated"}
    known, bound = form("b", name="张伟杰", phone=P, minute=2), naming("c", ("wechat_unionid", "u1"))
    bound["subject"]["ids"].append({"kind": "phone", "value": P, "verified": verified})
    for order in permutations([friend, known, bound]):
        made = run(order, partitions=1, cleanse_size=1)
        if verified:
            assert people(made) == {frozenset("abc")}
            assert not questions(made)
    made = run(
        [friend, known, naming("d", ("wechat_unionid", "u1"), ("phone", P)), bound], partitions=1, cleanse_size=1
    )
    assert (people(made) == {frozenset("abcd")}) == verified
    assert bool(questions(made)) != verified


def test_an_id_of_which_a_person_has_one_keeps_apart_whom_an_event_names_together() -> None:
    one, two = (naming(each, ("customer", each), ids) for each, ids in (("a", ("phone", P)), ("b", ("email", MAIL))))
    both = naming("c", ("phone", P), ("email", MAIL))
    for order in permutations([one, two, both]):
        for size in (1, 4):
            (_, *others) = sorted(people(run(order, partitions=1, cleanse_size=size)), key=sorted)
            assert others


@pytest.mark.parametrize("known", [True, False], ids=["known", "new"])
def test_an_id_of_which_a_person_has_one_keeps_a_late_event_from_who_had_its_number_then(known: bool) -> None:
    holder = naming("a", ("customer", "ka"), ("phone", P), minute=1)
    other = [naming("b", ("customer", "kb"), minute=2)] if known else []
    gone = changed("c", P, Q, 10)
    late = naming("d", ("customer", "kb"), ("phone", P), minute=5)
    for size in (1, 4):
        for order in ([holder, *other, gone, late], [holder, *other, late, gone]):
            made = run(order, partitions=1, cleanse_size=size)
            assert people(made) == {frozenset("ac"), frozenset("bd") if known else frozenset("d")}
            assert not questions(made)


def test_what_one_event_named_together_is_told_once_and_ends_when_the_number_is_public() -> None:
    logins = [naming(f"l{n}", ("phone", P), ("email", MAIL), minute=10 + n) for n in range(9)]
    made = run([BY_PHONE, BY_MAIL, *logins], partitions=1, cleanse_size=4)
    assert len(made.library.evidence.edges) == 1
    made.library._events.clear()
    made.publish(logins, NINE + 9 * HOUR)
    asyncio.run(made.run())
    assert len(made.library.evidence.edges) == 1
    rules = RuleBook.model_validate({"identity": {"limits": {"names_per_number": 3}}})
    apart = [viewed("a", P), naming("b", ("customer", "k1")), naming("c", ("phone", P), ("customer", "k1"))]
    names = ["李小明", "赵大海", "欧阳娜娜", "钱学森", "孙中山"]
    desk = [form(f"s{n}", name=name, phone=P, minute=20) for n, name in enumerate(names)]
    made = run([*apart, *desk], rules, partitions=1, cleanse_size=1)
    assert not any({"a", "b"} <= person for person in people(made))


@pytest.mark.parametrize("names", [4, 5])
@pytest.mark.parametrize("size", [1, 20])
def test_a_number_that_becomes_public_by_what_its_own_lead_is_told_ties_nobody_any_more(names: int, size: int) -> None:
    rules = RuleBook.model_validate({"identity": {"limits": {"names_per_number": 3}}})
    apart = [viewed("a", P), naming("b", ("customer", "k1"))]
    both = naming("c", ("phone", P), ("customer", "k1"))
    called = ["李小明", "赵大海", "欧阳娜娜", "钱学森", "孙中山"][:names]
    desk = [form(f"s{n}", name=name, phone=P, minute=20) for n, name in enumerate(called)]
    for order in ([*apart, both, *desk], [*apart, *desk, both], [*apart, desk[0], both, *desk[1:]]):
        made = run(order, rules, partitions=1, cleanse_size=size)
        assert not any({"a", "b"} <= person for person in people(made))
    made = run([*apart, both, *desk[:3]], rules, partitions=1, cleanse_size=size)
    assert any({"a", "b"} <= person for person in people(made))


KINDS = {"phone": "1380013{}00", "email": "p{}@acme.cn", "customer": "k{}", "wechat_openid": "o{}", "qq": "87123456{}"}


@pytest.mark.parametrize("seed", range(12))
def test_people_are_whom_a_chain_of_events_names_together(seed: int) -> None:
    drawn = random.Random(seed)
    events: list[dict[str, Any]] = []
    chains: dict[frozenset[tuple[str, str]], set[str]] = {}
    for number in range(14):
        person = drawn.randrange(3)
        kinds = drawn.sample(sorted(KINDS), drawn.choice((1, 1, 2, 2, 3)))
        ids = [(kind, KINDS[kind].format(10 + person)) for kind in kinds]
        events.append(naming(f"e{number}", *ids, minute=number))
        joined = {frozenset(ids)} | {chain for chain in chains if not chain.isdisjoint(ids)}
        chains[frozenset().union(*joined)] = {f"e{number}"}.union(*(chains.pop(each, set()) for each in joined))
    expected = frozenset(map(frozenset, chains.values()))
    for turn in range(6):
        drawn.shuffle(events)
        made = run(events, partitions=1, cleanse_size=1 + 3 * turn)
        assert people(made) == expected
        assert not questions(made)
