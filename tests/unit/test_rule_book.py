"""The rule book: what is refused and with which words, overrides, weights, references."""

from typing import Annotated

import pytest
from pydantic import ValidationError

from schemas.rules import RuleBook, RuleBookError, describe, load_rule_book
from schemas.rules.names import Match, field_of
from schemas.rules.weights import Bounded, RepurchaseCycleWeight, Weights

REFUSED = [
    (
        "a number out of bounds",
        "followup: {first_contact_minutes: 0}",
        "followup.first_contact_minutes: input should be",
    ),
    ("a key nobody reads", "followup: {minutes: 5}", "followup.minutes: no rule reads this key"),
    ("a section nobody reads", "folowup: {}", "folowup: no rule reads this key"),
    (
        "a type nobody sends",
        "followup: {counts_as_follow_up: [phoned]}",
        "followup.counts_as_follow_up.0: no front end sends 'phoned'",
    ),
    (
        "a field no type has",
        "nurture: {won_by: [{type: order_placed, field: total}]}",
        "nurture.won_by.0: order_placed has no field 'total'",
    ),
    (
        "values of no field",
        "nurture: {won_by: [{type: order_placed, any_of: [x]}]}",
        "nurture.won_by.0: any_of needs a field",
    ),
    (
        "a calendar that is not there",
        "followup: {calendar: night}",
        "followup.calendar: there is no calendar 'night'; there are default",
    ),
    ("no default calendar", "calendars: {night: {}}", "calendars: `default` is missing"),
    (
        "hours that end before they begin",
        "calendars: {default: {hours: ['18:00-09:00']}}",
        "hours: working hours end after they begin",
    ),
    (
        "hours that overlap",
        "calendars: {default: {hours: ['09:00-12:00', '11:00-18:00']}}",
        "hours: working hours must be in order and apart",
    ),
    (
        "a day off that is worked",
        "calendars: {default: {days_off: [2027-01-02], working_days: [2027-01-02]}}",
        "both name 2027-01-02",
    ),
    (
        "a text with an unknown place",
        "followup: {title: {zh: '{who}', en: x}}",
        "followup.title: zh: nothing fills {who}; the places are {label}, {minutes}",
    ),
    (
        "a text that reaches into objects",
        "followup: {title: {zh: '{label.__class__}', en: x}}",
        "zh: nothing fills {label.__class__}",
    ),
    ("a text with a lone brace", "followup: {title: {zh: '{', en: x}}", "followup.title: zh: braces do not match"),
    ("a recipient that is none", "followup: {recipients: [boss]}", "followup.recipients.0: string should match"),
    ("stages out of order", "deals: {stages: [{stage: won}]}", "deals: stages: every stage once"),
    (
        "a stage without credibility",
        "forecast: {credibility: {lead: 0.5}}",
        "forecast: credibility: solution, commercial, legal, won, lost is missing",
    ),
    (
        "a curve that rises",
        "forecast: {decay: [{days: 3, factor: 0.5}, {days: 6, factor: 0.7}]}",
        "forecast: decay: days must rise",
    ),
    (
        "an override for nobody",
        "overrides: [{when: {}, set: {followup: {hours: wall}}}]",
        "overrides.0.when: name at least one of industry",
    ),
    (
        "an override of no section",
        "overrides: [{when: {region: x}, set: {cleansing: {region: US}}}]",
        "overrides.0.set.cleansing: not a section to override",
    ),
    (
        "an override out of bounds",
        "overrides: [{when: {region: x}, set: {followup: {first_contact_minutes: 0}}}]",
        "overrides.0.set.followup.first_contact_minutes: input should be",
    ),
    (
        "an override with a dangling name",
        "overrides: [{when: {region: x}, set: {followup: {calendar: y}}}]",
        "overrides.0.set.followup.calendar: there is no calendar 'y'",
    ),
    ("no mapping", "- a", "the document must be a mapping"),
    ("no YAML", "a: [", "not YAML"),
    ("a section twice", "lead: {}\nlead: {welcome: {}}", "line 2, column 1: the key 'lead' stands here a second time"),
    ("a key twice", "lead: {welcome: {}, welcome: {}}", "the key 'welcome' stands here a second time"),
]


