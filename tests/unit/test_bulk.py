"""Leads that come in bulk: nobody is alerted row by row, each rep is told how many, and duties wait for the lead."""

from typing import Any

import pytest

from schemas.rules import load_rule_book
from tests.unit.detector_bench import Bench

RULES = """
assignment: {rosters: {华东: [r1, r2]}, digest_minutes: 10}
followup: {first_contact_minutes: 30}
nurture: {after_hours: 72}
"""


@pytest.fixture
def bench() -> Bench:
    return Bench(load_rule_book(RULES))


def row(bench: Bench, number: int, minute: float = 0, region: str = "华东", **more: Any) -> None:
    values = {"name": f"客户{number}", "phone": f"+86138{number:08}", "region": region, **more}
    bench.fact("lead_imported", bench.minutes(minute), f"lead:{number}", row=values, file="展会.xlsx", line=number + 2)


def form(bench: Bench, number: int, minute: float) -> None:
    data = {"form": "trial", "phone": f"+86138{number:08}", "region": "华东"}
    bench.fact("form_submitted", bench.minutes(minute), f"lead:{number}", **data)


def told(bench: Bench) -> list[tuple[str, tuple[str, ...]]]:
    """Return kind and recipients of every signal that reaches somebody."""
    return [(signal.kind, signal.to) for signal in bench.signals if signal.to]


def test_a_table_of_leads_alerts_nobody_row_by_row(bench: Bench) -> None:
    for number in range(5):
        row(bench, number, number / 10)
    assert told(bench) == []
    assert bench.kinds() == ["lead_created"] * 5
    assert bench.signals[0].evidence == {
        "source": "website", "type": "lead_imported", "event_id": "event-0", "file": "展会.xlsx", "line": 2,
    }  # fmt: skip
    assert [change.new for change in bench.changes if change.field == "rep_id"] == ["r1", "r2", "r1", "r2", "r1"]


def test_who_has_no_region_is_named_so_in_each_language(bench: Bench) -> None:
    bench.fact("lead_imported", bench.minutes(0), "lead:1", row={"phone": "+8613800000001"}, file="展会.xlsx", line=2)
    bench.until(bench.minutes(30))
    assert bench.signals[-1].title == {"zh": "未分区域：新导入 1 条线索", "en": "No region: 1 imported leads"}


def test_each_rep_and_the_manager_are_told_once_how_many(bench: Bench) -> None:
    for number in range(5):
        row(bench, number, number / 10)
    bench.until(bench.minutes(9.9))
    assert told(bench) == []
    bench.until(bench.minutes(30))
    assert told(bench) == [
        ("leads_imported", ("rep:r1",)),
        ("leads_imported", ("rep:r2",)),
        ("leads_imported", ("role:manager",)),
    ]
    first, _, manager = bench.signals[-3:]
    assert first.title["zh"] == "华东：新导入 3 条线索分配给你"
    assert first.evidence["files"] == ["展会.xlsx"]
    assert manager.evidence["reps"] == {"r1": 3, "r2": 2}
    assert (manager.evidence["count"], manager.region) == (5, "华东")
    bench.until(bench.minutes(600))
    assert len(told(bench)) == 3  # said once


def test_a_later_table_has_a_digest_of_its_own(bench: Bench) -> None:
    row(bench, 1)
    bench.until(bench.minutes(20))
    row(bench, 2, 25)
    bench.until(bench.minutes(60))
    assert [signal.evidence["count"] for signal in bench.signals if signal.to == ("role:manager",)] == [1, 1]


def test_leads_without_a_rep_are_told_to_the_manager(bench: Bench) -> None:
    row(bench, 1, region="火星")
    bench.until(bench.minutes(20))
    assert told(bench) == [("leads_imported", ("role:manager",))]
    assert bench.signals[-1].evidence["reps"] == {"-": 1}


def test_a_table_sets_no_deadlines(bench: Bench) -> None:
    row(bench, 1)
    bench.until(bench.minutes(60 * 24 * 10))
    assert {"followup_overdue", "nurture_started"}.isdisjoint(bench.kinds())


def test_a_lead_of_a_table_that_gets_in_touch_is_a_lead_like_any_other(bench: Bench) -> None:
    row(bench, 1)
    bench.until(bench.minutes(20))
    form(bench, 1, 100)
    assert told(bench)[-1] == ("lead_assigned", ("rep:r1",))
    assert bench.signals[-1].rule == "lead.woken"
    bench.until(bench.minutes(129))
    assert "followup_overdue" not in bench.kinds()
    bench.until(bench.minutes(131))
    assert bench.kinds()[-1] == "followup_overdue"
    form(bench, 1, 140)
    assert bench.kinds()[-1] == "followup_overdue"  # it gets in touch for the first time only once
    bench.until(bench.minutes(100 + 72 * 60 + 1))
    assert bench.kinds()[-1] == "nurture_started"


def test_a_rep_who_called_before_has_met_the_duty(bench: Bench) -> None:
    row(bench, 1)
    form(bench, 1, 100)
    bench.fact("followed_up", bench.minutes(101), "lead:1", rep="r1", channel="call")
    bench.until(bench.minutes(200))
    assert "followup_overdue" not in bench.kinds()


def test_of_a_table_only_what_replaces_a_value_is_told_at_once(bench: Bench) -> None:
    form(bench, 1, 0)
    before = len(bench.signals)
    row(bench, 1, 5, company="甲公司", region="华南")
    assert [(signal.kind, signal.evidence["field"]) for signal in bench.signals[before:]] == [
        ("lead_updated", "region")
    ]
    assert {change.field for change in bench.changes} >= {"company", "name"}


def test_the_rule_book_says_what_comes_in_bulk() -> None:
    bench = Bench(load_rule_book(RULES + "lead: {in_bulk: []}\n"))
    row(bench, 1)
    assert told(bench) == [("lead_created", ("role:manager",)), ("lead_assigned", ("rep:r1",))]
    bench.until(bench.minutes(31))
    assert bench.kinds()[-1] == "followup_overdue"
