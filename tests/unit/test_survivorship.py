"""Which value of a field holds: each row of the tables is a case; and how surely a lead can be reached."""

from itertools import permutations
from typing import Any

import pytest

from processors.history import damages
from schemas.rules import RuleBookError, load_rule_book
from schemas.times import DAY
from streams.archive.one_lead import restoring_fact
from tests.unit.detector_bench import Bench

A, B, C = "+8613800138000", "+8613912345678", "+8613712345678"
Given = tuple[float, str, str, dict[str, Any]]  # (day, value, kind of touchpoint, more)
SURE = {"verified": True}
REP = {"rep": "r1"}


def played(given: list[Given], rules: str = "", field: str = "phone") -> Bench:
    bench = Bench(load_rule_book(rules or "{}"))
    bench.fact("form_submitted", bench.minutes(-90 * 1440), form="f", email="a@example.com", region="华东")
    for day, value, type_, more in given:
        more = dict(more)
        verified = (f"{field}:{value}",) if more.pop("verified", False) else ()
        bench.fact(type_, bench.minutes(day * 1440), **{field: value}, verified=verified, **more)
    return bench


def value(bench: Bench, field: str = "phone") -> str | None:
    held = bench.state("lead:a", "lead")["fields"].get(field)
    return held and held[0]


