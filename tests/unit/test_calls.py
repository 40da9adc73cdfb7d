"""Which detectors are called for a fact: those that want its type, less those that cannot mind it."""

import pytest

from processors.detector import Calls, shipped
from schemas.catalogue import FACT_TYPES
from schemas.rules import RuleBook, load_rule_book

LEAD, STRANGER = {"lead": {"created": 1}}, {"health": {"week": 1}}
OVERRIDDEN = load_rule_book("""
overrides: [{when: {industry: retail}, set: {grades: {interactions: [page_viewed]}}}]
""")


def called(fact_type: str, states: dict[str, dict[str, int]], rules: RuleBook | None = None) -> set[str]:
    return {name for name, _ in shipped().under(rules or RuleBook()).wanted("lead:a", fact_type, states)}


def test_duties_of_leads_are_not_asked_about_strangers() -> None:
    idle = {"followup", "nurture", "funnel"}
    assert idle <= called("page_viewed", LEAD)
    assert idle.isdisjoint(called("page_viewed", STRANGER))


def test_what_a_stranger_does_before_there_is_a_lead_is_remembered() -> None:
    assert "nurture" in called("order_placed", STRANGER)
    assert "followup" in called("customer_touched", STRANGER)


def test_what_may_begin_a_lead_is_asked_of_all_behind_the_record() -> None:
    assert called("form_submitted", STRANGER) == called("form_submitted", LEAD)


def test_an_override_of_somebody_is_minded_for_everybody() -> None:
    assert "grade" not in called("page_viewed", LEAD)
    assert "grade" in called("page_viewed", LEAD, OVERRIDDEN)


def test_a_book_of_equal_content_has_the_same_calls() -> None:
    registry = shipped()
    assert registry.under(RuleBook()) is registry.under(RuleBook())
    assert registry.under(RuleBook()) is not registry.under(OVERRIDDEN)


@pytest.mark.parametrize("fact_type", FACT_TYPES)
def test_detectors_are_called_in_order(fact_type: str) -> None:
    names = list(shipped().by_name)
    calls = Calls(tuple(shipped().by_name.values()), RuleBook()).wanted("lead:a", fact_type, LEAD)
    places = [names.index(name) for name, _ in calls]
    assert places == sorted(places)
