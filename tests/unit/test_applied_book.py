"""A rule book of an earlier release: what a later one refuses has its default, all else holds, and nobody stops."""

import orjson
import pytest

from processors.state import HEAD_NAMES, decode_head
from schemas.fact import Origin, RuleBookChange
from schemas.rules import RuleBook, RuleBookError, load_rule_book, read_applied
from tests.unit.test_step import Partition, fact, tick

BOOK = load_rule_book("""
name: ours
assignment: {default_roster: [r1]}
followup: {first_contact_minutes: 7}
nurture: {after_hours: 9, calendar: shop}
calendars: {default: {}, shop: {}}
overrides: [{when: {region: [华东]}, set: {followup: {first_contact_minutes: 5}}}]
""")


def edited(**sections: object) -> str:
    return orjson.dumps({**orjson.loads(BOOK.document), **sections}).decode()


def test_what_this_release_accepts_is_read_as_it_is() -> None:
    assert read_applied(BOOK.document) == (BOOK, ())


CASES = [  # what became of the book, sections that have their defaults, a problem that is named
    ("a bound was narrowed", {"followup": {"first_contact_minutes": 0}}, {"followup"}, "first_contact_minutes"),
    ("a key was taken out", {"notes": {"gone": 1}}, {"notes"}, "notes.gone: no rule reads this key"),
    ("a section was taken out", {"weather": {"rain": True}}, set(), "weather: no rule reads this key"),
    ("two at once", {"notes": {"gone": 1}, "deals": {"stages": []}}, {"notes", "deals"}, "deals: stages: every stage"),
    ("an override reads nothing", {"overrides": [{"when": {"region": ["x"]}, "set": {"weather": {}}}]}, {"overrides"},
     "not a section to override"),
    ("a section is no mapping", {"health": [1]}, {"health"}, "health"),
]  # fmt: skip


@pytest.mark.parametrize(("story", "sections", "lost", "problem"), CASES, ids=[case[0] for case in CASES])
def test_what_is_refused_has_its_default_and_all_else_holds(
    story: str, sections: dict[str, object], lost: set[str], problem: str
) -> None:
    with pytest.raises(RuleBookError):
        load_rule_book(edited(**sections))
    book, problems = read_applied(edited(**sections))
    for name in RuleBook.model_fields:
        expected = getattr(RuleBook() if name in lost else BOOK, name)
        assert getattr(book, name) == expected, (story, name)
    assert any(problem in line for line in problems), problems


def test_a_calendar_that_is_gone_takes_no_more_with_it_than_it_must() -> None:
    book, problems = read_applied(edited(calendars={"default": {}}))
    assert problems == ("nurture.calendar: there is no calendar 'shop'; there are default",)
    assert (book.nurture, book.followup, book.overrides) == (RuleBook().nurture, BOOK.followup, BOOK.overrides)


@pytest.mark.parametrize("document", ["", "null", "[]", "3", '"x"', "{", "\ud800", '{"name": 3, "overrides": 4}'])
def test_nothing_that_a_log_may_hold_stops_a_worker(document: str) -> None:
    book, problems = read_applied(document)
    assert book == RuleBook()
    assert problems or document == "[]"


def test_a_worker_goes_on_says_so_and_reads_the_same_after_a_restart() -> None:
    partition = Partition()
    change = RuleBookChange(version="ours@0", document=edited(notes={"gone": 1}), applied_by="t", applied_at=0)
    outputs = partition.run(0, [change, fact("set", 0, 0, after=1), tick(5)])
    (failure,) = partition.steps[0].failures
    assert (failure.detector, failure.origin) == ("rules", Origin("facts", "0a1b2c3d", 0, 0, 0))
    assert "notes.gone" in failure.error
    assert partition.head.rules.followup.first_contact_minutes == 7
    again = decode_head([partition.blobs.get(name) for name in HEAD_NAMES], RuleBook())
    assert (again.rules, again.refused) == (partition.head.rules, partition.head.refused)
    assert outputs.signals[0].rule_book == again.rules.version
