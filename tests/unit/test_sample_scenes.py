"""The stories of the sample come out as their truth says, whatever the rhythm of ticks; and each kind is shown."""

from collections.abc import Mapping

import orjson
import pytest

from processors.cleansing.record import CleansingOptions
from processors.companies import company_entity
from processors.decode import decode
from processors.detector import shipped
from schemas.catalogue import TYPES
from schemas.ids import ENTITY_KINDS
from schemas.registry import FileRegistry
from schemas.rules import load_rule_book
from schemas.signal import SIGNAL_KINDS, Signal
from schemas.times import DAY, SECOND
from schemas.wire import Codec
from streams.gateway.pages import source
from streams.replay.path import Path
from streams.sample.cast import CAST, beginning, cast
from streams.sample.progress import MOST_AHEAD
from streams.sample.recipe import WHOLE_YEAR, Recipe, Sample
from streams.sample.retail import Invoice, data_file, read
from streams.sample.telling import COMPARED, Heard, abouts
from streams.sample.truth import Truth
from streams.sample.wire import local, touchpoint

END = 1_795_222_800_000
JSON, CODEC = "application/json", Codec(FileRegistry())
OTHERS = {"lead_created", "lead_assigned", "lead_updated", "followup_overdue"}  # whose checks are their own
ELSEWHERE = {"purchase_likely", "model_drift"}
CONTRACT = {
    "lead_created", "lead_assigned", "lead_updated", "identity_review", "leads_merged", "leads_unmerged",
    "followup_overdue", "nurture_started", "contact_note_missing", "health_changed", "health_unknown", "grade_changed",
    "high_potential", "strategic_upgrade", "purchase_likely", "fake_visit_suspected", "deal_blocked",
    "forecast_decayed", "forecast_implausible", "tender_matched", "data_gap", "model_drift", "daily_summary",
}  # fmt: skip


@pytest.fixture(scope="module")
def invoices() -> list[Invoice]:
    return list(read(data_file()))


def small(invoices: list[Invoice], seed: int = 7, days: int = WHOLE_YEAR) -> Sample:
    return Sample(Recipe(seed, END, days, limit=1, leads=2 * len(CAST)), invoices)


def played(sample: Sample, lateness: int) -> list[Signal]:
    """Play a sample in memory; what is told of a day comes `lateness` ms after it."""
    rules = load_rule_book((data_file().parent / "rules.yaml").read_text())  # type: ignore[attr-defined]
    path = Path(shipped(), rules, partitions=2, lateness=lateness, options=CleansingOptions(rules.cleansing))
    view = touchpoint("last", "page_viewed", "website", END, ids=[("device", "x" * 32)], data={"url": "/"})
    after = orjson.dumps({**view, "occurred_at": local(END + DAY + lateness)})
    bodies = [(one.body, one.at) for one in sample.sends() if one.json] + [(after, END + DAY + lateness)]
    signals: list[Signal] = []
    for begin in range(0, len(bodies), 500):
        signals += path.feed([decode(body, JSON, at, CODEC) for body, at in bodies[begin : begin + 500]]).signals
    assert path.counts.failures == 0
    return signals


def wrong(truth: Truth, signals: list[Signal]) -> dict[str, tuple[set[str], set[str]]]:
    """Return kind → (what is missing, what is too much)."""
    created = {one.evidence["event_id"]: one.entity for one in signals if one.kind == "lead_created"}
    found = abouts((Heard(one.kind, one.entity, one.rule, one.evidence) for one in signals), created)
    differing = {}
    for kind in COMPARED:
        must, may, about = set(truth.told.get(kind, ())), set(truth.may.get(kind, ())), found.get(kind, frozenset())
        if must - about or about - must - may:
            differing[kind] = (set(must - about), set(about - must - may))
    return differing


