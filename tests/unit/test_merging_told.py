"""Who is told what when leads become one person and part again."""

from itertools import pairwise
from typing import Any

import pytest

from tests.memory_world import World
from tests.unit.test_identity_live import BAIDU, XIAOMI, form, signals
from tests.unit.test_merging_live import event, events_of, judged, leads, other, phases, row

A = form("a", name="张伟杰", phone="13800138000", region="华东", company=BAIDU)
B = form("b", name="李小明", email="lxm@example.cn", region="华南", company=XIAOMI, minute=1)
PAIR = leads(phases([A, B]))
MERGE, PART = judged("j", "same", *PAIR), judged("k", "different", *PAIR, 55)


def reps(world: World) -> dict[str, str]:
    return {lead: world.library.leads[lead].fields["rep_id"] for lead in PAIR}


def told(world: World, event_id: str) -> set[tuple[Any, ...]]:
    return {
        (
            each.entity,
            each.evidence["field"],
            each.evidence["old"],
            each.evidence["new"],
            each.evidence["why"],
            *each.to,
        )
        for each in signals(world, "lead_updated")
        if each.evidence["event_id"] == event_id
    }


@pytest.mark.parametrize("meanwhile", [[], events_of(40)])
def test_the_reps_of_both_leads_are_told_that_they_are_one_and_that_they_part(meanwhile: list[Any]) -> None:
    plain = reps(phases([A, B]))
    made = phases([A, B], [MERGE], meanwhile, [PART])
    everybody = {*(f"rep:{rep}" for rep in plain.values()), "role:manager"}
    assert len(everybody) == 3
    for kind in ("leads_merged", "leads_unmerged"):
        (signal,) = signals(made, kind)
        assert set(signal.to) == everybody
        assert signal.evidence["rep_id"] == plain[signal.entity]


def test_values_that_merging_and_parting_replace_are_told_to_the_rep() -> None:
    made = phases([A, B], [MERGE], [other(40)], [PART])
    (merged,) = signals(made, "leads_merged")
    head, rep = merged.entity, f"rep:{reps(made)[merged.entity]}"
    replaced = {"company": (BAIDU, XIAOMI), "name": ("张伟杰", "李小明"), "region": ("华东", "华南")}
    assert head == PAIR[0]
    assert told(made, "j") == {(head, field, *pair, "identity.merged", rep) for field, pair in replaced.items()}
    back = {(head, field, *reversed(pair), "identity.unmerged", rep) for field, pair in replaced.items()}
    assert told(made, "k") == back


def test_a_merge_that_replaces_nothing_tells_of_no_value() -> None:
    same = form("b", email="lxm@example.cn", region="华东")
    made = phases([A, same], [judged("j", "same", *leads(phases([A, same])))])
    assert signals(made, "leads_merged")
    assert not signals(made, "lead_updated")


HEAD = form("x", name="赵大海", wechat="wx_zdh88", company="甲乙丙有限公司", minute=0)
SECOND = form("b", name="李小明", email="lxm@example.cn", company=XIAOMI, minute=2)
THIRD = form("a", name="张伟杰", phone="13800138000", company=BAIDU, minute=3)


@pytest.mark.parametrize("updated", [False, True], ids=["untouched", "with a value of its own meanwhile"])
def test_who_went_with_others_under_a_third_name_tells_its_own_values_when_it_is_back(updated: bool) -> None:
    leads = {name: phases([HEAD, THIRD, SECOND]).library._events[name][0].lead for name in "xab"}
    head, third, second = leads["x"], leads["a"], leads["b"]
    further = [event("u", "lead_updated", "email", "lxm@example.cn", 32, company="一二三商贸行")] if updated else []
    world = phases(
        [HEAD, THIRD, SECOND],
        [judged("j", "same", third, second, 30)],
        [judged("k", "same", head, third, 31)],
        further,
        [judged("l", "different", head, second, 33), judged("m", "different", third, second, 34)],
        [judged("n", "same", head, third, 35)],
    )
    last: dict[str, str] = {}
    for one in world.library.signals:
        if one.kind == "lead_updated" and one.entity == second:
            assert last.get(one.evidence["field"], one.evidence["old"]) == one.evidence["old"]
            last[one.evidence["field"]] = one.evidence["new"]
    values = row(world, second)
    assert values["company"] == ("一二三商贸行" if updated else XIAOMI)
    assert last == {name: values[name] for name in last}
    assert last.keys() == {"company", "name"}


