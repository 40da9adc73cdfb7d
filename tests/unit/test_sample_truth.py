"""The sample's truth against a plain recount of what is sent, and the sample against itself."""

from collections import Counter, defaultdict
from typing import Any

import msgspec
import orjson
import pytest

from processors.cleansing.name import clean_name
from processors.cleansing.phone import clean_phone
from schemas.ids import derived_id, entity_key
from schemas.rules import load_rule_book
from schemas.times import DAY, HOUR, MINUTE, parse_iso
from streams.sample import reps
from streams.sample.orders import BLIND_DAYS, Shop
from streams.sample.recipe import WHOLE_YEAR, Recipe, Sample
from streams.sample.retail import Invoice, data_file, read
from streams.sample.truth import Truth
from streams.sample.wire import Send

END = 1_795_000_000_000
RECIPE = Recipe(seed=7, end=END, days=90, limit=1_500)


@pytest.fixture(scope="module")
def invoices() -> list[Invoice]:
    return list(read(data_file()))


@pytest.fixture(scope="module")
def sample(invoices: list[Invoice]) -> Sample:
    return Sample(RECIPE, invoices)


@pytest.fixture(scope="module")
def sent(sample: Sample) -> list[Send]:
    return list(sample.sends())


@pytest.fixture(scope="module")
def good(sent: list[Send]) -> dict[str, dict[str, Any]]:
    """Every well-formed event by id, as it came first; hostile ones and orders of nobody left out."""
    found: dict[str, dict[str, Any]] = {}
    for one in sent:
        try:
            event = orjson.loads(one.body)
        except orjson.JSONDecodeError:
            continue
        event_id = str(event.get("event_id"))
        nobody = event.get("type", "").startswith("order_") and "subject" not in event
        if not nobody and "hostile-" not in one.body.decode() and event_id != "x" * 65:
            found.setdefault(event_id, event)
    return found


def _at(event: dict[str, Any]) -> int:
    at = parse_iso(event["occurred_at"])
    assert at is not None
    return at


def _who(event: dict[str, Any]) -> tuple[str, str]:
    first = event["subject"]["ids"][0]
    return first["kind"], first["value"]


def _of_leads(good: dict[str, dict[str, Any]], truth: Truth) -> dict[str, list[dict[str, Any]]]:
    """All events of each lead, in order of time, by the event that creates it; with those of who was merged into it."""
    by_person = defaultdict(list)
    for event in sorted(good.values(), key=_at):
        if "subject" in event:
            by_person[_who(event)].append(event)
    return {
        event_id: [event for name in (event_id, lead.joined) if name for event in by_person[_who(good[name])]]
        for event_id, lead in truth.leads.items()
    }


def test_equal_recipes_give_equal_bytes(invoices: list[Invoice], sample: Sample, sent: list[Send]) -> None:
    again = Sample(RECIPE, invoices)
    assert list(again.sends()) == sent
    assert again.truth.as_json() == sample.truth.as_json()


def test_another_seed_gives_other_people(invoices: list[Invoice], sample: Sample) -> None:
    other = Sample(RECIPE._replace(seed=8), invoices)
    assert {lead.phone for lead in other.truth.leads.values()}.isdisjoint(
        {lead.phone for lead in sample.truth.leads.values() if lead.phone}
    )


def test_everything_comes_in_order_and_ends_at_the_end(sent: list[Send]) -> None:
    times = [one.at for one in sent]
    assert times == sorted(times)
    assert times[-1] == END


def test_a_later_end_shifts_the_shop_by_whole_milliseconds(invoices: list[Invoice], sent: list[Send]) -> None:
    later = Sample(RECIPE._replace(end=END + 12_345), invoices)
    mine, theirs = (
        [(one.at, orjson.loads(one.body)["event_id"]) for one in sends if one.key.startswith("customer:")]
        for sends in (sent, later.sends())
    )
    assert [(at + 12_345, event_id) for at, event_id in mine] == theirs


def test_the_counts_are_those_of_a_recount(sample: Sample, sent: list[Send], good: dict[str, dict[str, Any]]) -> None:
    truth = sample.truth
    assert truth.sent == len(sent)
    assert truth.distinct == len(good)
    assert truth.sent == truth.distinct + truth.duplicates + sum(truth.rejected.values())
    nobody = sum(b'"order_' in one.body and b'"subject"' not in one.body and b"hostile" not in one.body for one in sent)
    assert truth.rejected["no_subject"] == nobody + 3