@pytest.mark.parametrize(("seed", "lateness"), [(7, 5 * SECOND), (8, 20 * DAY)], ids=["usual ticks", "rare ticks"])
def test_every_story_comes_out_as_its_truth_says(invoices: list[Invoice], seed: int, lateness: int) -> None:
    sample = small(invoices, seed)
    signals = played(sample, lateness)
    assert wrong(sample.truth, signals) == {}
    assert sum(one.kind == "lead_updated" for one in signals) == sample.truth.lead_updated
    assert {one.kind for one in signals} >= CONTRACT - ELSEWHERE


def test_the_truth_speaks_of_every_kind_of_the_contract(invoices: list[Invoice]) -> None:
    truth = small(invoices).truth
    assert truth.told.keys() >= CONTRACT - ELSEWHERE - OTHERS
    assert truth.told.keys() | truth.may.keys() <= set(COMPARED)


def test_a_signal_too_many_or_too_few_is_noticed(invoices: list[Invoice]) -> None:
    sample = small(invoices)
    empty = wrong(sample.truth, [])
    assert empty.keys() == sample.truth.told.keys()
    assert all(missing and not surplus for missing, surplus in empty.values())


def test_a_short_sample_leaves_out_what_it_has_no_time_for(invoices: list[Invoice]) -> None:
    sample = small(invoices, days=60)
    begun = END - 60 * DAY
    assert min(one.at for one in sample.sends() if one.key.startswith(("device", "crm"))) >= begun
    assert "high_potential" not in sample.truth.told
    assert "tender_matched" in sample.truth.told


@pytest.mark.parametrize("name", ["moved", "namesake"])
def test_leads_that_are_merged_begin_so_far_apart_that_no_pace_turns_them_around(
    invoices: list[Invoice], name: str
) -> None:
    """The person goes by the lead that came first, and what a merge tells depends on it."""
    parts = [(role, number) for number, role in cast(leads=400, days=WHOLE_YEAR).items() if role.name == name]
    first, second = sorted(beginning(*part, END) for part in parts)
    between = sum(first <= one.at < second for one in Sample(Recipe(7, END), invoices).sends())
    assert between > MOST_AHEAD


def test_few_leads_are_ordinary_ones() -> None:
    assert cast(leads=1, days=WHOLE_YEAR) == {}
    assert len(cast(leads=400, days=WHOLE_YEAR)) == len(CAST)


def test_companies_of_the_cast_are_one_where_they_should_be() -> None:
    firms = {role.name: [one.company for one in CAST if one.name == role.name] for role in CAST if role.company}
    keys = {name: {company_entity(firm, {}) for firm in found} for name, found in firms.items()}
    assert len(firms["expanding"]) == 2
    assert len(keys["expanding"]) == 1
    assert not keys["expanding"] & keys["unmoved"]
    assert not keys["tender"] & keys["other_buyer"]


def test_the_live_page_has_words_in_both_languages_for_all_that_is_told(invoices: list[Invoice]) -> None:
    words = orjson.loads(source("words.json"))
    assert words["kinds"].keys() == set(SIGNAL_KINDS)
    assert words["values"].keys() >= TYPES.keys()
    assert words["entities"].keys() == set(ENTITY_KINDS)
    pairs = [pair for group in words.values() if isinstance(group, dict) for pair in group.values()]
    assert all(len(pair) == 2 and all(pair) for pair in pairs)
    told = {name for one in played(small(invoices), 5 * SECOND) for name in names(one.evidence)}
    assert told - words["names"].keys() - {*words["unsaid"], "zh", "en"} == set()
    assert len(told) > 100


DATA = {"alerts", "reps", "for", "against", "bounds", "causes"}  # the keys within are data, or words of `values`


def names(value: object) -> set[str]:
    """Return the names in evidence at every level."""
    if isinstance(value, (list, tuple)):
        return {name for each in value for name in names(each)}
    if not isinstance(value, Mapping):
        return set()
    return set(value) | {inner for name, each in value.items() if name not in DATA for inner in names(each)}
