"""Daily summary and funnel, as a rep and a sales manager would read them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.detectors.summary import MOST_ITEMS
from processors.history import damages
from schemas.rules import RuleBook, load_rule_book
from schemas.times import DAY, HOUR, to_iso
from tests.unit.detector_bench import NINE, Bench

MONDAY = NINE + 2 * DAY  # 23 November 2026, 9:00
SIX = MONDAY + 9 * HOUR


@pytest.fixture
def bench() -> Bench:
    return Bench(RuleBook())


def act(bench: Bench, kind: str, at: int, about: str | None = "lead:a", **data: Any) -> None:
    bench.fact(kind, at, "rep:r1", rep="r1", about=about, **data)


def summaries(bench: Bench) -> list[Any]:
    return [signal for signal in bench.signals if signal.kind == "daily_summary"]


def test_at_six_the_rep_reads_the_day_and_every_line_names_its_events(bench: Bench) -> None:
    act(bench, "lead_assigned", MONDAY, lead="lead:b", rep_id="r1", region="华东")
    act(bench, "customer_touched", MONDAY + 1, channel="call")
    act(bench, "contact_noted", MONDAY + 2, channel="call", topic="x", mood="neutral")
    act(bench, "customer_touched", MONDAY + HOUR, channel="call")
    act(
        bench,
        "deal_gate_changed",
        MONDAY + HOUR,
        deal="deal:d1",
        stage="legal",
        blocked=True,
        missing="legal_clearance",
    )
    act(bench, "deal_updated", MONDAY + HOUR, deal_id="d1", stage="legal")
    bench.until(SIX)
    (told,) = summaries(bench)
    assert (told.to, told.at) == (("rep:r1",), SIX)
    assert told.title["zh"] == "今日小结：进展 3 项，待办 2 项，需要帮助 1 项"
    progress = {(line["what"], line["about"]): (line["count"], line["events"]) for line in told.evidence["progress"]}
    assert progress == {
        ("customer_touched", "lead:a"): (2, ["event-1", "event-3"]),
        ("contact_noted", "lead:a"): (1, ["event-2"]),
        ("deal_updated", "deal:d1"): (1, ["event-5"]),
    }
    assert [(line["what"], line["about"], line["events"]) for line in told.evidence["open"]] == [
        ("lead", "lead:b", ["event-0"]), ("note", "lead:a", ["event-3"]),
    ]  # fmt: skip
    (help_,) = told.evidence["help"]
    assert (help_["about"], help_["missing"]) == ("deal:d1", "legal_clearance")
    assert all(line["events"] and line["text"]["zh"] for part in told.evidence.values() for line in part)


def test_lines_name_leads_as_they_were_called_when_the_rep_got_them(bench: Bench) -> None:
    assigned = {"rep_id": "r1", "region": "华东"}
    for lead, label in (("lead:a", "王小明"), ("lead:b", "蓝海科技有限公司"), ("lead:c", None)):
        act(bench, "lead_assigned", MONDAY, lead, lead=lead, **assigned, **({"label": label} if label else {}))
    act(bench, "customer_touched", MONDAY + 1, channel="call")
    act(bench, "followed_up", MONDAY + 2, "lead:x", channel="call")
    bench.until(SIX)
    (told,) = summaries(bench)
    assert [line["text"]["zh"] for line in told.evidence["progress"]] == ["联系客户：王小明", "跟进线索：lead:x"]
    texts = [(line["about"], line["text"]["zh"], line["text"]["en"]) for line in told.evidence["open"]]
    assert texts == [
        ("lead:b", "新线索待跟进：蓝海科技有限公司", "New lead waits for its first contact: 蓝海科技有限公司"),
        ("lead:c", "新线索待跟进：lead:c", "New lead waits for its first contact: lead:c"),
        ("lead:a", "联系尚无记录：王小明", "A contact has no note yet: 王小明"),
    ]


def test_a_rep_of_many_leads_has_the_names_of_the_newest(bench: Bench) -> None:
    for number in range(MOST_ITEMS + 1):
        data = {"lead": f"lead:{number}", "rep_id": "r1", "region": "华东", "label": f"客户{number}"}
        act(bench, "lead_assigned", MONDAY + number, f"lead:{number}", **data)
    for lead in ("lead:0", "lead:1"):
        act(bench, "followed_up", MONDAY + HOUR, lead, channel="call")
    bench.until(SIX)
    (told,) = summaries(bench)
    assert [line["text"]["zh"] for line in told.evidence["progress"]] == ["跟进线索：lead:0", "跟进线索：客户1"]


# What a rep does, hours after Monday 9:00, and the summaries that come: (hours, lines of progress, open items).
DAYS = [
    ("nothing, no summary", [], []),
    ("one contact with its note", [("customer_touched", 1), ("contact_noted", 2)], [(9, 2, 0)]),
    ("a note that is heard of before its contact", [("contact_noted", 2), ("customer_touched", 1)], [(9, 2, 0)]),
    ("a note of an earlier contact", [("contact_noted", 1), ("customer_touched", 2)],
     [(9, 2, 1), (33, 0, 1), (57, 0, 1), (81, 0, 1), (105, 0, 1), (177, 0, 1)]),
    ("after six it belongs to tomorrow", [("followed_up", 10)], [(33, 1, 0)]),
    ("at six sharp it belongs to tomorrow", [("followed_up", 9)], [(33, 1, 0)]),
    ("two days", [("followed_up", 1), ("followed_up", 25)], [(9, 1, 0), (33, 1, 0)]),
    ("an open item is carried on each working day, not over the weekend", [("lead_assigned", 73)],
     [(81, 0, 1), (105, 0, 1), (177, 0, 1)]),
    ("until it is closed", [("lead_assigned", 1), ("followed_up", 26)], [(9, 0, 1), (33, 1, 0)]),
    ("work on a Sunday is told on Sunday", [("followed_up", 145)], [(153, 1, 0)]),
]  # fmt: skip


@pytest.mark.parametrize(("story", "events", "expected"), DAYS, ids=[row[0] for row in DAYS])
def test_which_summaries_come(bench: Bench, story: str, events: Any, expected: Any) -> None:
    for kind, hours in events:
        bench.until(MONDAY + hours * HOUR - 1)
        act(bench, kind, MONDAY + hours * HOUR, lead="lead:a", topic="x")
    bench.until(MONDAY + 180 * HOUR)
    found = [((s.at - MONDAY) // HOUR, len(s.evidence["progress"]), len(s.evidence["open"])) for s in summaries(bench)]
    assert found == expected


def test_what_is_heard_of_late_is_told_the_next_day(bench: Bench) -> None:
    act(bench, "followed_up", MONDAY)
    bench.until(SIX)
    act(bench, "followed_up", MONDAY + HOUR)
    bench.until(SIX + DAY)
    assert [len(signal.evidence["progress"]) for signal in summaries(bench)] == [1, 1]


def test_open_items_are_forgotten_after_a_fortnight(bench: Bench) -> None:
    act(bench, "lead_assigned", MONDAY, lead="lead:a")
    bench.until(MONDAY + 60 * DAY)
    assert 9 <= len(summaries(bench)) <= 11
    assert bench.state("rep:r1", "summary")["open"] == {}


def test_a_busy_day_is_bounded_and_nothing_is_lost_count_of(bench: Bench) -> None:
    for number in range(500):
        act(bench, "followed_up", MONDAY + number, about=f"lead:{number}")
    bench.until(SIX)
    (told,) = summaries(bench)
    assert len(told.evidence["progress"]) == 41
    assert sum(line["count"] for line in told.evidence["progress"]) == 500


@given(st.lists(st.integers(0, 5 * DAY), min_size=1, max_size=40))
def test_every_fact_is_in_exactly_one_summary(moments: list[int]) -> None:
    bench = Bench(RuleBook())
    for moment in sorted(moments):
        bench.until(MONDAY + moment - 1)
        act(bench, "deal_updated", MONDAY + moment, deal_id="d")
    bench.until(MONDAY + 7 * DAY)
    told = [line for signal in summaries(bench) for line in signal.evidence["progress"]]
    assert sum(line["count"] for line in told) == len(moments)


# --- funnel ----------------------------------------------------------------------------------------------------
def form(bench: Bench, at: int = NINE, **extra: Any) -> None:
    bench.fact("form_submitted", at, form="f", phone="+8613800138000", **({"extra": extra} if extra else {}))


def stages(bench: Bench) -> list[tuple[str | None, str | None]]:
    return [(change.old, change.new) for change in bench.changes if change.field == "stage"]


# What happens to a lead, and the stages that it passes.
PASSAGES = [
    ("only a form", [], ["new"]),
    ("called twice", [("customer_touched", {}), ("customer_touched", {})], ["new", "contacted"]),
    ("browsing is no progress", [("page_viewed", {"url": "/"})], ["new"]),
    ("straight to a quote", [("deal_updated", {"stage": "commercial"})], ["new", "commercial"]),
    ("never backwards", [("deal_updated", {"stage": "legal"}), ("followed_up", {})], ["new", "legal"]),
    ("ordered", [("followed_up", {}), ("order_placed", {"order_id": "o", "amount": "1"})], ["new", "contacted", "won"]),
    ("won, and a new deal", [("order_placed", {"order_id": "o"}), ("deal_updated", {"stage": "solution"})],
     ["new", "won", "solution"]),
    ("won, and a call", [("order_placed", {"order_id": "o"}), ("customer_touched", {})], ["new", "won"]),
    ("lost", [("deal_updated", {"stage": "lost"})], ["new", "lost"]),
    ("an update without a stage", [("deal_updated", {"amount": "5"})], ["new"]),
]  # fmt: skip


@pytest.mark.parametrize(("story", "events", "expected"), PASSAGES, ids=[row[0] for row in PASSAGES])
def test_how_a_lead_passes_through_the_funnel(bench: Bench, story: str, events: Any, expected: list[str]) -> None:
    form(bench)
    for number, (kind, data) in enumerate(events, start=1):
        bench.fact(kind, NINE + number, **data)
    assert [new for _, new in stages(bench)] == expected
    assert [old for old, _ in stages(bench)] == [None, *expected[:-1]]
    assert not list(damages(bench.changes))


def test_a_lead_knows_its_source_and_the_variant_it_came_through(bench: Bench) -> None:
    form(bench, variant="green button")
    fields = {change.field: change.new for change in bench.changes}
    assert (fields["source"], fields["variant"]) == ("website", "green button")


def test_customers_who_never_were_leads_are_in_no_funnel(bench: Bench) -> None:
    bench.fact("order_placed", NINE, order_id="o", amount="1")
    assert bench.changes == []


def test_the_rule_book_names_the_stages() -> None:
    bench = Bench(
        load_rule_book("""
funnel:
  stages: [{name: fresh}, {name: asked, entered_by: [{type: module_interest, field: module, any_of: [crm]}]}]
""")
    )
    form(bench)
    bench.fact("module_interest", NINE + 1, module="erp")
    bench.fact("module_interest", NINE + 2, module="crm")
    assert stages(bench) == [(None, "fresh"), ("fresh", "asked")]
    assert to_iso(bench.state("lead:a", "funnel")["at"]) == to_iso(NINE + 2)


def test_an_event_of_a_broken_clock_does_not_make_a_summary_for_every_day_since(bench: Bench) -> None:
    act(bench, "lead_assigned", MONDAY, lead="lead:b", rep_id="r1", region="华东")
    act(bench, "lead_assigned", MONDAY - 9_000 * DAY, lead="lead:c", rep_id="r1", region="华东")
    bench.until(SIX)
    told = [(signal.at, [line["about"] for line in signal.evidence["open"]]) for signal in summaries(bench)]
    assert told[-1] == (SIX, ["lead:b"])
    assert len(told) <= RuleBook().summary.open_days + 1
    assert all(about == ["lead:c"] for _, about in told[:-1])