def test_repeats_are_the_same_event_in_the_same_or_other_bytes_and_partitions(sent: list[Send]) -> None:
    copies: dict[str, list[Send]] = defaultdict(list)
    for one in sent:
        if one.json and one.body[:1] == b"{" and b"hostile" not in one.body and b'"x"' not in one.body:
            copies[orjson.loads(one.body)["event_id"]].append(one)
    repeated = [group for name, group in copies.items() if len(group) > 1 and name != "x" * 65]
    for group in repeated:
        assert len({orjson.dumps(orjson.loads(one.body), option=orjson.OPT_SORT_KEYS) for one in group}) == 1
    assert any(len({one.body for one in group}) == 1 for group in repeated)
    assert any(len({one.body for one in group}) == 2 for group in repeated)
    assert any(len({one.key for one in group}) == 2 for group in repeated)


def test_every_lead_has_the_phone_that_was_confirmed_last(sample: Sample, good: dict[str, dict[str, Any]]) -> None:
    assert len(sample.truth.leads) == RECIPE.leads
    for event_id, events in _of_leads(good, sample.truth).items():
        phone = None
        for event in events:
            data = event["data"]
            if event["type"] in ("form_submitted", "lead_imported"):
                typed = data.get("row", data).get("phone")
                phone = clean_phone(typed).value if typed else None
            elif event["type"] == "phone_changed":
                assert clean_phone(data["old"]).value == phone
                if data["old_code_verified"] and data["new_code_verified"]:
                    phone = clean_phone(data["new"]).value
        assert sample.truth.leads[event_id].phone == phone


def test_overdue_is_who_had_no_contact_within_thirty_minutes(sample: Sample, good: dict[str, dict[str, Any]]) -> None:
    contacts = {"followed_up", "customer_touched", "contact_noted", "visit_checked_in"}
    for event_id, events in _of_leads(good, sample.truth).items():
        begun = _at(good[event_id])
        in_time = any(event["type"] in contacts and 0 <= _at(event) - begun <= 30 * MINUTE for event in events)
        imported = good[event_id]["type"] == "lead_imported"  # what comes in bulk sets nobody a deadline
        assert sample.truth.leads[event_id].overdue is not (in_time or imported)
    assert 50 < len(sample.truth.overdue) < 200


def _giving_way(good: dict[str, dict[str, Any]]) -> int:
    """How many values give way when two leads are judged: those of which both persons left another in their forms."""
    forms = {_who(event): event["data"] for event in good.values() if event["type"] == "form_submitted"}
    leads = {entity_key("lead", derived_id("lead", event_id)): event for event_id, event in good.items()}
    judged = [event["data"] for event in good.values() if event["type"] == "leads_judged"]
    pairs = [[forms[_who(leads[data[side]])] for side in ("left", "right")] for data in judged]
    fields = ("phone", "company", "region", "interest")
    return sum(
        bool(one.get(field) and two.get(field)) and one[field] != two[field] for one, two in pairs for field in fields
    )


def test_updates_are_the_confirmed_changes_the_learned_titles_and_what_gives_way_in_a_merge(
    sample: Sample, good: dict[str, dict[str, Any]]
) -> None:
    kinds = Counter(
        event["type"]
        for event in good.values()
        if event["type"] == "lead_updated"
        or (
            event["type"] == "phone_changed"
            and event["data"]["old_code_verified"]
            and event["data"]["new_code_verified"]
        )
    )
    given_way = _giving_way(good)
    assert sample.truth.lead_updated == kinds.total() + given_way
    assert all([given_way, kinds["lead_updated"], kinds["phone_changed"]])


def test_numbers_belong_to_one_person_each(sample: Sample) -> None:
    phones = [lead.phone for lead in sample.truth.leads.values() if lead.phone and not lead.joined]
    assert len(phones) == len(set(phones))


