"""Which detectors are called for a fact: those that want its type, less those that cannot mind it."""

import pytest

from processors.detector import Calls, shipped
from schemas.catalogue import FACT_TYPES
from schemas.fact import Fact, Origin
from schemas.rules import RuleBook, load_rule_book

LEAD, STRANGER = {"lead": {"created": 1}}, {"health": {"week": 1}}
OVERRIDDEN = load_rule_book("""
overrides: [{when: {industry: retail}, set: {grades: {interactions: [page_viewed]}}}]
""")


def fact(fact_type: str, *verified: str) -> Fact:
    origin = Origin(topic="touchpoints", incarnation="a", partition=0, offset=0)
    return Fact(
        entity="lead:a", type=fact_type, at=0, known_at=0, event_id="e", source="app", lead="lead:a", data={},
        verified=verified, origin=origin,
    )  # fmt: skip


def called(
    fact_type: str, states: dict[str, dict[str, int]], rules: RuleBook | None = None, *verified: str
) -> set[str]:
    wanted = shipped().under(rules or RuleBook()).wanted("lead:a", fact(fact_type, *verified), states)
    return {name for name, _ in wanted}


def test_duties_of_leads_are_not_asked_about_strangers() -> None:
    idle = {"followup", "nurture", "funnel"}
    assert idle <= called("page_viewed", LEAD)
    assert idle.isdisjoint(called("page_viewed", STRANGER))


def test_what_a_stranger_does_before_there_is_a_lead_is_remembered() -> None:
    assert "nurture" in called("order_placed", STRANGER)
    assert "followup" in called("customer_touched", STRANGER)


def test_what_may_begin_a_lead_is_asked_of_all_behind_the_record() -> None:
    assert called("form_submitted", STRANGER) == called("form_submitted", LEAD)


def test_whom_a_confirmed_contact_names_is_asked_of_the_record() -> None:
    assert "lead" not in called("login", STRANGER)
    assert called("login", STRANGER, None, "phone:+8613800138000") == called("login", LEAD)


def test_what_makes_leads_by_the_rule_book_is_asked_of_the_record() -> None:
    rules = RuleBook.model_validate({"lead": {"created_by": ["ticket_opened"]}})
    assert "lead" in called("ticket_opened", STRANGER, rules)
    assert "lead" not in called("ticket_opened", STRANGER)


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
    calls = Calls(tuple(shipped().by_name.values()), RuleBook()).wanted("lead:a", fact(fact_type), LEAD)
    places = [names.index(name) for name, _ in calls]
    assert places == sorted(places)
