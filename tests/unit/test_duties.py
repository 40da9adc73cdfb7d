"""Nurture flow, notes of contacts, business hours, welcome: as a sales manager would read them."""

import pytest

from schemas.rules import load_rule_book
from schemas.times import to_iso
from tests.unit.detector_bench import Bench

ROSTER = "assignment: {rosters: {华东: [r1, r2], 华北: [r3]}}\n"
HOURS = 60


@pytest.fixture
def bench() -> Bench:
    return Bench(load_rule_book(ROSTER))


def with_rules(text: str) -> Bench:
    return Bench(load_rule_book(ROSTER + text))


def form(bench: Bench, minute: float = 0, entity: str = "lead:a", region: str = "华东", **more: str) -> None:
    bench.fact("form_submitted", bench.minutes(minute), entity, form="trial", region=region,
               **{"phone": "+8613800138000", "name": "张三", **more})  # fmt: skip


def of(bench: Bench, kind: str) -> list:  # type: ignore[type-arg]
    return [signal for signal in bench.signals if signal.kind == kind]


# --- nurture ---------------------------------------------------------------------------------------------------
NURTURE = [
    ("nothing happened for three days", [], True, "introduction"),
    ("a rep called, nothing was bought", [("customer_touched", 60, {"channel": "call"})], True, "case_studies"),
    ("ordered on the second day", [("order_placed", 30 * HOURS, {"order_id": "o", "amount": "1"})], False, None),
    ("ordered a minute before", [("order_placed", 72 * HOURS - 1, {"order_id": "o", "amount": "1"})], False, None),
    (
        "ordered a minute after",
        [("order_placed", 72 * HOURS + 1, {"order_id": "o", "amount": "1"})],
        True,
        "introduction",
    ),
    (
        "ordered long before it became a lead",
        [("order_placed", -900, {"order_id": "o", "amount": "1"})],
        True,
        "introduction",
    ),
    ("subscribed", [("subscription_changed", 60, {"status": "started"})], False, None),
    (
        "a subscription that ended is no win",
        [("subscription_changed", 60, {"status": "expired"})],
        True,
        "introduction",
    ),
    ("the deal was won", [("deal_updated", 60, {"deal_id": "d", "stage": "won"})], False, None),
    ("the deal went on", [("deal_updated", 60, {"deal_id": "d", "stage": "legal"})], True, "introduction"),
]


@pytest.mark.parametrize(("story", "events", "begins", "content"), NURTURE, ids=[row[0] for row in NURTURE])
def test_who_goes_into_the_nurture_flow(bench: Bench, story, events, begins, content) -> None:
    before = [event for event in events if event[1] < 0]
    for kind, minute, data in before:
        bench.fact(kind, bench.minutes(minute), **data)
    form(bench)
    for kind, minute, data in events[len(before) :]:
        bench.until(bench.minutes(minute))
        bench.fact(kind, bench.minutes(minute), **data)
    bench.until(bench.minutes(200 * HOURS))
    started = of(bench, "nurture_started")
    assert [signal.evidence["next_step"]["content"] for signal in started] == ([content] if begins else [])
    assert all(signal.to == ("rep:r1",) and signal.at == bench.minutes(72 * HOURS) for signal in started)


def test_the_nurture_flow_says_what_comes_next_in_both_languages(bench: Bench) -> None:
    form(bench)
    bench.until(bench.minutes(73 * HOURS))
    (started,) = of(bench, "nurture_started")
    assert started.title == {
        "zh": "张三 进入培育流程：产品介绍与联系方式",
        "en": "张三 enters the nurture flow: Introduction and how to reach us",
    }


def test_customers_who_never_were_leads_are_not_nurtured(bench: Bench) -> None:
    bench.fact("order_placed", bench.minutes(0), order_id="o", amount="1")
    bench.fact("page_viewed", bench.minutes(1), url="/")
    bench.until(bench.minutes(100 * HOURS))
    assert bench.signals == []


# --- notes -----------------------------------------------------------------------------------------------------
# minutes of contacts, minutes of notes, minutes at which rep and manager hear of it
NOTES = [
    ("noted at once", [0], [1], [], []),
    ("noted in the last minute", [0], [14.9], [], []),
    ("noted after the reminder", [0], [20], [15], []),
    ("never noted", [0], [], [15], [75]),
    ("two contacts, one note after both", [0, 5], [10], [], []),
    ("a note between two contacts covers the first only", [0, 8], [5], [23], [83]),
    ("a second contact after a note", [0, 100], [5], [115], [175]),
    ("the note arrived before the contact", [0], [0], [], []),
]


@pytest.mark.parametrize(("story", "contacts", "notes", "reminded", "escalated"), NOTES, ids=[row[0] for row in NOTES])
def test_which_contacts_lack_a_note(bench: Bench, story, contacts, notes, reminded, escalated) -> None:
    form(bench, -1)
    happened = sorted([(minute, "customer_touched") for minute in contacts] + [(m, "contact_noted") for m in notes])
    for minute, kind in happened:
        bench.until(bench.minutes(minute) - 1)
        bench.fact(kind, bench.minutes(minute), rep="r9", channel="call", topic="价格", mood="positive")
    bench.until(bench.minutes(600))
    missing = of(bench, "contact_note_missing")
    assert [s.at for s in missing if s.to == ("rep:r9",)] == [bench.minutes(minute) for minute in reminded]
    assert [s.at for s in missing if s.to == ("role:manager",)] == [bench.minutes(minute) for minute in escalated]


