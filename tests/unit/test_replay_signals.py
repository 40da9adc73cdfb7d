"""All detectors over one busy story: the same bytes whatever the batches, each kind of signal, a book from the log."""

from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.rules import RuleBook, load_rule_book
from schemas.times import DAY, HOUR, MINUTE, to_iso
from streams.replay.run import replay_file
from streams.settings import Settings
from tests.events import event
from tests.unit.detector_bench import NINE

RULES = """
assignment: {default_roster: [r1, r2]}
forecast: {least_cycles: 2}
"""
COMPANY = "百度网讯科技有限公司"
NAMES = ("张三丰", "李小明", "赵大海", "欧阳娜娜", "钱学森", "周树人")  # one name in one company would be one person


def ids(person: int) -> dict[str, Any]:
    return {"ids": [{"kind": "phone", "value": f"138001380{person:02}", "verified": True}]}


def form(person: int, at: int) -> tuple[str, int, dict[str, Any], dict[str, Any]]:
    phone, name = f"138001380{person:02}", NAMES[person]
    data = {"form": "f", "phone": phone, "name": name, "company": COMPANY, "region": "华东"}
    return "form_submitted", at, data, {"subject": ids(person)}


def deal(kind: str, at: int, number: int, **data: Any) -> tuple[str, int, dict[str, Any], dict[str, Any]]:
    return kind, at, {"deal_id": f"d{number}", **data}, {"subject": ids(0), "rep_id": "r1"}


def story() -> list[dict[str, Any]]:
    """Two months of one company: leads, deals won and lost, a tender, news, contacts with and without notes."""
    told = [form(person, NINE + person * HOUR) for person in range(6)]
    for number in range(4):  # deals that are won, so that their segment has a cycle
        told.append(deal("deal_updated", NINE + number * HOUR, number, stage="lead", segment="smb"))
        told.append(deal("deal_updated", NINE + (10 + number) * DAY, number, stage="won"))
    told += [
        ("customer_touched", NINE + 2 * HOUR, {"channel": "call"}, {"subject": ids(1), "rep_id": "r1"}),
        ("followed_up", NINE + 3 * HOUR, {"channel": "call"}, {"subject": ids(2), "rep_id": "r2"}),
        deal("deal_updated", NINE + 20 * DAY, 9, stage="commercial", segment="smb"),
        deal("forecast_submitted", NINE + 21 * DAY, 9, neutral_on="2027-06-01", amount="10"),
        deal("forecast_submitted", NINE + 22 * DAY, 9, neutral_on="2026-12-15"),
        (
            "contact_noted",
            NINE + 23 * DAY,
            {"channel": "call", "topic": "预算推迟", "mood": "negative"},
            {"subject": ids(0), "rep_id": "r1"},
        ),
        (
            "company_changed",
            NINE + 23 * DAY + HOUR,
            {"company": "百度网讯科技", "what": "cto_hiring"},
            {"rep_id": None, "subject": None},
        ),
        deal("deal_updated", NINE + 40 * DAY, 9, stage="lost"),
        deal("deal_updated", NINE + 41 * DAY, 8, stage="solution"),
        (
            "tender_published",
            NINE + 42 * DAY,
            {"tender_id": "t1", "buyer": COMPANY, "title": "CRM", "closes_on": "2027-02-01"},
            {"rep_id": None, "subject": None},
        ),
        ("page_viewed", NINE + 75 * DAY, {"url": "/"}, {"subject": ids(3)}),
    ]
    ordered = sorted(told, key=lambda one: one[1])
    return [
        event(kind, data, event_id=f"e{place}", occurred_at=to_iso(at + place), **envelope)
        for place, (kind, at, data, envelope) in enumerate(ordered)
    ]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "story.jsonl"
    path.write_bytes(b"\n".join(map(orjson.dumps, story())))
    return path


def replayed(source: Path, name: str, rules: RuleBook, size: int) -> dict[str, Any]:
    return replay_file(source, source.parent / name, rules, Settings(fact_partitions=3), size, lambda _: None)


EXPECTED = {
    "lead_created", "lead_assigned", "followup_overdue", "nurture_started", "contact_note_missing", "deal_blocked",
    "forecast_decayed", "forecast_implausible", "forecast_missed", "forecast_report", "strategic_upgrade",
    "tender_matched", "daily_summary",
}  # fmt: skip


def test_two_months_of_one_company_show_each_kind_of_signal(source: Path) -> None:
    report = replayed(source, "out", load_rule_book(RULES), 100)
    assert report["failures"] == 0
    assert set(report["signals"]) >= EXPECTED
    lines = [orjson.loads(line) for line in (source.parent / "out" / "signals.jsonl").read_bytes().splitlines()]
    counts = Counter(line["kind"] for line in lines)
    assert counts["strategic_upgrade"] == 6
    assert counts["tender_matched"] == 1
    (missed,) = (line for line in lines if line["kind"] == "forecast_missed" and line["entity"] == "deal:d9")
    assert missed["evidence"]["cause"] == "customer_delay"
    assert all(line["rule_book"] == load_rule_book(RULES).version for line in lines)


@pytest.mark.parametrize("size", [1, 2, 7])
def test_the_bytes_do_not_depend_on_the_batches(source: Path, size: int) -> None:
    rules = load_rule_book(RULES)
    assert replayed(source, f"out{size}", rules, size)["digest"] == replayed(source, "whole", rules, 1_000)["digest"]


def test_what_is_due_is_due_on_the_minute(source: Path) -> None:
    replayed(source, "out", load_rule_book(RULES), 50)
    lines = [orjson.loads(line) for line in (source.parent / "out" / "signals.jsonl").read_bytes().splitlines()]
    overdue = sorted(line["at"] for line in lines if line["kind"] == "followup_overdue")
    assert overdue[0] == to_iso(NINE + 30 * MINUTE)
