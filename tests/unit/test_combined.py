"""The fields of two leads that become one are those that one lead would have had."""

import random
from typing import Any

import pytest

from online_models.in_force import models_of
from processors.merging.combined import combine
from processors.state import decode_entity
from schemas.rules import RuleBook
from schemas.times import DAY
from tests.unit.detector_bench import NINE, Bench

RULES = RuleBook()
MODELS: Any = models_of({}, RULES)
DAYS = 40  # fewer than a correction stands, as it ships
Given = tuple[int, dict[str, Any]]


def remembered(facts: list[Given], rules: RuleBook = RULES) -> tuple[dict[str, Any], dict[str, int]]:
    bench = Bench(rules)
    for day, more in facts:
        bench.fact("lead_updated" if "title" in more else "form_submitted", NINE + day * DAY, **more)
    state = decode_entity(bench.partition.blobs["lead:a"])
    return state.states, state.timers


def said(day: int, title: str, rep: str | None = None) -> Given:
    return day, {"title": title, "rep": rep}


FORM = (0, {"form": "f", "email": "a@example.com"})
EARLY, LATE = said(3, "总监", "r1"), said(9, "主管", "r2")


@pytest.mark.parametrize(
    ("senior", "other"),
    [
        ([EARLY], [LATE]),
        ([EARLY], [said(9, "经理")]),
        ([said(9, "经理")], [EARLY]),
        ([said(1, "顾问"), EARLY], [said(2, "经理"), LATE]),
    ],
    ids=["two corrections", "a correction", "the other's correction", "what is automatic beside them"],
)
def test_a_person_s_correction_is_that_of_both_leads(senior: list[Given], other: list[Given]) -> None:
    expected = remembered([FORM, *sorted([*senior, *other], key=lambda each: each[0])])
    for first, second in ((senior, other), (other, senior)):
        states, timers = combine(remembered([FORM, *first]), remembered([FORM, *second]), RULES, MODELS)
        assert states["lead"]["fields"] == expected[0]["lead"]["fields"]
        assert states["lead"].get("corrections") == expected[0]["lead"].get("corrections")
        assert timers["lead.correction_title"] == expected[1]["lead.correction_title"]


@pytest.mark.parametrize("seed", range(40))
def test_fields_are_those_of_one_lead_however_the_facts_were_dealt_out(seed: int) -> None:
    drawn = random.Random(seed)
    facts = [
        said(day, drawn.choice(("经理", "主管", "总监", "顾问")), drawn.choice((None, None, "r1", "r2")))
        for day in sorted(drawn.sample(range(1, DAYS), 6))
    ]
    mine = [each for each in facts if drawn.random() < 0.5]
    theirs = [each for each in facts if each not in mine]
    expected = remembered([FORM, *facts])[0]["lead"]
    for first, second in ((mine, theirs), (theirs, mine)):
        lead = combine(remembered([FORM, *first]), remembered([FORM, *second]), RULES, MODELS)[0]["lead"]
        assert lead["fields"] == expected["fields"]
        assert lead.get("corrections") == expected.get("corrections")
