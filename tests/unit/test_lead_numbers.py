"""Further numbers and extensions reach the lead's row: the latest, without its phone, without what was given up."""

import random
from itertools import permutations

import pytest

from processors.history import damages
from processors.leads.numbers import MOST, Numbers, joined, of_text, text_of
from processors.leads.restoration import fields_at
from schemas.rules import load_rule_book
from sinks.read import LeadRow
from streams.exporting.tables import HEADINGS, row_of
from tests.memory_world import World
from tests.unit.detector_bench import Bench
from tests.unit.test_identity_live import form, run
from tests.unit.test_merging_live import judged, leads, phases, row

A, B, C, D = "+8613800138000", "+8613900139000", "+8613700137000", "+861066400034"


@pytest.fixture
def bench() -> Bench:
    return Bench(load_rule_book("assignment: {rosters: {华东: [r1]}}"))


def said(bench: Bench, minute: float, type_: str = "form_submitted", **data: object) -> None:
    bench.fact(type_, bench.minutes(minute), **{"region": "华东", **data})


def others(bench: Bench) -> str | None:
    held = bench.state("lead:a", "lead")["fields"].get("phone_others")
    assert {row.field: row.new for row in bench.changes}.get("phone_others") == (held and held[0])
    assert not list(damages(bench.changes))
    return held[0] if held else None


def test_what_stands_beside_the_phone_reaches_the_lead() -> None:
    world = run(
        [
            form("a", name="张伟", phone="010-66400034转801，13900139000"),
            form("b", name="李娜", phone="13700137000"),
            form("c", name="王芳", phone="010-66400034转801/010-66400035转802"),
        ]
    )
    rows = {lead.fields["name"]: lead.fields for lead in world.library.leads.values()}
    assert (rows["张伟"]["phone"], rows["张伟"]["phone_others"]) == (B, f"{D} ext. 801")
    assert rows["王芳"]["phone_others"] == f"{D} ext. 801; +861066400035 ext. 802"
    assert "phone_others" not in rows["李娜"]


def test_the_phone_itself_is_no_further_number_and_one_that_gives_way_to_another_is_still_there(bench: Bench) -> None:
    said(bench, 0, phone=A, phone_others=[B, C])
    assert others(bench) == f"{C}; {B}"
    said(bench, 1, phone=C)
    assert others(bench) == f"{A}; {B}"
    said(bench, 2, phone=B)
    assert others(bench) == f"{C}; {A}"
    said(bench, 3, phone=A)
    assert others(bench) == f"{B}; {C}"
    before = len(bench.changes)
    said(bench, 4, phone=A, phone_others=[B])  # said again: later, and in the same place
    assert len(bench.changes) == before
    said(bench, 5, phone=A, phone_others=[C])
    assert others(bench) == f"{C}; {B}"
    said(bench, 6, phone=A, phone_others=[D])
    said(bench, 7, phone=A, phone_others=[D], phone_other_extensions={D: "801"})
    assert others(bench) == f"{D} ext. 801; {C}; {B}"


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_what_a_person_corrected_is_no_further_number_and_what_is_said_since_is(
    bench: Bench, order: tuple[int, ...]
) -> None:
    events = [
        lambda: said(bench, 0, phone=A),
        lambda: said(bench, 1, phone=B, phone_others=[D]),
        lambda: bench.fact("lead_updated", bench.minutes(2), rep="r1", phone=C),
        lambda: said(bench, 3, phone=A),
    ]
    for number in order:
        events[number]()
    assert bench.state("lead:a", "lead")["fields"]["phone"][0] == C
    assert others(bench) == f"{A}; {D}"


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_what_was_confirmed_and_said_again_after_a_correction_is_a_further_number(
    bench: Bench, order: tuple[int, ...]
) -> None:
    facts = (
        lambda: bench.fact("form_submitted", bench.minutes(1), phone=A, region="华东", verified=(f"phone:{A}",)),
        lambda: bench.fact("lead_updated", bench.minutes(2), phone=B, rep="r1"),
        lambda: said(bench, 3, phone=A),
    )
    for place in order:
        facts[place]()
    assert (bench.state("lead:a", "lead")["fields"]["phone"][0], others(bench)) == (B, A)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_a_number_given_up_is_gone_until_it_is_said_again_whatever_the_order(
    bench: Bench, order: tuple[int, ...]
) -> None:
    confirmed = {"old_code_verified": True, "new_code_verified": True}
    events = [
        lambda: said(bench, 0, phone=A, phone_others=[B, D]),
        lambda: said(bench, 1, phone=D, phone_extension="801"),
        lambda: said(bench, 2, "phone_changed", old=B, new=C, **confirmed),
        lambda: said(bench, 3, "phone_changed", old=D, new=A, **confirmed),
    ]
    for number in order:
        events[number]()
    assert others(bench) == C
    said(bench, 4, phone=C, phone_others=[B, D])
    assert others(bench) == f"{D}; {C}; {B}"  # the phone is verified


