"""Leads that become one person and part again, through both stages on the fakes."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from prometheus_client import REGISTRY

from processors.history import damages
from processors.state import decode_entity
from schemas.effects import Slot
from schemas.rules import RuleBook
from schemas.times import HOUR
from tests.memory_world import INCARNATIONS, World
from tests.unit.detector_bench import NINE
from tests.unit.test_identity_live import BAIDU, form, people, signals

RULES = RuleBook.model_validate({"assignment": {"rosters": {"华东": ["r1", "r2"], "华南": ["r3"]}}})
A = form("a", name="张伟杰", phone="13800138000", region="华东")
B = form("b", name="李小明", email="lxm@example.cn", region="华南")


def judged(event_id: str, answer: str, left: str, right: str, minute: int = 30) -> dict[str, Any]:
    data = {"left": left, "right": right, "answer": answer, "by": "m1"}
    return {**form(event_id, minute=minute), "type": "leads_judged", "data": data}


def event(event_id: str, type_: str, kind: str, value: str, minute: int, **data: Any) -> dict[str, Any]:
    return {**form(event_id, (kind, value), minute=minute), "type": type_, "data": data}


def phases(*steps: Sequence[Any], rules: RuleBook = RULES, **options: Any) -> World:
    made = World(rules, **options)

    async def run() -> None:
        for number, step in enumerate(steps):
            made.publish(list(step), NINE + 9 * HOUR + number)
            await made.run()

    asyncio.run(run())
    return made


def state(world: World, entity: str) -> Any:
    for partition in range(world.settings.fact_partitions):
        blob = world.state.states(Slot("facts", INCARNATIONS["facts"], partition)).get(entity)
        if blob is not None:
            return decode_entity(blob)
    raise KeyError(entity)


def alone(world: World, entity: str) -> Any:
    """Return what an entity remembers, but for where in the log it was told, and its history."""
    found = state(world, entity)
    return found.states, found.timers


def leads(world: World) -> tuple[str, str]:
    claims = world.library._events
    return claims["a"][0].lead, claims["b"][0].lead


def row(world: World, lead: str) -> dict[str, str]:
    return dict(world.library.leads[lead].fields)


def events_of(minute: int) -> list[Any]:
    """Return what the two do at some time: browse, write, are called."""
    return [
        event(f"pa{minute}", "page_viewed", "phone", "13800138000", minute, url="https://example.com/price"),
        event(f"pb{minute}", "page_viewed", "email", "lxm@example.cn", minute + 1, url="https://example.com/demo"),
        event(f"ub{minute}", "lead_updated", "email", "lxm@example.cn", minute + 2, title=f"经理{minute}"),
        {**event(f"fa{minute}", "followed_up", "phone", "13800138000", minute + 3, channel="call"), "rep_id": "r1"},
        event(f"nb{minute}", "contact_noted", "email", "lxm@example.cn", minute + 4,
              channel="call", topic="价格", mood="negative"),
    ]  # fmt: skip


def other(minute: int) -> dict[str, Any]:
    """Return something that somebody else does at a time."""
    return event(f"other{minute}", "page_viewed", "device", "elsewhere", minute, url="https://example.com/")


def test_no_metric_names_a_lead() -> None:
    first = phases([A, B])
    a, b = leads(first)
    phases([A, B], [judged("j", "same", a, b)], events_of(40), [other(3 * 1_440)])
    ended = next(family for family in REGISTRY.collect() if family.name == "whetstone_timers_ended")
    names = {sample.labels["name"] for sample in ended.samples}
    assert "followup.overdue" in names
    assert not [name for name in names if "lead:" in name], "their number would grow with that of leads"


def test_a_decision_merges_two_leads_and_what_both_do_goes_to_one() -> None:
    first = phases([A, B])
    a, b = leads(first)
    made = phases([A, B], [judged("j", "same", a, b)], events_of(40))
    assert len({made.library.evidence.people[lead].person for lead in (a, b)}) == 1
    (merged,) = signals(made, "leads_merged")
    head = merged.entity
    other = b if head == a else a
    assert row(made, head)["title"] == "经理40"
    assert row(made, head)["email"] == "lxm@example.cn"
    assert row(made, other)["merged_into"] == head
    assert state(made, other).states == {}
    assert not state(made, other).timers
    for lead in (a, b):
        assert not list(damages(made.library.history(lead)))


def test_unmerging_gives_both_back_exactly_what_they_would_be() -> None:
    a, b = leads(phases([A, B]))
    plain = phases([A, B], [], events_of(40), [], events_of(60))
    for left, right in ((a, b), (b, a)):
        made = phases(
            [A, B], [judged("j", "same", left, right)], events_of(40),
            [judged("k", "different", left, right, 55)], events_of(60),
        )  # fmt: skip
        for lead in (a, b):
            assert alone(made, lead) == alone(plain, lead)
            assert row(made, lead) == row(plain, lead)
            assert not list(damages(made.library.history(lead)))
        assert [signal.evidence["by"] for signal in signals(made, "leads_unmerged")] == ["m1"]


def alerts_of(world: World, lead: str) -> set[tuple[str, str]]:
    """Return the alerts that are a lead's now: kind and rule; without what merging and parting themselves tell."""
    given = world.library.given_back()
    mine = [each for each in world.library.signals if given.get(each.signal_id, each.entity) == lead]
    return {(each.kind, each.rule) for each in mine if not each.rule.startswith("identity.")}