PER_FIELD = "lead: {survivorship: {fields: {%s}}}"
NEWEST = PER_FIELD % "phone: {order: [newer, verified]}"
BY_SOURCE = PER_FIELD % "phone: {order: [source, newer], sources: [crm, website]}"
VERIFIED_ONLY = PER_FIELD % "phone: {order: [verified]}"
CASES: list[tuple[str, str, list[Given], str]] = [
    ("newer wins", "", [(0, A, "form_submitted", {}), (1, B, "form_submitted", {})], B),
    ("verified beats newer", "", [(0, A, "form_submitted", SURE), (1, B, "form_submitted", {})], A),
    ("newer beats verified, where the book says so", NEWEST,
     [(0, A, "form_submitted", SURE), (1, B, "form_submitted", {})], B),
    ("of one time the better source wins", "lead: {source_priority: {crm: 5}}",
     [(0, A, "form_submitted", {"source": "crm"}), (0, B, "form_submitted", {})], A),
    ("the source comes first, where the book says so", BY_SOURCE,
     [(0, A, "form_submitted", {"source": "crm"}), (9, B, "form_submitted", {})], A),
    ("a source that is not listed comes last", BY_SOURCE,
     [(0, A, "form_submitted", {}), (9, B, "form_submitted", {"source": "elsewhere"})], A),
    ("what is not compared does not count: the greater text", VERIFIED_ONLY,
     [(0, A, "form_submitted", {}), (9, C, "form_submitted", {})], A),
    ("a person outranks what is newer", "", [(0, A, "lead_updated", REP), (9, B, "form_submitted", {})], A),
    ("a person outranks what is verified", "", [(0, A, "lead_updated", REP), (9, B, "form_submitted", SURE)], A),
    ("a person outranks what was verified before", "", [(0, B, "form_submitted", SURE), (1, A, "lead_updated", REP)],
     A),
    ("of two people the later one", "", [(0, A, "lead_updated", REP), (1, B, "lead_updated", {"rep": "r2"})], B),
    ("nobody's update is no correction", "", [(0, A, "lead_updated", {}), (1, B, "form_submitted", {})], B),
    ("a source that is listed is people's", "lead: {survivorship: {manual: {sources: [desk]}}}",
     [(0, A, "lead_updated", {"source": "desk"}), (1, B, "form_submitted", {})], A),
    ("reps count for nothing special, where the book says so", "lead: {survivorship: {manual: {by_rep: false}}}",
     [(0, A, "lead_updated", REP), (1, B, "form_submitted", {})], B),
    ("after it expired the newer one holds", "lead: {survivorship: {manual: {days: 7}}}",
     [(0, A, "lead_updated", REP), (8, B, "form_submitted", {})], B),
    ("it expires per field", PER_FIELD % "phone: {manual_days: 2}",
     [(0, A, "lead_updated", REP), (3, B, "form_submitted", {})], B),
    ("an expired correction is a value like others", "lead: {survivorship: {manual: {days: 7}}}",
     [(0, A, "lead_updated", {**REP, "verified": True}), (8, B, "form_submitted", {})], A),
    ("no days: a person counts like anybody", "lead: {survivorship: {manual: {days: 0}}}",
     [(0, A, "lead_updated", REP), (1, B, "form_submitted", {})], B),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "given", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_which_value_holds(rules: str, given: list[Given], expected: str) -> None:
    for order in permutations(given):
        bench = played(list(order), rules)
        bench.until(bench.minutes(10 * 1440))
        assert value(bench) == expected
        assert bench.changes[-1].field == "reachability" or value(bench) == _last(bench, "phone")
        assert not list(damages([row for row in bench.changes if row.lead == "lead:a"]))


def _last(bench: Bench, field: str) -> str | None:
    return [row.new for row in bench.changes if row.field == field][-1]


def test_the_better_automatic_value_comes_back_by_itself_when_a_correction_expires() -> None:
    bench = played([(0, A, "lead_updated", REP), (1, B, "form_submitted", SURE), (2, C, "form_submitted", {})],
                   "lead: {survivorship: {manual: {days: 7}}}")  # fmt: skip
    assert value(bench) == A
    bench.until(bench.minutes(7 * 1440) - 1)
    assert value(bench) == A
    bench.until(bench.minutes(7 * 1440))
    assert value(bench) == B
    last = [row for row in bench.changes if row.field == "phone"][-1]
    assert (last.old, last.new, last.rule, last.at) == (A, B, "lead.correction_expired", bench.minutes(7 * 1440))
    assert bench.signals[-1].kind == "lead_updated"


def test_the_history_says_who_corrected() -> None:
    bench = played([(0, A, "form_submitted", {}), (1, B, "lead_updated", {"rep": "r7"})])
    last = [row for row in bench.changes if row.field == "phone"][-1]
    assert (last.actor, last.rule) == ("rep:r7", "lead_updated.manual")


def test_five_values_in_any_order() -> None:
    given: list[Given] = [
        (0, A, "lead_updated", REP), (1, B, "form_submitted", SURE), (2, C, "form_submitted", {}),
        (3, "+8613612345678", "lead_updated", {"rep": "r2"}), (9, "+8613512345678", "form_submitted", {}),
    ]  # fmt: skip
    held = set()
    for order in permutations(given):
        bench = played(list(order), "lead: {survivorship: {manual: {days: 4}}}")
        bench.until(bench.minutes(20 * 1440))
        held.add(value(bench))
    assert held == {B}


@pytest.mark.parametrize("part", ["张", "張", "张**", "张*杰", "欧阳"])
def test_a_part_of_a_name_does_not_take_the_place_of_a_whole_one(part: str) -> None:
    given: list[Given] = [(0, "张伟杰", "form_submitted", {}), (5, part, "lead_updated", {})]
    for order in permutations(given):
        bench = played(list(order), field="name")
        assert value(bench, "name") == "张伟杰"
        told = [each.evidence["new"] for each in bench.signals if each.kind == "lead_updated"]
        assert told == (["张伟杰"] if order[-1][1] == part else [part, "张伟杰"])
    newer: list[Given] = [*given, (7, "张伟", "lead_updated", {})]
    assert {value(played(list(order), field="name"), "name") for order in permutations(newer)} == {"张伟"}
    assert value(played([given[1]], field="name"), "name") == part
    corrected: list[Given] = [given[0], (5, part, "lead_updated", REP)]
    assert value(played(corrected, field="name"), "name") == part


def test_a_value_seen_again_later_is_as_new_as_its_last_sight() -> None:
    given: list[Given] = [(0, A, "form_submitted", {}), (5, A, "form_submitted", {}), (3, B, "form_submitted", {})]
    assert {value(played(list(order))) for order in permutations(given)} == {A}


@pytest.mark.parametrize("wrong", ["phne: {}", "phone: {order: [newer, newer]}", "phone: {order: []}"])
def test_a_rule_that_would_do_nothing_is_refused(wrong: str) -> None:
    with pytest.raises(RuleBookError):
        load_rule_book(PER_FIELD % wrong)


def test_the_grade_of_reachability_follows_the_fields() -> None:
    bench = Bench(load_rule_book("{}"))
    bench.fact("lead_imported", bench.minutes(0), row={"name": "张三", "phone_masked": "138****8000"})
    bench.fact("form_submitted", bench.minutes(1), form="f", phone=A)
    bench.fact("form_submitted", bench.minutes(2), form="f", phone=A, verified=(f"phone:{A}",))
    bench.fact("form_submitted", bench.minutes(3), form="f", title="CTO")
    grades = [(row.old, row.new) for row in bench.changes if row.field == "reachability"]
    assert grades == [(None, "masked"), ("masked", "valid"), ("valid", "verified")]


def test_a_polished_record_without_a_way_to_the_person_is_graded_none() -> None:
    bench = Bench(load_rule_book("{}"))
    bench.fact("lead_updated", bench.minutes(0), name="张三", company="某某公司", title="总经理")
    assert [row.new for row in bench.changes if row.field == "reachability"] == ["none"]


def test_a_restored_lead_has_its_former_fields_and_no_others() -> None:
    former, later = {"name": "张三"}, {"name": "李四", "qq": "12345"}
    bench = played([(0, A, "form_submitted", former), (1, B, "form_submitted", later)])
    asked = {"phone": A, "name": "张三", "qq": None, "rep_id": "r9"}
    bench.fact("lead_restored", bench.minutes(2 * 1440), fields=asked, by="wang", as_of=bench.minutes(720))
    assert (value(bench), value(bench, "name"), value(bench, "qq")) == (A, "张三", None)
    made = [(row.field, row.old, row.new, row.rule, row.actor) for row in bench.changes if row.rule == "lead.restored"]
    assert made == [
        ("name", "李四", "张三", "lead.restored", "wang"),
        ("phone", B, A, "lead.restored", "wang"),
        ("qq", "12345", None, "lead.restored", "wang"),
        ("rep_id", None, "r9", "lead.restored", "wang"),
    ]
    bench.fact("form_submitted", bench.minutes(3 * 1440), form="f", phone=C)
    assert value(bench) == A, "a person put it back"
    bench.until(bench.minutes(2 * 1440) + 181 * DAY)
    assert value(bench) == C


def test_a_lead_is_put_back_also_by_who_asks_with_a_clock_that_is_behind() -> None:
    bench = played([(0, A, "form_submitted", {}), (1, B, "lead_updated", REP)])
    for noon, phone in ((720, A), (700, B), (690, A)):
        fact = restoring_fact("lead:a", {"phone": phone}, "wang", bench.minutes(0), bench.minutes(noon))
        bench.control(fact)
        assert value(bench) == phone, "the correction a day later, or what was put back by another clock, is older"
    bench.control(fact)
    assert len([row for row in bench.changes if row.rule == "lead.restored"]) == 3, "the same again is a repeat"
    bench.fact("form_submitted", bench.minutes(2 * 1440), form="f", phone=C)
    assert value(bench) == A