def test_a_lead_that_stays_merged_has_the_number_of_the_newer_one(sample: Sample) -> None:
    leads = sample.truth.leads
    (senior,) = [lead for lead in leads.values() if lead.joined]
    newer = leads[senior.joined or ""]
    assert senior.phone == newer.phone is not None
    assert sum(lead.phone == newer.phone for lead in leads.values()) == 2


def test_who_decides_does_so_after_the_leads_and_under_a_key_of_their_own(
    sent: list[Send], good: dict[str, dict[str, Any]], sample: Sample
) -> None:
    first: dict[tuple[str, str], dict[str, Any]] = {}
    for event in sorted((each for each in good.values() if "subject" in each), key=_at):
        first.setdefault(_who(event), event)
    begun = {
        entity_key("lead", derived_id("lead", first[_who(good[event_id])]["event_id"])): _at(good[event_id])
        for event_id in sample.truth.leads
    }
    judged = [event for event in good.values() if event["type"] == "leads_judged"]
    assert [event["data"]["answer"] for event in judged] == ["same", "same", "different"]
    assert all(begun[event["data"][side]] < _at(event) for event in judged for side in ("left", "right"))
    assert all((one.channel == "desk") == (b'"leads_judged"' in one.body) for one in sent if one.json)


def test_no_two_people_of_one_given_name_are_at_one_company(sample: Sample, good: dict[str, dict[str, Any]]) -> None:
    """By evidence these would be one person: every simulated person must be somebody of their own."""
    rows = [good[event_id]["data"] for event_id in sample.truth.leads]
    fields = [row.get("row", row) for row in rows]
    known = Counter((str(clean_name(row["name"]).value)[-1:], row["company"]) for row in fields)
    assert max(known.values()) == 1


def test_what_a_person_does_comes_under_one_key(sent: list[Send], sample: Sample) -> None:
    keys = defaultdict(set)
    for one in sent:
        if one.channel == "gateway" and one.json and one.body[:1] == b"{" and b"hostile" not in one.body:
            event = orjson.loads(one.body)
            if "subject" in event:
                keys[_who(event)].add(one.key)
    assert all(len(names) == 1 for names in keys.values())


def test_event_ids_fit_and_make_distinct_leads(good: dict[str, dict[str, Any]]) -> None:
    assert all(1 <= len(event_id) <= 64 for event_id in good)
    assert len({derived_id("lead", event_id) for event_id in good}) == len(good)


def test_the_rule_book_has_the_rosters_of_the_simulation() -> None:
    book = load_rule_book((data_file().parent / "rules.yaml").read_text())  # type: ignore[attr-defined]
    assert book.assignment.rosters == reps.ROSTERS


def test_the_truth_can_be_read_back(sample: Sample) -> None:
    assert msgspec.json.decode(sample.truth.as_json(), type=Truth) == sample.truth


def test_the_shop_says_nothing_of_views_for_a_while_and_the_truth_expects_a_model_to_notice(
    invoices: list[Invoice],
) -> None:
    begun, ended = (END - back * DAY for back in BLIND_DAYS)
    views = [one.at for one in Shop(invoices, END, WHOLE_YEAR, blind=True).sends() if b'"page_viewed"' in one.body]
    assert not [at for at in views if begun <= at < ended - HOUR]
    assert all(
        any(edge <= at < edge + DAY * 5 for at in views) for edge in (begun - 5 * DAY, ended)
    )  # before and after, as ever
    assert "model:purchase loss" in Sample(Recipe(7, END, leads=1), invoices).truth.told["model_drift"]
    assert "model_drift" not in Sample(RECIPE, invoices).truth.told


@pytest.mark.parametrize("hour", [2, 10, 22])
def test_nobody_is_promised_a_nurture_flow_that_is_not_due_by_the_end(invoices: list[Invoice], hour: int) -> None:
    end = END // DAY * DAY - 8 * HOUR + hour * HOUR
    short = Sample(Recipe(seed=7, end=end, days=14, limit=1, leads=100), invoices)
    forms = [one for one in short.sends() if one.body.startswith(b'{"event_id":"form-')]
    begun = {orjson.loads(one.body)["event_id"]: one.at for one in reversed(forms)}
    promised = short.truth.told["nurture_started"]
    assert promised
    assert [lead for lead in promised if begun[lead] + 72 * HOUR > end] == []