def check_names(world: World) -> None:
    """Assert that the rows of all leads say whose name they go by."""
    persons = {lead: member.person for lead, member in world.library.evidence.people.items()}
    for lead in persons.keys() & world.library.leads.keys():
        name = persons[lead] if persons[lead] != lead else None
        assert row(world, lead).get("merged_into") == name, lead
        assert not list(damages(world.library.history(lead)))


def test_a_lead_that_its_person_left_says_whose_name_it_goes_by_now() -> None:
    third = form("c", name="王芳", phone="13700137000", region="华东")
    made = phases([A, B, third])
    trio = (*leads(made), made.library._events["c"][0].lead)
    steps = [A, B, third], [judged("j1", "same", *trio[:2]), judged("j2", "same", *trio[1:])]
    (head,) = {each.person for each in phases(*steps).library.evidence.people.values()}
    last, other = (lead for lead in trio if lead != head)
    apart = [judged(f"k{lead}", "different", head, lead, 50) for lead in (last, other)]
    made = phases(*steps, [*apart, judged("together", "same", last, other, 52)], [*events_of(60)])
    check_names(made)
    named = [made.library.evidence.people[lead].person for lead in (last, other)]
    assert named in ([last, last], [other, other])
    again = phases(*steps, [*apart, judged("together", "same", last, other, 52)], [judged("z", "same", *trio[:2], 60)])
    check_names(again)


@pytest.mark.parametrize("first", [0, 1])
def test_alerts_of_the_time_together_are_given_back_to_whom_they_belong(first: int) -> None:
    pair = leads(phases([A, B]))
    a, b = pair
    steps = [A, B], [judged("j", "same", a, b)], events_of(40), [judged("k", "different", a, b, 55)]
    made, plain = phases(*steps), phases(steps[0], [other(30)], steps[2], [other(55)])
    together = alerts_of(phases(*steps[:3]), pair[first])
    expected = alerts_of(plain, pair[first])
    assert alerts_of(made, pair[first]) == expected
    assert expected != together  # while they were one, one of them had the other's alerts, too
    assert len(made.library.given_back()) == 1
    told = Counter((each.signal["signal_id"], who) for who in ("rep:r1", "rep:r2", "rep:r3", "role:manager")
                   for each in asyncio.run(made.library.inbox([who], None, 1_000)))  # fmt: skip
    assert max(told.values()) == 1


def test_the_first_lead_is_split_off_and_the_others_stay_together() -> None:
    third = form("c", name="王芳", phone="13700137000", region="华东")
    made = phases([A, B, third])
    a, b = leads(made)
    c = made.library._events["c"][0].lead
    steps = [A, B, third], [judged("j1", "same", a, b), judged("j2", "same", b, c)]
    together = phases(*steps)
    assert any({"a", "b", "c"} <= person for person in people(together))
    parted = phases(*steps, [judged("k", "different", a, b, 50), judged("l", "different", a, c, 51)])
    assert any({"b", "c"} <= person and "a" not in person for person in people(parted))
    plain = phases(steps[0], [other(30)], [other(50), other(51)])
    assert alone(parted, a) == alone(plain, a)
    assert set(row(parted, b)) >= {"phone", "email"} or set(row(parted, c)) >= {"phone", "email"}
    check_names(parted)


