"""Who is told what when leads become one person and part again."""

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