def test_a_lead_that_is_put_back_has_the_numbers_that_it_had(bench: Bench) -> None:
    said(bench, 0, phone=A, phone_others=[B, C])
    said(bench, 1, phone=D, phone_extension="801", phone_others=["+8613600136000", B])
    wanted = fields_at([(row, 0) for row in bench.changes if row.at == bench.minutes(0)], bench.minutes(0))
    assert wanted["phone_others"] == f"{C}; {B}"
    said(bench, 2, "lead_restored", fields=wanted, by="m1", as_of=0)
    assert others(bench) == f"{C}; {B}"
    said(bench, 3, "lead_restored", fields={"phone_others": None}, by="m1", as_of=0)
    assert others(bench) is None
    said(bench, 4, phone=A, phone_others=[B])
    assert others(bench) == B


def test_rows_of_a_table_tell_them_and_what_is_no_number_is_none(bench: Bench) -> None:
    said(bench, 0, "lead_imported", row={"phone": A, "phone_others": [B, "abc", 5], "phone_extension": "x1"})
    assert others(bench) == B
    said(bench, 1, "lead_imported", row={"phone": A, "phone_others": "+8613600136000"})
    assert others(bench) == B


def test_the_latest_few_are_kept_whatever_the_order() -> None:
    draw = random.Random(7)
    numbers = [({f"+86138{n:08}": [draw.randrange(99), draw.choice([-1, 50]), -1]}) for n in range(3 * MOST)]
    found = set()
    for _ in range(50):
        draw.shuffle(numbers)
        kept: Numbers = {}
        for each in numbers:
            kept = joined(kept, each)
        found.add((str(kept), text_of(kept, None)))
        assert len(kept) == MOST
    assert len(found) == 1
    assert joined(kept, {}) is kept
    text = text_of({B: [5, -1, -1], C: [5, -1, -1]}, None)
    assert text_of(of_text(text, 9), None) == text
    assert of_text(None, 9) == {}


def merged_and_parted() -> tuple[World, World]:
    one, other = (
        form("a", name="张伟", phone="13800138000 / 13700137000"),
        form("b", name="李娜", phone="13900139000转12"),
    )
    alone = phases([one], [other])
    first, second = leads(alone)
    together = phases([one], [other], [judged("j", "same", first, second)])
    assert row(together, first)["phone"] in (A, B)
    return together, phases(
        [one], [other], [judged("j", "same", first, second)], [judged("k", "different", first, second, 60)]
    )


def test_leads_that_become_one_have_the_numbers_of_both_and_get_their_own_back() -> None:
    together, parted = merged_and_parted()
    first, second = leads(together)
    (person,) = [row(together, lead) for lead in (first, second) if "merged_into" not in row(together, lead)]
    expected = {C, f"{B} ext. 12"} - {person["phone"]}
    assert expected <= set(person["phone_others"].split("; "))
    assert row(parted, first)["phone_others"] == C
    assert row(parted, second)["phone_others"] == f"{B} ext. 12"


def test_an_export_shows_them_in_part_where_it_is_masked() -> None:
    lead = LeadRow("lead:a", {"phone": A, "phone_others": f"{D} ext. 801; {B}"}, 0, 1, 2)
    place = HEADINGS["zh"].index("其他电话")
    assert row_of(lead, masked=False)[place] == f"{D} ext. 801; {B}"
    hidden = row_of(lead, masked=True)[place]
    assert hidden.endswith("; +86139****9000")
    assert "66400" not in hidden
