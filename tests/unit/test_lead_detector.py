"""The lead record: beginning, assignment in turn, which value wins, who is told."""

from itertools import permutations

import pytest

from processors.history import broken_link
from schemas.rules import load_rule_book
from tests.unit.detector_bench import Bench

RULES = """
assignment: {rosters: {华东: [r1, r2, r3], 华南: [r4]}}
lead: {source_priority: {website: 0}}
"""
OLD, NEW = "+8613800138000", "+8613912345678"


@pytest.fixture
def bench() -> Bench:
    return Bench(load_rule_book(RULES))


def form(bench: Bench, entity: str = "lead:a", minute: float = 0, **data: str) -> None:
    bench.fact(
        "form_submitted", bench.minutes(minute), entity, **{"form": "trial", "phone": OLD, "region": "华东", **data}
    )


def test_a_form_with_a_contact_makes_a_lead_once(bench: Bench) -> None:
    form(bench, name="张三")
    form(bench, minute=5, name="张三")
    assert bench.kinds() == ["lead_created", "lead_assigned"]
    created, assigned = bench.signals
    assert created.to == ("role:manager",)
    assert created.title == {"zh": "新线索：张三", "en": "New lead: 张三"}
    assert created.evidence["fields"]["phone"] == "+86138****8000"
    assert assigned.to == ("rep:r1",)


def test_a_form_without_a_contact_makes_none_until_one_comes(bench: Bench) -> None:
    bench.fact("form_submitted", bench.minutes(0), form="newsletter", name="张三")
    assert bench.kinds() == []
    form(bench, minute=1)
    assert bench.kinds() == ["lead_created", "lead_assigned"]


def test_browsing_and_orders_make_no_lead(bench: Bench) -> None:
    bench.fact("page_viewed", bench.minutes(0), url="https://example.com")
    bench.fact("order_placed", bench.minutes(1), order_id="1", amount="3")
    assert bench.kinds() == []


def test_leads_of_a_region_go_round(bench: Bench) -> None:
    for number in range(7):
        form(bench, f"lead:{number}")
    form(bench, "lead:south", region="华南")
    reps = [signal.to[0] for signal in bench.signals if signal.kind == "lead_assigned"]
    assert reps == ["rep:r1", "rep:r2", "rep:r3", "rep:r1", "rep:r2", "rep:r3", "rep:r1", "rep:r4"]


def test_nobody_on_duty_leaves_the_lead_to_the_manager(bench: Bench) -> None:
    form(bench, region="火星")
    assert bench.kinds() == ["lead_created"]


def test_a_phone_confirmed_by_both_codes_corrects_the_lead_and_tells_its_rep(bench: Bench) -> None:
    form(bench)
    bench.fact("phone_changed", bench.minutes(9), old=OLD, new=NEW, old_code_verified=True, new_code_verified=True)
    told = bench.signals[-1]
    assert (told.kind, told.to) == ("lead_updated", ("rep:r1",))
    assert (told.evidence["old"], told.evidence["new"]) == (OLD, NEW)
    assert told.evidence["why"] == "phone.confirmed_by_code"
    assert bench.state("lead:a", "lead")["fields"]["phone"][0] == NEW
    assert broken_link(bench.changes) is None
    assert [(c.field, c.old, c.new) for c in bench.changes][-2:] == [
        ("phone", OLD, NEW),
        ("reachability", "valid", "verified"),
    ]


@pytest.mark.parametrize(("old_ok", "new_ok"), [(True, False), (False, True), (False, False)])
def test_a_phone_not_confirmed_by_both_codes_changes_nothing(bench: Bench, old_ok: bool, new_ok: bool) -> None:
    form(bench)
    bench.fact("phone_changed", bench.minutes(9), old=OLD, new=NEW, old_code_verified=old_ok, new_code_verified=new_ok)
    assert "lead_updated" not in bench.kinds()
    assert bench.state("lead:a", "lead")["fields"]["phone"][0] == OLD


def test_an_unconfirmed_number_does_not_replace_a_confirmed_one(bench: Bench) -> None:
    bench.fact("form_submitted", bench.minutes(0), form="f", phone=OLD, region="华东", verified=[f"phone:{OLD}"])
    form(bench, minute=60, phone=NEW)
    assert "lead_updated" not in bench.kinds()
    assert bench.state("lead:a", "lead")["fields"]["phone"][0] == OLD


def test_which_value_holds_does_not_depend_on_the_order_of_arrival() -> None:
    events = [(0, "张三"), (10, "张三丰"), (10, "张三封"), (20, "张先生")]
    held = set()
    for order in permutations(events):
        bench = Bench(load_rule_book(RULES))
        for minute, name in order:
            form(bench, minute=minute, name=name)
        held.add(bench.state("lead:a", "lead")["fields"]["name"][0])
    assert held == {"张先生"}