def test_each_rep_answers_for_their_own_contacts(bench: Bench) -> None:
    form(bench, -1)
    for rep in ("r7", "r8"):
        bench.fact("customer_touched", bench.minutes(0), rep=rep, channel="visit")
    bench.fact("contact_noted", bench.minutes(3), rep="r7", channel="visit", topic="x", mood="neutral")
    bench.until(bench.minutes(20))
    assert [signal.to for signal in of(bench, "contact_note_missing")] == [("rep:r8",)]


def test_a_contact_nobody_signed_for_starts_no_duty(bench: Bench) -> None:
    form(bench, -1)
    bench.fact("customer_touched", bench.minutes(0), channel="call")
    bench.until(bench.minutes(600))
    assert of(bench, "contact_note_missing") == []


def test_the_reminder_names_the_contact(bench: Bench) -> None:
    form(bench, -1)
    bench.fact("customer_touched", bench.minutes(0), rep="r9", channel="call")
    bench.until(bench.minutes(20))
    (told,) = of(bench, "contact_note_missing")
    assert told.title["zh"] == "与 张三 的联系已过 15 分钟仍无记录"
    assert told.evidence == {
        "rep_id": "r9", "touched_at": to_iso(bench.minutes(0)), "last_touched_at": to_iso(bench.minutes(0)),
        "event_id": "event-1", "minutes": 15, "level": 1,
    }  # fmt: skip


# --- business hours and overrides ------------------------------------------------------------------------------
def test_a_lead_of_saturday_morning_is_due_on_monday_in_business_hours() -> None:
    bench = with_rules("followup: {hours: business}")
    form(bench)  # Saturday, 9:00
    bench.until(bench.minutes(48 * HOURS + 29))
    assert of(bench, "followup_overdue") == []
    bench.until(bench.minutes(48 * HOURS + 30))
    assert [signal.at for signal in of(bench, "followup_overdue")] == [bench.minutes(48 * HOURS + 30)]


def test_regions_and_sources_have_their_own_deadlines() -> None:
    bench = with_rules("""
overrides:
  - {when: {region: 华北}, set: {followup: {first_contact_minutes: 10, recipients: ["role:director"]}}}
  - {when: {source: website, region: 华北}, set: {nurture: {after_hours: 1}}}
""")
    form(bench, entity="lead:east")
    form(bench, entity="lead:north", region="华北")
    bench.until(bench.minutes(70))
    overdue = {signal.entity: (signal.at, signal.to) for signal in of(bench, "followup_overdue")}
    assert overdue == {
        "lead:east": (bench.minutes(30), ("rep:r1", "role:manager")),
        "lead:north": (bench.minutes(10), ("role:director",)),
    }
    assert [signal.entity for signal in of(bench, "nurture_started")] == ["lead:north"]


def test_an_industry_has_its_own_rules_once_it_is_known() -> None:
    bench = with_rules("overrides: [{when: {industry: education}, set: {nurture: {after_hours: 24}}}]")
    bench.fact("account_profiled", bench.minutes(-5), industry="education")
    form(bench)
    bench.until(bench.minutes(25 * HOURS))
    assert len(of(bench, "nurture_started")) == 1


# --- welcome ---------------------------------------------------------------------------------------------------
WELCOME = [
    ("by WeChat before phone", {"wechat": "zhang_san"}, "form_submitted", "wechat"),
    ("by phone", {}, "form_submitted", "phone"),
    ("by e-mail", {"phone": "", "email": "a@example.com"}, "form_submitted", "email"),
    ("imported people did not write to us", {}, "lead_imported", None),
]


@pytest.mark.parametrize(("story", "contact", "kind", "channel"), WELCOME, ids=[row[0] for row in WELCOME])
def test_who_is_sent_a_welcome_message(bench: Bench, story, contact, kind, channel) -> None:
    fields = {"phone": "+8613800138000", "name": "张三", **contact}
    bench.fact(kind, bench.minutes(0), **({"row": fields} if kind == "lead_imported" else {"form": "f", **fields}))
    (created,) = of(bench, "lead_created")
    request = created.evidence.get("welcome")
    assert (request and request["channel"]) == channel
    if request:
        assert request["text"]["zh"].startswith("张三，您好")


def test_the_welcome_can_be_switched_off_and_knows_people_without_a_name() -> None:
    bench = with_rules("overrides: [{when: {source: website}, set: {lead: {welcome: {enabled: false}}}}]")
    form(bench)
    assert "welcome" not in of(bench, "lead_created")[0].evidence
    bench = with_rules("")
    form(bench, name="")
    assert of(bench, "lead_created")[0].evidence["welcome"]["text"]["en"].startswith("Hello there,")
