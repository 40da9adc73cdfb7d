"""Forecasts, as a director would read them: what one is worth, which dates nobody has met, why one was missed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.detectors.segment import DETECTOR as SEGMENT
from processors.forecasts import cause_of, credibility, implausible
from schemas.fact import RuleBookChange
from schemas.rules import RuleBook, load_rule_book
from schemas.rules.forecast import ForecastRules
from schemas.times import DAY, to_iso
from tests.unit.detector_bench import NINE, Bench

RULES = ForecastRules()
DAYS = 1_440


def update(bench: Bench, day: float, deal: str = "d1", **data: Any) -> None:
    bench.until(NINE + round(day * DAY) - 1)
    bench.fact("deal_updated", NINE + round(day * DAY), f"deal:{deal}", rep="r1", deal_id=deal, **data)


def forecast(bench: Bench, day: float, neutral_on: str, deal: str = "d1", **data: Any) -> None:
    bench.until(NINE + round(day * DAY) - 1)
    bench.fact("forecast_submitted", NINE + round(day * DAY), f"deal:{deal}", rep="r1", deal_id=deal,
               neutral_on=neutral_on, **data)  # fmt: skip


def of(bench: Bench, kind: str) -> list[Any]:
    return [signal for signal in bench.signals if signal.kind == kind]


def test_an_older_word_about_a_deal_that_comes_late_changes_nothing() -> None:
    bench = Bench(RuleBook())
    bench.fact("deal_updated", NINE + DAY, "deal:d1", rep="r2", deal_id="d1", amount="900", segment="large")
    bench.fact("deal_updated", NINE, "deal:d1", rep="r1", deal_id="d1", amount="100", segment="small")
    kept = bench.state("deal:d1", "forecast")
    assert (kept["rep"], kept["amount"], kept["segment"], kept["begun"]) == ("r2", "900", "large", NINE)
    assert bench.state("deal:d1", "gates")["rep"] == "r2"


# --- decay -----------------------------------------------------------------------------------------------------
# The forecast is made on Saturday, 21 November 2026, for Tuesday 24 November; then what happens, by day.
DECAY = [
    ("nothing happens", [], 10, ["2026-11-26T16:00:00.000Z"]),
    ("two days after is not three", [], 5, []),
    ("a new forecast in time", [(4, forecast, {"neutral_on": "2026-12-30"})], 20, []),
    ("a new closing date counts as an update", [(4, update, {"close_on": "2026-12-30"})], 20, []),
    ("an update that names no date is none", [(4, update, {"amount": "5"})], 20, ["2026-11-26T16:00:00.000Z"]),
    ("won in time", [(3, update, {"stage": "won"})], 20, []),
    ("lost in time", [(3, update, {"stage": "lost"})], 20, []),
    (
        "lost and opened again",
        [(3, update, {"stage": "lost"}), (4, update, {"stage": "lead"})],
        20,
        ["2026-11-26T16:00:00.000Z"],
    ),
    (
        "opened again when the date had passed",
        [(3, update, {"stage": "lost"}), (9, update, {"stage": "lead"})],
        20,
        ["2026-11-30T01:00:00.000Z"],
    ),
    (
        "opened again with another date",
        [(3, update, {"stage": "lost"}), (9, update, {"stage": "lead", "close_on": "2026-12-30"})],
        20,
        [],
    ),
    ("the new date passes as well", [(4, forecast, {"neutral_on": "2026-11-26"})], 20, ["2026-11-28T16:00:00.000Z"]),
]


@pytest.mark.parametrize(("story", "happens", "until", "decays"), DECAY, ids=[row[0] for row in DECAY])
def test_which_forecasts_lose_worth_and_when(story: str, happens: Any, until: float, decays: list[str]) -> None:
    bench = Bench(RuleBook())
    forecast(bench, 0, "2026-11-24")
    for day, act, data in happens:
        act(bench, day, **data)
    bench.until(NINE + round(until * DAY))
    assert [to_iso(signal.at) for signal in of(bench, "forecast_decayed")] == decays


# A forecast for Tuesday 24 November, made under a curve of 3 and 10 days; another rule book comes, by day.
CURVES = [
    ("longer", 1, "{days: 7, factor: 0.6}", [("2026-11-30T16:00:00.000Z", 7)]),
    ("longer for what is left", 8, "{days: 3, factor: 0.6}, {days: 20, factor: 0.2}",
     [("2026-11-26T16:00:00.000Z", 3), ("2026-12-13T16:00:00.000Z", 20)]),
    ("shorter", 1, "{days: 1, factor: 0.6}, {days: 2, factor: 0.2}",
     [("2026-11-26T16:00:00.000Z", 1), ("2026-11-26T16:00:00.000Z", 2)]),
    ("without the step that was next", 8, "{days: 3, factor: 0.6}", [("2026-11-26T16:00:00.000Z", 3)]),
]  # fmt: skip


@pytest.mark.parametrize(("curve", "day", "steps", "decays"), CURVES, ids=[row[0] for row in CURVES])
def test_a_timer_of_a_former_rule_book_says_what_the_new_one_says(
    curve: str, day: int, steps: str, decays: list[tuple[str, int]]
) -> None:
    bench = Bench(load_rule_book("forecast: {decay: [{days: 3, factor: 0.6}, {days: 10, factor: 0.2}]}"))
    update(bench, 0, stage="commercial")
    forecast(bench, 0.1, "2026-11-24")
    bench.until(NINE + day * DAY)
    book = load_rule_book(f"forecast: {{decay: [{steps}]}}")
    bench.control(RuleBookChange(version=book.version, document=book.document, applied_by="t", applied_at=0))
    for later in range(day, 40):
        bench.until(NINE + later * DAY)
    told = [(to_iso(each.at), each.evidence["days_without_update"]) for each in of(bench, "forecast_decayed")]
    assert told == decays


def test_the_director_sees_what_a_forecast_is_still_worth() -> None:
    bench = Bench(load_rule_book("forecast: {decay: [{days: 3, factor: 0.6}, {days: 10, factor: 0.2}]}"))
    update(bench, 0, stage="commercial", amount="500000")
    bench.fact("evidence_attached", NINE + 1, "deal:d1", rep="r1", deal_id="d1", kind="budget_approval")
    forecast(bench, 0.1, "2026-11-24")
    bench.until(NINE + 30 * DAY)
    first, second = of(bench, "forecast_decayed")
    assert first.to == ("role:director", "rep:r1")
    assert first.title["zh"] == "商机 d1 的预测逾期 3 天未更新，可信度降至 60%"
    worth = first.evidence["credibility"]
    assert (worth["fresh"], worth["factor_before"], worth["factor_after"]) == (0.7, 1.0, 0.6)
    assert (worth["before"], worth["after"]) == (0.7, 0.42)
    assert (second.evidence["credibility"]["factor_before"], second.evidence["credibility"]["after"]) == (0.6, 0.14)


@given(st.sampled_from(["lead", "solution", "commercial", "legal", "won", "lost"]),
       st.sets(st.sampled_from(["budget_approval", "trial_agreement", "meeting_minutes", "case_study"])))  # fmt: skip
def test_credibility_is_a_share_and_evidence_never_lowers_it(stage: Any, evidence: set[str]) -> None:
    bare, full = credibility(RULES, stage, {}), credibility(RULES, stage, dict.fromkeys(evidence, 1))
    assert 0 <= bare <= full <= 1
    assert (full == 1) == (stage == "won")


# --- plausibility ----------------------------------------------------------------------------------------------
def cycles(bench: Bench, lengths: list[float], segment: str = "smb") -> None:
    for number, length in enumerate(lengths):
        deal = f"old{number}"
        at = NINE - round((200 - number) * DAY)
        bench.fact("deal_updated", at, f"deal:{deal}", rep="r1", deal_id=deal, stage="lead", segment=segment)
        bench.fact("deal_updated", at + round(length * DAY), f"deal:{deal}", rep="r1", deal_id=deal, stage="won")


TEN = [55, 58, 60, 60, 60, 61, 62, 64, 57, 63]  # mean 60 days, standard deviation 2.7


# A deal of 21 November 2026; the day on which it should close, and whether that can be believed.
PLAUSIBLE = [
    ("as long as the others", "2027-01-20", True),
    ("five days early", "2027-01-15", True),
    ("five days late", "2027-01-25", True),
    ("next week", "2026-11-30", False),
    ("in half a year", "2027-06-01", False),
    ("six days late", "2027-01-26", False),
]


@pytest.mark.parametrize(("story", "day", "plausible"), PLAUSIBLE, ids=[row[0] for row in PLAUSIBLE])
def test_which_dates_fit_the_segment(story: str, day: str, plausible: bool) -> None:
    bench = Bench(RuleBook())
    cycles(bench, TEN)
    update(bench, 0, stage="solution", segment="smb")
    forecast(bench, 0.1, day)
    found = of(bench, "forecast_implausible")
    assert (found == []) == plausible
    if found:
        assert set(found[0].evidence["dates"]) == {"neutral"}
        assert found[0].evidence["mean_days"] == 60
        assert found[0].evidence["cycles"] == 10


def test_each_of_the_three_dates_is_compared() -> None:
    bench = Bench(RuleBook())
    cycles(bench, TEN)
    update(bench, 0, stage="solution", segment="smb")
    forecast(bench, 0.1, "2027-01-20", optimistic_on="2026-12-01", pessimistic_on="2027-09-01")
    (found,) = of(bench, "forecast_implausible")
    assert set(found.evidence["dates"]) == {"optimistic", "pessimistic"}
    assert found.evidence["dates"]["optimistic"]["deviations"] < -2
    assert found.to == ("rep:r1", "role:manager")


@pytest.mark.parametrize(("story", "lengths", "segment"), [
    ("too few deals to compare with", TEN[:7], "smb"),
    ("another segment's cycle does not count", TEN, "enterprise"),
])  # fmt: skip
def test_nothing_is_implausible_without_a_history(story: str, lengths: list[float], segment: str) -> None:
    bench = Bench(RuleBook())
    cycles(bench, lengths, segment)
    update(bench, 0, stage="solution", segment="smb")
    forecast(bench, 0.1, "2026-11-23")
    assert of(bench, "forecast_implausible") == []


def test_the_same_forecast_is_questioned_once() -> None:
    bench = Bench(RuleBook())
    cycles(bench, TEN)
    update(bench, 0, stage="solution", segment="smb")
    forecast(bench, 0.1, "2026-11-30")
    bench.fact("segment_cycle_known", NINE + DAY, "deal:d1", cycles=10, mean_days=60.0, deviation_days=2.7)
    assert len(of(bench, "forecast_implausible")) == 1


@given(st.lists(st.floats(0, 1_000), min_size=2, max_size=60))
def test_a_segment_knows_mean_and_deviation_as_a_textbook_does(lengths: list[float]) -> None:
    from statistics import mean, stdev

    from processors.detectors.segment import _learnt

    state: Any = {}
    for length in lengths:
        state = _learnt(state, length, 1_000)
    count = state["cycles"]
    assert state["mean"] == pytest.approx(mean(lengths), abs=1e-6)
    assert (state["spread"] * count / (count - 1)) ** 0.5 == pytest.approx(stdev(lengths), abs=1e-4)
    assert SEGMENT.kinds == {"segment"}


def test_a_segment_forgets_what_is_long_ago() -> None:
    from processors.detectors.segment import _learnt

    state: Any = {}
    for length in [100.0] * 500 + [10.0] * 200:
        state = _learnt(state, length, 50)
    assert state["mean"] == pytest.approx(10, abs=2)


@given(st.floats(0, 400), st.floats(0, 90), st.integers(0, 100), st.dates().map(str))
def test_plausibility_is_symmetric_and_needs_enough_deals(mean: float, deviation: float, count: int, day: str) -> None:
    found = implausible(RULES, {"neutral": day}, NINE, (count, mean, deviation))
    assert not found or count >= RULES.least_cycles
    assert all(abs(one["deviations"]) >= RULES.deviations for one in found.values())


# --- outcomes --------------------------------------------------------------------------------------------------
CONTACT = "deal_contact"
# What happens between forecast (for 1 December) and the end, on which day of December it ends, and the cause.
OUTCOMES = [
    ("on time", [], 1, None, False),
    ("three days late is still on time", [], 4, None, False),
    ("late, and nobody knows why", [], 20, None, True),
    ("the customer's budget was postponed", [(CONTACT, {"topic": "预算推迟到明年"})], 20, "customer_delay", True),
    ("we had nobody to deliver", [(CONTACT, {"topic": "实施人手不足"})], 20, "our_resources", True),
    ("a competitor came", [(CONTACT, {"topic": "竞品报价更低"})], 20, "competitor", True),
    (
        "a tender opened it to all",
        [("tender_found", {"tender_id": "t", "buyer": "b", "title": "t"})],
        20,
        "competitor",
        True,
    ),
    (
        "the customer revised the contract",
        [("evidence_attached", {"kind": "contract_revision"})],
        20,
        "customer_delay",
        True,
    ),
    ("two causes speak as strongly", [(CONTACT, {"topic": "竞品"}), (CONTACT, {"topic": "延期"})], 20, None, True),
    (
        "the stronger of two",
        [(CONTACT, {"topic": "竞品"}), (CONTACT, {"topic": "延期"}), (CONTACT, {"topic": "审批"})],
        20,
        "customer_delay",
        True,
    ),
]


@pytest.mark.parametrize("stage", ["won", "lost"])
@pytest.mark.parametrize(("story", "happens", "day", "cause", "missed"), OUTCOMES, ids=[row[0] for row in OUTCOMES])
def test_why_a_forecast_was_missed(story: str, happens: Any, day: int, cause: Any, missed: bool, stage: str) -> None:
    bench = Bench(RuleBook())
    forecast(bench, 0, "2026-12-01")
    for number, (kind, data) in enumerate(happens, start=1):
        bench.fact(kind, NINE + number * DAY, "deal:d1", rep="r1", deal_id="d1", **data)
    bench.fact("deal_updated", NINE + (day + 9) * DAY, "deal:d1", rep="r1", deal_id="d1", stage=stage)
    found = of(bench, "forecast_missed")
    assert len(found) == int(missed)
    if found:
        assert found[0].evidence["cause"] == cause
        assert found[0].evidence["deviation_days"] == day - 1
        named = [event for one in found[0].evidence["causes"].values() for event in one["events"]]
        assert all(event.startswith("event-") for event in named)


def test_what_happened_before_the_forecast_explains_nothing() -> None:
    bench = Bench(RuleBook())
    bench.fact(CONTACT, NINE, "deal:d1", topic="竞品")
    forecast(bench, 1, "2026-12-01")
    update(bench, 30, stage="lost")
    assert of(bench, "forecast_missed")[0].evidence["cause"] is None


def test_a_deal_that_ends_twice_is_counted_once_unless_it_was_opened_again() -> None:
    bench = Bench(RuleBook())
    forecast(bench, 0, "2026-12-01")
    update(bench, 30, stage="won")
    update(bench, 31, stage="won")
    assert len(of(bench, "forecast_missed")) == 1
    update(bench, 32, stage="legal")
    forecast(bench, 33, "2027-01-01")
    update(bench, 70, stage="lost")
    assert len(of(bench, "forecast_missed")) == 2


def test_the_months_greatest_deviations_come_out_on_the_first() -> None:
    bench = Bench(load_rule_book("forecast: {report_length: 3}"))
    for number in range(6):
        deal = f"d{number}"
        forecast(bench, 0, "2026-11-22", deal)
        update(bench, 5 + number / 2, deal, stage="won")
    bench.until(NINE + 11 * DAY)  # 2 December
    (report,) = of(bench, "forecast_report")
    assert to_iso(report.at) == "2026-12-01T01:00:00.000Z"
    assert report.evidence["month"] == "2026-11"
    assert [item["deal"] for item in report.evidence["top"]] == ["deal:d4", "deal:d5", "deal:d2"]
    assert report.evidence["count"] == 6
    assert report.to == ("role:director",)
    bench.until(NINE + 90 * DAY)
    assert len(of(bench, "forecast_report")) == 1


def test_a_deviation_that_comes_after_its_months_report_counts_in_the_next() -> None:
    bench = Bench(RuleBook())
    data = {
        "deal": "deal:d9",
        "outcome": "won",
        "committed_on": "2026-11-01",
        "closed_on": "2026-11-30",
        "deviation_days": 29.0,
    }
    bench.fact("forecast_closed", NINE, "report:forecasts", **data)
    bench.until(NINE + 20 * DAY)
    bench.fact("forecast_closed", NINE, "report:forecasts", **{**data, "deal": "deal:d8"})
    bench.until(NINE + 50 * DAY)
    assert [(s.evidence["month"], s.evidence["top"][0]["deal"]) for s in of(bench, "forecast_report")] == [
        ("2026-11", "deal:d9"), ("2026-12", "deal:d8"),
    ]  # fmt: skip
    heard = NINE + 400 * DAY  # 26 December 2027
    bench.until(heard)
    bench.fact("forecast_closed", NINE, "report:forecasts", known_at=heard, **{**data, "deal": "deal:d7"})
    assert len(of(bench, "forecast_report")) == 2
    bench.until(heard + 10 * DAY)
    assert of(bench, "forecast_report")[-1].evidence["month"] == "2027-12"


@given(
    st.dictionaries(
        st.sampled_from(["customer_delay", "our_resources", "competitor"]), st.tuples(st.integers(0, 5), st.just([]))
    )
)
def test_a_cause_is_named_only_when_it_leads(causes: dict[str, tuple[int, list[str]]]) -> None:
    best = cause_of(causes)
    if best is not None:
        assert all(points < causes[best][0] for name, (points, _) in causes.items() if name != best)