@pytest.mark.parametrize(("story", "text", "reason"), REFUSED, ids=[story for story, _, _ in REFUSED])
def test_what_is_refused_and_why(story: str, text: str, reason: str) -> None:
    with pytest.raises(RuleBookError) as caught:
        load_rule_book(text)
    assert any(reason in problem for problem in caught.value.problems), caught.value.problems


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(RuleBookError) as caught:
        load_rule_book("followup: {first_contact_minutes: 0, nope: 1}\nnotes: {remind_minutes: -1}")
    assert len(caught.value.problems) == 3
    assert "followup.nope" in str(caught.value)


def test_what_is_wrong_with_one_override_is_said_once_not_for_each_combination() -> None:
    with pytest.raises(RuleBookError) as caught:
        load_rule_book("""
overrides:
  - {when: {region: x}, set: {notes: {remind_minutes: 0}}}
  - {when: {source: y}, set: {notes: {escalate_minutes: 5}}}
""")
    assert len(caught.value.problems) == 1


def test_two_overrides_that_are_right_alone_and_wrong_together_are_refused() -> None:
    with pytest.raises(RuleBookError) as caught:
        load_rule_book("""
calendars: {default: {}, night: {}}
overrides:
  - {when: {region: x}, set: {forecast: {decay: [{days: 3, factor: 0.6}, {days: 9, factor: 0.3}]}}}
  - {when: {source: y}, set: {deals: {grace_minutes: 5}}}
  - {when: {source: y}, set: {forecast: {credibility: {lead: 2}}}}
""")
    assert [line.partition(":")[0] for line in caught.value.problems] == ["overrides.2.set.forecast.credibility.lead"]


BOOK = """
name: autumn
followup: {first_contact_minutes: 30}
overrides:
  - when: {region: [华东, 华南]}
    set: {followup: {first_contact_minutes: 20}, nurture: {after_hours: 48}}
  - when: {region: 华东, source: website}
    set: {followup: {first_contact_minutes: 10}}
  - when: {grade: A}
    set: {followup: {hours: business}}
  - when: {industry: education}
    set: {followup: {title: {zh: 快}}}
"""

RESOLVED = [
    ({}, 30, "wall", 72),
    ({"region": "华北"}, 30, "wall", 72),
    ({"region": "华南"}, 20, "wall", 48),
    ({"region": "华东"}, 20, "wall", 48),
    ({"region": "华东", "source": "website"}, 10, "wall", 48),
    ({"region": "华东", "source": "app", "grade": "A"}, 20, "business", 48),
    ({"source": "website", "grade": "A"}, 30, "business", 72),
]


@pytest.mark.parametrize(("who", "minutes", "hours", "nurture"), RESOLVED)
def test_overrides_are_laid_over_the_book_in_order(
    who: dict[str, str], minutes: int, hours: str, nurture: float
) -> None:
    rules = load_rule_book(BOOK).for_(**who)
    assert (rules.followup.first_contact_minutes, rules.followup.hours, rules.nurture.after_hours) == (
        minutes, hours, nurture,
    )  # fmt: skip


def test_mappings_are_merged_and_what_is_not_named_stays() -> None:
    title = load_rule_book(BOOK).for_(industry="education").followup.title
    assert title.zh == "快"
    assert "followed up" in title.en


def test_the_merged_rules_are_made_once_and_values_that_no_override_names_share_theirs() -> None:
    book = load_rule_book(BOOK)
    assert book.for_(region="华东") is book.for_(region="华东", source="never heard of")
    many = {id(book.for_(source=f"source {number}")) for number in range(1_000)}
    assert len(many) == 1
    assert RuleBook().for_(region="x") == RuleBook()


