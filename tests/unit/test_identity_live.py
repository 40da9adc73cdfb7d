"""Identity on the live path, on the fakes: evidence joins what identifiers do not, whatever the order."""

import asyncio
import random
from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest

from schemas.identity import IdKey
from schemas.rules import RuleBook
from schemas.times import HOUR, MINUTE, to_iso
from tests.memory_world import World
from tests.unit.detector_bench import NINE

RULES = RuleBook()
EXACT = RuleBook.model_validate({"identity": {"resolver": "exact"}})
P, Q = "13800138000", "13900139000"
BAIDU, XIAOMI = "北京百度网讯科技有限公司", "小米科技有限责任公司"


def form(event_id: str, *ids: tuple[str, str], minute: int = 0, **data: str) -> dict[str, Any]:
    event: dict[str, Any] = {
        "event_id": event_id,
        "type": "form_submitted",
        "source": "website",
        "occurred_at": to_iso(NINE + minute * MINUTE),
        "data": {"form": "trial", **data},
    }
    if ids:
        event["subject"] = {"ids": [{"kind": kind, "value": value} for kind, value in ids]}
    return event


def changed(event_id: str, old: str, new: str, minute: int) -> dict[str, Any]:
    data = {"old": old, "new": new, "old_code_verified": True, "new_code_verified": True}
    event = form(event_id, ("phone", old), minute=minute)
    return {**event, "type": "phone_changed", "data": data}


def run(events: Sequence[Any], rules: RuleBook = RULES, **options: Any) -> World:
    made = World(rules, **options)
    made.publish(events, NINE + 9 * HOUR)
    asyncio.run(made.run())
    return made


def people(world: World) -> frozenset[frozenset[str]]:
    """Return the events of each person: the leads of their decisions, joined as the library says."""
    evidence = world.library.evidence
    groups: dict[str, set[str]] = {}
    for event_id, (claim, _) in world.library._events.items():
        if claim.lead:
            member = evidence.people.get(claim.lead)
            groups.setdefault(member.person if member else claim.lead, set()).add(event_id)
    return frozenset(map(frozenset, groups.values()))


def signals(world: World, kind: str) -> list[Any]:
    return [signal for signal in world.library.signals if signal.kind == kind]


def test_evidence_decides_too_unless_the_rule_book_wants_identifiers_alone() -> None:
    events = [form("a", name="张伟杰", phone="13800138000"), form("b", name="张伟杰", phone="138****8000")]
    made = run(events, EXACT)
    assert people(made) == {frozenset("a")}
    assert not made.library.evidence.records
    assert people(run(events)) == {frozenset("ab")}


def test_an_event_of_a_known_identifier_asks_nothing_more_than_the_lead_s_address_once() -> None:
    known = [form("a", name="张伟杰", phone="13800138000"), *(viewed(f"v{n}", "13800138000") for n in range(9))]
    made = run(known, partitions=1, cleanse_size=1)
    asked = [call.removeprefix("library.") for call in made.calls if call.startswith("library.")]
    assert asked.count("people") == 1
    assert [asked.count(name) for name in ("evidence_near", "evidence_around", "ended")] == [1, 0, 0]


def test_facts_of_what_evidence_joins_go_to_the_known_lead() -> None:
    made = run([
        form("a", name="张伟杰", phone="13800138000", company=BAIDU),
        form("b", ("device", "d9"), name="张伟杰", phone="138****8000", company=BAIDU, interest="CRM"),
    ], partitions=1)  # fmt: skip
    assert people(made) == {frozenset("ab")}
    (lead,) = made.library.leads.values()
    assert (lead.fields["phone"], lead.fields["interest"]) == ("+8613800138000", "CRM")
    assert len(signals(made, "lead_created")) == 1
    again = run([
        form("a", name="张伟杰", phone="13800138000", company=BAIDU),
        form("b", ("device", "d9"), name="张伟杰", phone="138****8000", company=BAIDU, interest="CRM"),
        form("c", ("device", "d9"), minute=1, interest="ERP"),
    ], partitions=1)  # fmt: skip
    (lead,) = again.library.leads.values()
    assert lead.fields["interest"] == "ERP"  # what comes by the device goes there too