def test_evidence_that_comes_later_merges_leads_and_doubt_parts_them_again() -> None:
    known = form("a", name="李小明", phone="13800138000", company="小米科技有限责任公司")
    masked = form("b", ("device", "d1"), name="李小明", phone="138****8000")
    second = form("c", name="赵大海", phone="13811118000")
    made = phases([known], [masked], [second])
    plain = phases([known], [second], [masked])
    assert people(made) == people(plain) == {frozenset("a"), frozenset("b"), frozenset("c")}
    for event_id in "ac":
        lead = made.library._events[event_id][0].lead
        assert alone(made, lead) == alone(plain, lead)
    lead = made.library._events["b"][0].lead
    assert row(made, lead) == row(plain, lead)
    assert [s.entity for s in signals(made, "leads_unmerged")] == [lead]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_at_any_await_changes_nothing(when: str) -> None:
    a, b = leads(phases([A, B]))
    story = [A, B, judged("j", "same", a, b), *events_of(40), judged("k", "different", a, b, 55), *events_of(60)]

    def results(made: World) -> tuple[Any, ...]:
        states = {lead: (state(made, lead).states, state(made, lead).timers) for lead in (a, b)}
        return made.signals(), states, made.library.evidence.people, row(made, a), row(made, b)

    undisturbed = phases(story, partitions=1)
    expected, calls = results(undisturbed), len(undisturbed.calls)
    for number in range(1, calls + 1, 3):
        made = World(RULES, partitions=1)
        made.publish(story, NINE + 9 * HOUR)
        setattr(made, f"crash_{when}", number)
        asyncio.run(made.run())
        assert made.crashes == 1
        assert results(made) == expected, f"crash {when} call {number}: {undisturbed.calls[number - 1]}"


def test_slices_of_any_size_give_the_same() -> None:
    a, b = leads(phases([A, B]))
    steps = [A, B], [judged("j", "same", a, b)], events_of(40), [judged("k", "different", a, b, 55)], events_of(60)
    expected = phases(*steps, partitions=1)
    for size in (1, 2, 7, 100):
        made = phases(*steps, partitions=1, detect_size=size)
        assert [s.as_json() for s in made.library.signals] == [s.as_json() for s in expected.library.signals]
        assert made.states() == expected.states()


def crowd(size: int) -> list[Any]:
    """Return people of one company with few names and neighbouring numbers: leads join, part and join others again."""
    names = ["张伟杰", "王建国", "李晓明", "欧阳锋", "刘德华", "陈思思"]
    return [
        form(f"e{n}", name=names[n % 6] + "某" * (n % 3), phone=str(13800138000 + n * 7), company=BAIDU,
             email=f"u{n}@example.com", minute=n)
        for n in range(size)
    ]  # fmt: skip


@pytest.mark.parametrize(("partitions", "cleanse_size"), [(2, 5), (1, 1), (3, 40)])
def test_in_a_crowd_every_memory_ends_with_its_person_and_nothing_is_passed_on_for_ever(
    partitions: int, cleanse_size: int
) -> None:
    made = World(RULES, partitions=partitions, cleanse_size=cleanse_size)
    made.publish(crowd(150), NINE + 9 * HOUR)

    async def run() -> None:
        await made._open()
        for _ in range(5_000):
            if not await made._turn():
                return
        raise AssertionError("facts are passed on for ever")

    asyncio.run(run())
    persons = {lead: member.person for lead, member in made.library.evidence.people.items()}
    assert len(set(persons.values())) < len(persons)
    assert max(member.version for member in made.library.evidence.people.values()) >= 3
    for lead, person in persons.items():
        held = state(made, person).together
        assert (held is None and lead == person) or lead in held.members, (lead, person)
    check_names(made)


def test_a_question_that_is_open_again_came_from_where_it_came_from_first() -> None:
    first = [
        form("a", name="张伟", phone="13800138000", company=BAIDU),
        form("b", name="章伟", phone="13900139000", company=BAIDU),
    ]
    (asked,) = phases(first, partitions=1).library.evidence.questions.values()
    assert (asked.source, asked.closed) == ("website", "")
    for answer in ("same", "different"):
        made = phases(
            first,
            [judged("j1", answer, asked.left, asked.right)],
            [judged("j2", "withdrawn", asked.left, asked.right, minute=31)],
            partitions=1,
        )
        (again,) = made.library.evidence.questions.values()
        assert (again.source, again.closed, again.reason) == ("website", "", asked.reason)