def test_a_book_survives_its_canonical_form_and_its_version_depends_on_content_alone() -> None:
    book = load_rule_book(BOOK)
    again = RuleBook.model_validate_json(book.document)
    assert again == book
    assert again.version == book.version
    assert book.version.startswith("autumn@")
    assert load_rule_book(BOOK.replace("30", "31")).version != book.version


def test_too_many_combinations_are_refused_rather_than_left_unchecked() -> None:
    rows = "".join(
        f"  - {{when: {{{name}: v{number}}}, set: {{notes: {{remind_minutes: 5}}}}}}\n"
        for name in ("industry", "region", "source") for number in range(30)
    )  # fmt: skip
    with pytest.raises(RuleBookError, match="too many combinations"):
        load_rule_book("overrides:\n" + rows)


class Health(Weights):
    login: float = 0.5
    cycle: RepurchaseCycleWeight = 0.2
    orders: Annotated[float, Bounded(0.1, 0.6, "orders are what we live from")] = 0.3


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (
            {"cycle": 0.31, "login": 0.39},
            "a weight of 0.31 is refused: it lies from 0 to 0.3, because the repurchase cycle says",
        ),
        ({"orders": 0.05}, "because orders are what we live from"),
        ({"login": 0.6}, "the weights add up to 1.1 (login 0.6 + cycle 0.2 + orders 0.3); they must add up to 1"),
    ],
)
def test_weights_out_of_bounds_are_refused_with_an_explanation(values: dict[str, float], reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Health(**values)
    assert reason in str(caught.value)


def test_weights_show_their_sum() -> None:
    assert Health().shown == "1 (login 0.5 + cycle 0.2 + orders 0.3)"
    assert Health(cycle=0.3, login=0.4).total == pytest.approx(1)


def test_a_match_reads_declared_fields_and_extra_ones() -> None:
    won = Match(type="deal_updated", field="stage", any_of=("won",))
    assert won.holds("deal_updated", {"stage": "won"})
    assert not won.holds("deal_updated", {"stage": "lost"})
    assert not won.holds("deal_updated", {})
    assert not won.holds("order_placed", {"stage": "won"})
    assert Match(type="order_placed").holds("order_placed", {})
    assert field_of({"extra": {"variant": "b"}}, "extra.variant") == "b"
    assert field_of({"extra": 5}, "extra.variant") is None


def test_yaml_is_read_as_people_mean_it() -> None:
    book = load_rule_book("""
cleansing: {off: []}
summary: {at: 17:30}
calendars: {default: {days_off: [2027-02-11]}}
assignment: {rosters: {no: [off, on, yes]}}
""")
    assert book.summary.at == "17:30"
    assert book.calendars["default"].days_off == ("2027-02-11",)
    assert book.assignment.rosters == {"no": ("off", "on", "yes")}


def test_the_reference_is_in_step_with_the_models_and_is_the_default_book() -> None:
    assert describe.PAGE.read_text(encoding="utf-8") == describe.page(), "python -m schemas.rules.describe --write"
    written = describe.REFERENCE.read_text(encoding="utf-8")
    assert written == describe.reference(), "python -m schemas.rules.describe --write"
    assert load_rule_book(written) == RuleBook()


def test_every_key_of_every_section_is_in_the_reference_with_a_meaning() -> None:
    written = describe.REFERENCE.read_text(encoding="utf-8")
    for name, info in RuleBook.model_fields.items():
        assert info.description, name
        section = getattr(RuleBook(), name)
        for key, inner in getattr(type(section), "model_fields", {}).items():
            assert inner.description, f"{name}.{key}"
            assert f"\n  {key}:" in written


def test_the_book_that_ships_is_read_and_minimal() -> None:
    text = (describe.ROOT / "deploy" / "rules" / "default.yaml").read_text(encoding="utf-8")
    assert load_rule_book(text).assignment.rosters
    assert len(text.splitlines()) < 40