@pytest.mark.parametrize(("name", "email"), [("Noah", "noahr@hudsn.net"), ("", "noahrogerz@hudson.net")])
def test_a_birth_date_finds_who_gives_a_part_of_a_name_or_a_mistyped_mailbox(name: str, email: str) -> None:
    whole = {"name": "Noah Rogers", "email": "noahrogers@hudson.net", "birth_date": "2001-04-07"}
    part = {"name": name, "email": email, "birth_date": "2001-04-07"}
    rows = [
        {**form(each, minute=5), "type": "lead_updated", "data": data} for each, data in (("a", whole), ("b", part))
    ]
    for order in permutations(rows):
        assert people(run(order)) == {frozenset("ab")}


def test_a_question_is_kept_and_told_with_the_evidence_for_and_against() -> None:
    made = run([form("a", name="张伟", phone="13800138000", company=BAIDU),
                form("b", name="章伟", phone="13900139000", company=BAIDU)], partitions=1)  # fmt: skip
    (question,) = made.library.evidence.questions.values()
    (told,) = signals(made, "identity_review")
    assert people(made) == {frozenset("a"), frozenset("b")}
    assert {told.evidence["lead"], told.evidence["other"]} == {question.left, question.right}
    assert told.evidence["for"].keys() >= {"company"}
    assert told.evidence["against"].keys() == {"phone"}
    assert question.closed == ""


def test_a_masked_phone_links_only_while_one_number_fits_and_something_else_agrees() -> None:
    known = form("a", name="李小明", phone="13800138000")
    masked = form("b", name="李小明", phone="138****8000")
    second = form("c", name="赵大海", phone="13811118000")
    nameless = form("d", phone="138****8000", interest="CRM")
    assert people(run([known, masked])) == {frozenset("ab")}
    for events in ([known, masked, second], [second, known, masked], [masked, second, known], [masked, known, second]):
        assert people(run(events, partitions=1)) == {frozenset("a"), frozenset("b"), frozenset("c")}
    assert people(run([known, nameless])) in ({frozenset("a")}, {frozenset("a"), frozenset("d")})


@pytest.mark.parametrize("phone", ["139****9000/138****8000", "*******1234；138****8000"])
def test_each_masked_number_of_a_field_may_tell_who_it_is(phone: str) -> None:
    known = form("a", name="李小明", phone="13800138000", company=XIAOMI)
    masked = form("b", ("device", "d1"), name="李小明", phone=phone)
    others = [form(f"o{n}", name=f"王大{name}", phone=f"139{n}2349000") for n, name in enumerate("海江")]
    for events in ([known, masked], [masked, known], [*others, masked, known], [known, masked, *others]):
        assert frozenset("ab") in people(run(events))
    second = form("c", name="赵大海", phone="13811118000")
    for events in ([known, masked, second], [second, masked, known]):
        assert frozenset("ab") not in people(run(events))


def viewed(event_id: str, phone: str) -> dict[str, Any]:
    event = form(event_id, ("phone", phone), minute=1)
    return {**event, "type": "page_viewed", "data": {"url": "https://example.com/"}}


def test_a_number_given_up_points_to_its_former_holder_no_more() -> None:
    first = form("a", name="李小明", phone="13800138000", company=BAIDU)
    moved = changed("b", "13800138000", "13900139000", 10)
    new_holder = form("c", name="李小明", minute=20, phone="13800138000")
    still = form("d", ("phone", "13900139000"), minute=30, interest="CRM")
    made = run([first, moved, new_holder, still], partitions=1)
    assert people(made) == {frozenset("abd"), frozenset("c")}


@pytest.mark.parametrize("resolver", ["full", "exact"])
def test_a_number_given_up_is_given_up_although_the_new_one_was_somebody_s(resolver: Any) -> None:
    rules = RULES.model_copy(update={"identity": RULES.identity.model_copy(update={"resolver": resolver})})
    other = form("x", name="赵大海", phone="13900139000")
    first = form("a", name="李小明", phone="13800138000", company=BAIDU)
    moved = changed("b", "13800138000", "13900139000", 10)
    new_holder = form("c", name="王芳", minute=20, phone="13800138000")
    made = run([other, first, moved, new_holder], rules, partitions=1)
    assert people(made) == {frozenset("x"), frozenset("ab"), frozenset("c")}


