"""Follow-up, as a sales manager would read it: who was answered in time, who was not, and who is told."""

import pytest

from schemas.rules import load_rule_book
from tests.unit.detector_bench import Bench

RULES = """
assignment: {rosters: {华东: [r1, r2]}}
followup: {first_contact_minutes: 30}
"""


@pytest.fixture
def bench() -> Bench:
    return Bench(load_rule_book(RULES))


def form(bench: Bench, minute: float = 0, known: float | None = None, entity: str = "lead:a") -> None:
    known_at = None if known is None else bench.minutes(known)
    bench.fact("form_submitted", bench.minutes(minute), entity, known_at=known_at, form="trial", name="张三",
               phone="+8613800138000", region="华东")  # fmt: skip


# minute of each follow-up after the form, whether the manager must be alerted
CASES = [
    ("answered at once", [0.5], False),
    ("answered in the last minute", [30], False),
    ("answered twice", [5, 40], False),
    ("answered a second too late", [30.02], True),
    ("answered an hour late", [60], True),
    ("never answered", [], True),
]


@pytest.mark.parametrize(("story", "follow_ups", "overdue"), CASES)
@pytest.mark.parametrize("ticks", ["every minute", "only at the end"])
def test_who_is_alerted(bench: Bench, story: str, follow_ups: list[float], overdue: bool, ticks: str) -> None:
    form(bench)
    told = 0.0
    for minute in follow_ups:
        if ticks == "every minute":
            while told + 1 < minute:
                told += 1
                bench.until(bench.minutes(told))
        bench.fact("followed_up", bench.minutes(minute), channel="call")
    bench.until(bench.minutes(120))
    assert bench.kinds().count("followup_overdue") == int(overdue), story


@pytest.mark.parametrize("kind", ["followed_up", "customer_touched", "contact_noted", "visit_checked_in"])
def test_every_kind_of_contact_counts(bench: Bench, kind: str) -> None:
    form(bench)
    bench.fact(kind, bench.minutes(10))
    bench.until(bench.minutes(120))
    assert "followup_overdue" not in bench.kinds()


def test_browsing_is_no_follow_up(bench: Bench) -> None:
    form(bench)
    bench.fact("page_viewed", bench.minutes(10), url="https://example.com")
    bench.until(bench.minutes(120))
    assert "followup_overdue" in bench.kinds()


def test_the_duty_counts_from_when_we_could_know(bench: Bench) -> None:
    form(bench, minute=0, known=600)  # the front end was offline for ten hours
    bench.until(bench.minutes(629))
    assert "followup_overdue" not in bench.kinds()
    bench.until(bench.minutes(630))
    assert "followup_overdue" in bench.kinds()


def test_a_follow_up_that_arrives_before_its_form_counts(bench: Bench) -> None:
    bench.fact("followed_up", bench.minutes(-60), channel="call")  # about something earlier
    bench.fact("followed_up", bench.minutes(5), channel="call")
    form(bench)
    bench.until(bench.minutes(120))
    assert "followup_overdue" not in bench.kinds()


def test_a_contact_before_the_lead_began_does_not_count(bench: Bench) -> None:
    bench.fact("followed_up", bench.minutes(-1), channel="call")
    form(bench)
    bench.until(bench.minutes(120))
    assert "followup_overdue" in bench.kinds()


def test_a_second_form_starts_no_second_duty(bench: Bench) -> None:
    form(bench)
    bench.until(bench.minutes(31))
    form(bench, minute=40)
    bench.until(bench.minutes(120))
    assert bench.kinds().count("followup_overdue") == 1


def test_the_alert_goes_to_rep_and_manager_with_its_evidence(bench: Bench) -> None:
    form(bench)
    bench.until(bench.minutes(31))
    (alert,) = (signal for signal in bench.signals if signal.kind == "followup_overdue")
    assert alert.to == ("rep:r1", "role:manager")
    assert alert.at == bench.minutes(30)
    assert alert.region == "华东"
    assert alert.title["zh"] == "张三 已超过 30 分钟未跟进"
    assert alert.evidence["due"] == "2026-11-21T01:30:00.000Z"
    assert alert.evidence["rep_id"] == "r1"


def test_customers_who_never_were_leads_start_no_duty(bench: Bench) -> None:
    bench.fact("order_placed", bench.minutes(0), order_id="1", amount="10")
    bench.until(bench.minutes(120))
    assert bench.kinds() == []


def test_who_gave_no_name_is_called_by_a_masked_contact(bench: Bench) -> None:
    bench.fact("form_submitted", bench.minutes(0), "lead:a", form="trial", phone="+8613800138000", region="华东")
    bench.until(bench.minutes(31))
    (overdue,) = [signal for signal in bench.signals if signal.kind == "followup_overdue"]
    assert overdue.title["zh"] == "+86138****8000 已超过 30 分钟未跟进"
