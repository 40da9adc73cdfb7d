"""The lead record: beginning, assignment in turn, which value wins, who is told."""

from itertools import permutations

import pytest

from processors.history import damages
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


PLACES = """
assignment:
  by_place: {浙江: 华东, 宁波市: 宁波, 余杭区: 杭州北}
  rosters: {华东: [r1], 宁波: [r2], 杭州北: [r3]}
"""


@pytest.mark.parametrize(
    ("address", "rep", "region"),
    [
        ("浙江省绍兴市越城区解放路1号", "rep:r1", "华东"),
        ("宁波海曙中山路1号", "rep:r2", "宁波"),
        ("杭州市余杭区文一西路969号", "rep:r3", "杭州北"),
        ("西安碑林友谊东路81号", None, None),
        ("鼓楼区中山路", None, None),
    ],
)
def test_a_region_follows_from_the_address_where_the_book_says_so(
    address: str, rep: str | None, region: str | None
) -> None:
    bench = Bench(load_rule_book(PLACES))
    form(bench, region="", address=address)
    assert [signal.to[0] for signal in bench.signals if signal.kind == "lead_assigned"] == ([rep] if rep else [])
    created = next(signal for signal in bench.signals if signal.kind == "lead_created")
    assert created.region == region
    found = [(change.new, change.rule) for change in bench.changes if change.field == "region"]
    assert found == ([(region, "assignment.by_place")] if region else [])


def test_a_region_that_is_named_outranks_one_that_was_derived() -> None:
    bench = Bench(load_rule_book(PLACES))
    form(bench, region="华东", address="宁波海曙中山路1号")
    form(bench, "lead:b", region="", address="宁波海曙中山路1号")
    bench.fact("lead_updated", bench.minutes(-60), "lead:b", region="华东")
    regions = [(change.lead, change.new) for change in bench.changes if change.field == "region"]
    assert regions == [("lead:a", "华东"), ("lead:b", "宁波"), ("lead:b", "华东")]


def test_without_a_table_of_places_no_region_is_derived(bench: Bench) -> None:
    form(bench, region="", address="浙江省绍兴市越城区解放路1号")
    assert [change for change in bench.changes if change.field == "region"] == []


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
    assert not list(damages(bench.changes))
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


def test_the_summary_of_its_rep_names_a_lead_that_waits(bench: Bench) -> None:
    form(bench, name="张三")
    bench.until(bench.minutes((2 * 24 + 9) * 60))  # Monday at six
    (told,) = (signal for signal in bench.signals if signal.kind == "daily_summary")
    assert [line["text"]["zh"] for line in told.evidence["open"]] == ["新线索待跟进：张三"]


def updated(bench: Bench, minute: float, **data: str) -> None:
    bench.fact("lead_updated", bench.minutes(minute), "lead:a", **data)


def test_a_lead_begins_once_somebody_asked_and_can_be_reached_whichever_comes_first(bench: Bench) -> None:
    bench.fact("form_submitted", bench.minutes(0), "lead:a", form="newsletter", name="张三", region="华东")
    updated(bench, 5, phone=OLD)
    assert bench.kinds() == ["lead_created", "lead_assigned"]
    created = bench.signals[0]
    assert (created.evidence["type"], created.evidence["source"]) == ("form_submitted", "website")
    assert created.evidence["welcome"]["channel"] == "phone"  # who wrote is written to
    state = bench.state("lead:a", "lead")
    assert state["created"] == bench.minutes(5)
    assert "awaits" not in state


@pytest.mark.parametrize("data", [{}, {"name": "张三"}, {"phone": OLD}])
@pytest.mark.parametrize("minute", [5, 15])
def test_whom_a_system_knows_is_a_lead_once_they_write_though_they_tell_nothing_new(
    bench: Bench, minute: int, data: dict[str, str]
) -> None:
    updated(bench, 10, phone=OLD, name="张三", region="华东")
    assert bench.kinds() == []
    bench.fact("form_submitted", bench.minutes(minute), "lead:a", form="trial", **data)
    assert bench.kinds() == ["lead_created", "lead_assigned"]


def test_a_row_without_a_contact_stays_one_of_many_when_its_contact_comes(bench: Bench) -> None:
    row = {"name": "张三", "region": "华东"}
    bench.fact("lead_imported", bench.minutes(0), "lead:a", row=row, file="leads.xlsx", line=7)
    updated(bench, 5, phone=OLD)
    (created,) = bench.signals
    assert (created.kind, created.to, created.evidence["file"], created.evidence["line"]) == (
        "lead_created", (), "leads.xlsx", 7
    )  # fmt: skip
    form(bench, minute=9)
    assert bench.signals[-1].rule == "lead.woken"


def test_who_wrote_is_not_one_of_many_though_a_table_has_the_contact(bench: Bench) -> None:
    bench.fact("form_submitted", bench.minutes(0), "lead:a", form="newsletter", name="张三")
    bench.fact("lead_imported", bench.minutes(1), "lead:a", row={"phone": OLD, "region": "华东"}, file="a.xlsx", line=7)
    assert bench.kinds() == ["lead_created", "lead_assigned"]
    assert bench.signals[0].to == ("role:manager",)