def test_a_number_under_many_names_belongs_to_nobody() -> None:
    rules = RuleBook.model_validate({"identity": {"limits": {"names_per_number": 3}}})
    names = ["李小明", "赵大海", "欧阳娜娜", "钱学森", "孙中山", "周树人", "吴承恩"]
    desk = [form(f"s{n}", name=name, phone="13062345678") for n, name in enumerate(names)]
    made = run(desk, rules, partitions=1, cleanse_size=1)
    key = IdKey("phone", "+8613062345678")
    assert [interval.until is not None for interval in made.library.intervals(key)] == [True]
    assert len(people(made)) == 4  # until the fourth name nothing was known against it
    before = len(people(run(desk[:4], rules, partitions=1, cleanse_size=1)))
    assert before == 1
    a = form("a", name="周树人", phone="13062345678", birth_date="1981-09-25")
    b = form("b", name="吴承恩", phone="13062345678", birth_date="1950-01-25")
    assert len(people(run([*desk, a, b], rules, partitions=1, cleanse_size=1))) >= 4


@pytest.mark.parametrize("kind", ["customer", "crm:sap", "wechat_unionid"])
def test_a_contact_does_not_make_one_person_of_two_ids(kind: str) -> None:
    values = ("k1", "k2")
    events = [
        form("a", (kind, values[0]), name="张伟杰", phone="13800138000"),
        form("b", (kind, values[1]), name="张伟杰", phone="13800138000", minute=5),
        form("c", (kind, values[1]), phone="13900139000", minute=7),
        form("d", (kind, values[0]), ("phone", "13900139000"), minute=9),
    ]
    for order in permutations(events):
        for size in (1, 4):
            assert people(run(order, partitions=1, cleanse_size=size)) == {frozenset("ad"), frozenset("bc")}


LINE = "0571-88123456"
COLLEAGUES = [
    form("a", name="张伟杰", phone=LINE, company=BAIDU),
    form("b", ("phone", LINE), name="李小明", phone="13900139000", company=BAIDU),
    form("c", name="王芳", phone=LINE, email="info@baidu.example", company=BAIDU),
    form("d", name="王小芳", email="info@baidu.example", company=BAIDU),
    form("e", name="王芳", phone=LINE, company="百度网讯"),
]


@pytest.mark.parametrize("order", [*permutations(COLLEAGUES)])
def test_who_shares_a_switchboard_or_an_office_s_mailbox_is_not_one_person(order: Sequence[Any]) -> None:
    made = run(order, partitions=1, cleanse_size=2)
    assert people(made) == {frozenset("a"), frozenset("b"), frozenset("ce"), frozenset("d")}
    assert not made.library.evidence.questions
    assert not made.library.intervals(IdKey("phone", "+8657188123456"))
    assert {lead.fields["name"] for lead in made.library.leads.values()} == {"张伟杰", "李小明", "王芳", "王小芳"}


def test_a_line_that_was_confirmed_or_of_which_nobody_is_named_tells_who_it_is() -> None:
    ids = [{"kind": "phone", "value": LINE, "verified": True}]
    names = (("a", "张伟杰"), ("b", "张伟"))
    confirmed = [{**form(each, name=name), "subject": {"ids": ids}} for each, name in names]
    assert people(run(confirmed)) == {frozenset("ab")}
    assert people(run([viewed("v", LINE), viewed("w", LINE), form("x", phone=LINE)])) == {frozenset("vwx")}
    assert people(run([viewed("v", LINE), form("a", name="张伟杰", phone=LINE)])) == {frozenset("v"), frozenset("a")}


def test_where_identifiers_decide_alone_every_contact_is_one() -> None:
    assert people(run(COLLEAGUES[:2], EXACT)) == {frozenset("ab")}


STORY = [
    form("a1", name="张伟杰", phone="13800138000", company=BAIDU),
    form("a2", name="张伟杰", phone="138****8000", company=BAIDU),
    form("a3", ("wechat_unionid", "u1"), name="Zhang Weijie", phone="13800138000"),
    form("a4", ("wechat_unionid", "u1"), company=BAIDU, email="zwj@example.cn"),
    form("a5", name="张伟杰", email="zwj@example.cn", address="北京市海淀区上地十街10号"),
    form("b1", name="李小明", phone="13900139000", birth_date="1980-02-03"),
    form("b2", name="李晓明", phone="13711112222", birth_date="1980-02-03"),
    form("b3", name="李小明", birth_date="1980-02-03", email="lxm@example.cn"),
    form("c1", name="王芳", phone="139****9000", company=XIAOMI),
    form("c2", name="王芳", phone="13900239000", company=XIAOMI),
    form("d1", ("customer", "k1"), name="赵大海", email="zdh@example.cn"),
    form("d2", ("customer", "k2"), name="赵大海", email="zdh@example.com", company=XIAOMI),
    form("q1", name="周伟", phone="13600136000", company=BAIDU),
    form("q2", name="邹伟", phone="13500135000", company=BAIDU),
    form("q3", name="周唯", phone="13400134000", company=BAIDU),
]