def test_what_the_lead_by_whose_name_they_went_alone_would_have_told_is_told_when_it_is_alone_again() -> None:
    row = {"name": "张伟杰", "phone": "13800138000"}
    imported = {**form("a", minute=0), "type": "lead_imported", "data": {"row": row, "file": "a.xlsx", "line": 1}}
    writes = form("u", ("phone", "13800138000"), minute=40, interest="CRM")
    steps = [imported, B], [judged("j", "same", *leads(phases([imported, B])))], [writes]
    a, _ = leads(phases(steps[0]))
    made = phases(*steps, [judged("k", "different", *leads(phases(steps[0])), 55)])
    (merged,) = signals(made, "leads_merged")
    assert merged.entity == a
    awakened = [each for each in made.library.signals if each.rule == "lead.woken"]
    assert [(each.entity, each.evidence["event_id"]) for each in awakened] == [(a, "u")]


TRIO = [
    form("x", name="赵大海", wechat="wx_zdh88", region="华东"),
    form("b", name="李小明", email="lxm@example.cn", title="经理", minute=1),
    form("a", name="张伟杰", phone="13800138000", region="华南", minute=2),
]


def told_of(made: World, lead: str, field: str) -> list[tuple[str | None, str]]:
    told = [each.evidence for each in signals(made, "lead_updated") if each.entity == lead]
    return [(each["old"], each["new"]) for each in told if each["field"] == field]


def test_a_lead_s_own_first_value_takes_the_place_of_the_one_that_another_had_brought() -> None:
    first, second, third = (phases(TRIO).library._events[name][0].lead for name in "xab")
    steps = (
        [judged("j", "same", second, third, 30)],
        [judged("k", "same", first, second, 31)],
        [event("u", "lead_updated", "phone", "13800138000", 35, title="总监")],
    )
    pairs = [(first, second), (first, third), (second, third)]
    made = phases(TRIO, *steps, [judged(f"l{n}", "different", *pair, 40 + n) for n, pair in enumerate(pairs)])
    assert row(made, second)["title"] == "总监"
    assert told_of(made, second, "title") == [("经理", "总监")]


def test_a_value_of_others_with_whom_a_lead_is_back_is_told_behind_its_own() -> None:
    first, second, third = (phases(TRIO).library._events[name][0].lead for name in "xab")
    steps = (
        [judged("j", "same", first, second, 30)],
        [event("u", "lead_updated", "phone", "13800138000", 35, title="总监")],
        [event("v", "lead_updated", "phone", "13800138000", 36, title="主任")],
        [{**event("w", "lead_updated", "email", "lxm@example.cn", 37, title="局长"), "rep_id": "r1"}],
        [judged("k", "same", second, third, 38)],
    )
    made = phases(
        TRIO, *steps, [judged("l", "different", first, second, 40), judged("m", "different", first, third, 41)]
    )
    told = told_of(made, second, "title")
    assert row(made, second)["title"] == "局长"
    assert told[-1][1] == "局长"
    assert all(one[1] == other[0] for one, other in pairwise(told)), told


def test_of_one_event_that_value_is_told_again_which_was_not_told() -> None:
    colleague = form("a", name="张伟杰", phone="13800138000", region="华南", company=BAIDU)  # both have rep r3
    corrected = {**event("v", "lead_updated", "phone", "13800138000", 35, company="一二三商贸行"), "rep_id": "r3"}
    values = event("u", "lead_updated", "email", "lxm@example.cn", 40, title="总监", company=BAIDU, name="李晓明")
    made = phases([colleague, B], [MERGE], [corrected], [values], [PART])
    told = [each for each in signals(made, "lead_updated") if each.evidence["event_id"] == "u"]
    a, b = PAIR
    assert {each.evidence["field"] for each in told if each.entity == a} == {"name", "title"}
    assert [each.evidence["field"] for each in told if each.entity == b] == ["company"]
