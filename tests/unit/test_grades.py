"""Grades, as a sales manager would read them: who is graded how and why, and what must not change a grade."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from processors.grading.parts import grade_of, summed, worth
from schemas.rules import RuleBookError, load_rule_book
from schemas.rules.grades import GradeRules, Industry, Scale
from schemas.times import DAY, HOUR
from tests.unit.detector_bench import NINE, Bench

LEAD = "lead:a"
RICH = {"monthly_budget": "500000", "annual_revenue": "2000000000", "employees": 3000, "growth_rate": 0.3,
        "decision_chain_length": 2, "integration_complexity": 0.1, "service_hours_month": 5.0}  # fmt: skip
POOR = {"monthly_budget": "1500", "annual_revenue": "1500000", "employees": 6, "growth_rate": -0.05,
        "decision_chain_length": 9, "integration_complexity": 0.9, "service_hours_month": 70.0}  # fmt: skip


@pytest.fixture
def bench() -> Bench:
    return Bench(load_rule_book("assignment: {default_roster: [r1]}"))


def profiled(bench: Bench, day: float, **data: Any) -> None:
    bench.fact("account_profiled", NINE + round(day * DAY), LEAD, **data)


def grades(bench: Bench) -> list[tuple[str | None, str]]:
    return [(one.evidence["before"]["grade"], one.evidence["after"]["grade"]) for one in changes(bench)]


def changes(bench: Bench) -> list[Any]:
    return [one for one in bench.signals if one.kind == "grade_changed"]


PROFILES = [
    ("rich, growing, easy", RICH, "A"),
    ("poor, shrinking, laborious", POOR, "D"),
    ("rich, but laborious", {**RICH, "decision_chain_length": 10, "integration_complexity": 1.0,
                             "service_hours_month": 80.0, "growth_rate": 0.3}, "B"),
    ("only the budget and the revenue are known", {"monthly_budget": "800000", "annual_revenue": "9000000000"}, "A"),
    ("hardly anything is known", {"employees": 3000}, None),
]  # fmt: skip


@pytest.mark.parametrize(("story", "profile", "grade"), PROFILES)
def test_who_is_graded_how(bench, story, profile, grade):
    profiled(bench, 0, **profile)
    assert grades(bench) == ([(None, grade)] if grade else []), story


INDUSTRIES = [  # industry, the part with weight, the weight as points when it alone is good
    ("education", {"decision_chain_length": 5}, "renewal", 0.4),
    ("制造业", {"integration_complexity": 0.0}, "integration", 0.35),
    ("Government", {"decision_chain_length": 1}, "decision_chain", 0.5),
    ("retail", {"decision_chain_length": 1}, "decision_chain", 0.1),
]


@pytest.mark.parametrize(("industry", "good", "part", "weight"), INDUSTRIES)
def test_what_counts_differs_by_industry(industry, good, part, weight):
    weights = GradeRules().weights_of(industry)
    assert getattr(weights, part) == weight
    assert weights.total == pytest.approx(1)


def test_an_industry_may_be_written_with_capitals_on_either_side():
    names = {"IT": Industry(names=("SaaS", " 软件 "), weights=GradeRules().weights)}
    rules = GradeRules(industries=names)
    assert rules.weights_of("saas ") is names["IT"].weights
    assert rules.weights_of("软件") is names["IT"].weights
    with pytest.raises(ValidationError, match="one industry only"):
        GradeRules(industries={**names, "other": Industry(names=("SAAS",), weights=GradeRules().weights)})


def test_renewals_count_in_education(bench):
    profiled(bench, 0, industry="教育", **{**POOR, "monthly_budget": "30000"})
    for term in range(3):
        bench.fact("customer_touched", NINE + (1 + term) * DAY, LEAD, rep="r1", channel="call")
        bench.fact("subscription_changed", NINE + (2 + term) * DAY, LEAD, status="renewed")
    assert [after for _, after in grades(bench)] == ["D", "C"]
    raised = changes(bench)[-1].evidence
    assert raised["because"] == "subscription_changed"
    assert raised["after"]["parts"]["renewal"] > raised["after"]["sum"] / 2


def test_every_change_shows_the_parts_before_and_after_and_they_add_up(bench):
    profiled(bench, 0, **POOR)
    profiled(bench, 1, **RICH)
    _, raised = changes(bench)
    for side in (raised.evidence["before"], raised.evidence["after"]):
        assert sum(side["parts"].values()) == pytest.approx(side["sum"], abs=0.1)
        assert sum(side["dimensions"].values()) == pytest.approx(side["sum"], abs=0.1)
    assert raised.evidence["before"]["grade"] == "D"
    assert raised.evidence["resources"]["visits_month"] == 4
    assert [(one.old, one.new) for one in bench.changes if one.field == "grade"] == [(None, "D"), ("D", "A")]


def test_a_downgrade_without_any_interaction_is_held_back_and_explained(bench):
    profiled(bench, 0, **RICH)
    profiled(bench, 10, **POOR)
    profiled(bench, 11, **POOR)
    assert grades(bench) == [(None, "A")]
    (held,) = (one for one in bench.signals if one.kind == "grade_held")
    assert held.evidence["last_interaction"] is None
    assert held.evidence["after"]["grade"] == "D"
    bench.fact("customer_touched", NINE + 12 * DAY, LEAD, rep="r1", channel="call")
    assert grades(bench) == [(None, "A"), ("A", "D")], "with the interaction it is carried out"


def test_an_upgrade_needs_no_interaction_and_an_old_one_does_not_count(bench):
    bench.fact("customer_touched", NINE - DAY, LEAD, rep="r1", channel="call")
    profiled(bench, 0, **POOR)
    profiled(bench, 1, **RICH)
    profiled(bench, 2, **POOR)
    assert grades(bench) == [(None, "D"), ("D", "A")]


def test_a_held_downgrade_is_forgotten_when_the_sum_recovers(bench):
    profiled(bench, 0, **RICH)
    profiled(bench, 1, **POOR)
    profiled(bench, 2, **RICH)
    bench.fact("customer_touched", NINE + 3 * DAY, LEAD, rep="r1", channel="call")
    assert grades(bench) == [(None, "A")]


def test_a_field_that_is_missing_changes_nothing(bench):
    profiled(bench, 0, **RICH)
    bench.fact("customer_touched", NINE + HOUR, LEAD, rep="r1", channel="call")
    profiled(bench, 1, industry="retail")
    profiled(bench, 2)
    assert grades(bench) == [(None, "A")]


def test_an_older_profile_that_comes_late_does_not_count(bench):
    profiled(bench, 5, **RICH)
    bench.fact("customer_touched", NINE + 6 * DAY, LEAD, rep="r1", channel="call")
    profiled(bench, 1, **POOR)
    assert grades(bench) == [(None, "A")]


def test_around_a_bound_the_grade_stays(bench):
    rules = GradeRules()
    assert grade_of(rules.a - 1, "A", rules) == "A"
    assert grade_of(rules.a + 1, "B", rules) == "B"
    assert grade_of(rules.a - rules.margin - 1, "A", rules) == "B"
    assert grade_of(0, "A", rules) == "D"


@given(value=st.floats(0, 100), former=st.sampled_from(["A", "B", "C", "D", None]))
def test_grading_settles_at_once(value, former):
    rules = GradeRules()
    once = grade_of(value, former, rules)
    assert grade_of(value, once, rules) == once


PARTS = st.dictionaries(st.sampled_from([name for name, _ in GradeRules().weights.items()]), st.floats(-10, 1e12))


@given(found=PARTS)
def test_points_add_up_and_lie_between_0_and_100(found):
    rules = GradeRules()
    result = summed(found, rules.weights, rules)
    assert sum(result.points.values()) == pytest.approx(result.value)
    assert -1e-9 <= result.value <= 100 + 1e-9


@given(value=st.floats(0.01, 1e12), more=st.floats(1, 100), magnitudes=st.booleans())
def test_more_is_never_worth_less_where_more_is_good(value, more, magnitudes):
    scale = Scale(poor=10, good=1e6, magnitudes=magnitudes)
    assert worth(value, scale) <= worth(value * more, scale)


REFUSED = [
    ("grades: {weights: {renewal: 0.9}}", "a weight of 0.9 is refused"),
    ("grades: {weights: {repurchase_cycle: 0.4}}", "a regular date outweighs everything"),
    ("grades: {weights: {renewal: 0.4}}", "the weights add up to 1.26"),
    ("grades: {a: 40}", "a, b and c must fall"),
    ("grades: {industries: {x: {names: [a], weights: {}}, y: {names: [a], weights: {}}}}", "belongs to one industry"),
]


@pytest.mark.parametrize(("book", "why"), REFUSED)
def test_books_that_are_refused(book, why):
    with pytest.raises(RuleBookError, match=why):
        load_rule_book(book)


def test_memory_is_small_after_a_year(bench):
    for day in range(365):
        bench.fact("order_placed", NINE + day * DAY, LEAD, order_id=f"o{day}", amount="10")
        bench.fact("module_interest", NINE + day * DAY, LEAD, module=f"m{day}")
        bench.fact("subscription_changed", NINE + day * DAY, LEAD, status="renewed")
        profiled(bench, day, **(RICH if day % 2 else POOR))
    assert len(msgspec.msgpack.encode(bench.state(LEAD, "grade"))) < 1_200