@pytest.mark.parametrize("seed", range(12))
def test_no_order_of_arrival_changes_people_or_questions(seed: int) -> None:
    expected = run(STORY, partitions=1)
    assert questions(expected)
    shuffled = list(STORY)
    random.Random(seed).shuffle(shuffled)
    made = run(shuffled, partitions=1, cleanse_size=1 + seed)
    assert people(made) == people(expected)
    assert questions(made) == questions(expected)


MANY_OF_ONE = [  # what a mailbox makes one lead, and a record near one of its records and far from the others
    form("a", name="Samuel Campbell", birth_date="2018-09-24", email="samuelcampbell35@hebert.com"),
    form("b", name="Samuel Campbell", birth_date="2018-09-23", email="samuelcampbell35@hebert.com"),
    form("c", name="Samuel", birth_date="2018-09-24", email="samuelcampbell35@hebert.com"),
    form("d", birth_date="2019-08-25", email="samuelcampbell35@hebe3r.com"),
    form("e", name="Samuel Campbell", birth_date="2019-08-25", email="samuelcampbell35@hebert.com"),
]


@pytest.mark.parametrize("order", [*permutations(MANY_OF_ONE)][::7])
def test_a_record_that_comes_by_its_identifier_is_weighed_with_the_others_of_its_lead(order: Sequence[Any]) -> None:
    assert people(run(order, partitions=1, cleanse_size=2)) == {frozenset("abce"), frozenset("d")}


NAMED_BESIDE = [  # what one event names together is one lead in one order, and a tie of two in another
    form("a", ("wechat_unionid", "u2"), name="张总", phone="13811118000", email="zww@bluesea.cn", company=BAIDU),
    form("b", name="张伟", phone="13811118000", address="杭州西湖区文三路138号2幢301室"),
    form("c", name="Zhang Wei", phone="138****8000"),
    form("d", phone="138****8000", email="zww@bluesea.cn"),
]


@pytest.mark.parametrize("order", [*permutations(NAMED_BESIDE)])
def test_leads_that_one_event_names_are_one_before_evidence_is_weighed(order: Sequence[Any]) -> None:
    assert people(run(order, partitions=1, cleanse_size=2)) == {frozenset("abcd")}


@pytest.mark.parametrize(
    "story",
    [
        [*STORY, changed("p", "13900139000", "13700137000", 30)],
        [changed("p", "13800138000", "13900139000", 5), changed("r", "13900139000", "13700137000", 9)],
        [form("x", name="李四", phone="13900139000"), changed("p", "13800138000", "13900139000", 5)],
    ],
    ids=["people", "changes", "a number that was somebody's"],
)
def test_events_whose_ids_were_forgotten_are_heard_again_and_change_nobody(story: list[Any]) -> None:
    made = run(story, partitions=1)
    expected = people(made), questions(made), made.library.evidence.records.keys()
    made.library._events.clear()  # as after the days for which they are kept, or a restore from the topic
    made.publish(story, NINE + 9 * HOUR)
    asyncio.run(made.run())
    assert (people(made), questions(made), made.library.evidence.records.keys()) == expected


def questions(world: World) -> set[tuple[frozenset[str], str]]:
    """Return the open questions as events on both sides, with their reason."""
    by_lead: dict[str, set[str]] = {}
    for event_id, (claim, _) in world.library._events.items():
        by_lead.setdefault(claim.lead, set()).add(event_id)
    open_ = [each for each in world.library.evidence.questions.values() if not each.closed]
    return {(frozenset(by_lead[each.left] | by_lead[each.right]), each.reason) for each in open_}


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_at_any_await_changes_nothing(when: str) -> None:
    def results(made: World) -> tuple[Any, ...]:
        evidence = made.library.evidence
        return people(made), evidence.people, evidence.questions, evidence.edges, made.signals(), made.states()

    undisturbed = run(STORY)
    expected, calls = results(undisturbed), len(undisturbed.calls)
    for number in range(1, calls + 1):
        made = World(RULES)
        made.publish(STORY, NINE + 9 * HOUR)
        setattr(made, f"crash_{when}", number)
        asyncio.run(made.run())
        assert made.crashes == 1
        assert results(made) == expected, f"crash {when} call {number}: {undisturbed.calls[number - 1]}"
