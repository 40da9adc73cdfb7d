"""The sample's verdict notices every way in which the truth can be missed."""

from collections.abc import Callable

import msgspec
import pytest

from streams.sample.telling import COMPARED
from streams.sample.truth import LeadTruth, Truth
from streams.sample.verdict import Check, Lead, Observed, judge

TRUTH = Truth(
    seed=1,
    end=0,
    days=30,
    rosters={"华东": ["a", "b"], "华南": ["c"]},
    sent=9,
    distinct=6,
    duplicates=2,
    rejected={"not_json": 1},
    leads={
        "form-1": LeadTruth(region="华东", phone="+8613800000001", email=None, overdue=True),
        "form-2": LeadTruth(region="华东", phone="+8613800000002", email=None, overdue=False),
        "form-3": LeadTruth(region="华南", phone=None, email="x@example.cn", overdue=False),
    },
    regions={"华东": 2, "华南": 1},
    lead_updated=1,
    told={kind: ["a", "b"] for kind in COMPARED},
    may={kind: ["c"] for kind in COMPARED},
)
MET = Observed(
    distinct=8,
    duplicates=2,
    rejected={"not_json": 1},
    created={"form-1": "lead:1", "form-2": "lead:2", "form-3": "lead:3", "live-1": "lead:4"},
    leads={
        "lead:1": Lead("+8613800000001", "华东", "a"),
        "lead:2": Lead("+8613800000002", "华东", "b"),
        "lead:3": Lead(None, "华南", "c"),
        "lead:4": Lead("+8613800000009", "华东", "a"),
    },
    overdue=frozenset({"lead:1"}),
    signals={"lead_created": 4, "lead_updated": 1},
    abouts={kind: frozenset({"a", "b", "c"} if kind < "f" else {"a", "b"}) for kind in COMPARED},
    live=frozenset({"live-1"}),
    live_distinct=2,
    alerted=frozenset({"live-1"}),
)


def _wrong(observed: Observed) -> list[Check]:
    return [check for check in judge(TRUTH, observed) if not check.met]


def test_the_truth_is_met() -> None:
    assert _wrong(MET) == []


def _lead(entity: str, **changes: str | None) -> Observed:
    leads = {**MET.leads, entity: MET.leads[entity]._replace(**changes)}
    return msgspec.structs.replace(MET, leads=leads)


def _about(kind: str, *about: str) -> Callable[[], Observed]:
    return lambda: msgspec.structs.replace(MET, abouts={**MET.abouts, kind: frozenset(about)})


WAYS: dict[str, Callable[[], Observed]] = {
    "distinct touchpoints accepted": lambda: msgspec.structs.replace(MET, distinct=7),
    "repeats recognised": lambda: msgspec.structs.replace(MET, duplicates=3),
    "rejected: not_json": lambda: msgspec.structs.replace(MET, rejected={}),
    "rejected: internal": lambda: msgspec.structs.replace(MET, rejected={"not_json": 1, "internal": 1}),
    "leads, one per person": lambda: msgspec.structs.replace(MET, created={**MET.created, "form-2": "lead:1"}),
    "final phone of every lead, E.164": lambda: _lead("lead:2", phone="+8613800000003"),
    "region of every lead": lambda: _lead("lead:3", region="华北"),
    "round robin per region": lambda: _lead("lead:2", rep="a"),
    "leads whose follow-up was overdue": lambda: msgspec.structs.replace(MET, overdue=frozenset({"lead:2"})),
    "lead_updated signals": lambda: msgspec.structs.replace(MET, signals={"lead_created": 4, "lead_updated": 2}),
    "lead_created signals": lambda: msgspec.structs.replace(MET, signals={"lead_created": 5, "lead_updated": 1}),
    "live forms whose alert arrived": lambda: msgspec.structs.replace(MET, alerted=frozenset()),
    **{f"{kind}: about whom": _about(kind, "a") for kind in COMPARED},
}


@pytest.mark.parametrize("what", WAYS)
def test_it_is_noticed_when_it_is_missed(what: str) -> None:
    assert what in [check.what for check in _wrong(WAYS[what]())]


@pytest.mark.parametrize("kind", COMPARED)
def test_a_signal_about_somebody_else_is_noticed(kind: str) -> None:
    missed = {check.what: check for check in _wrong(_about(kind, "a", "b", "d")())}
    assert "1 too many: d" in missed[f"{kind}: about whom"].actual


def test_every_check_has_a_way_to_be_missed() -> None:
    assert {check.what for check in judge(TRUTH, MET)} <= WAYS.keys()


def test_a_lead_that_nobody_got_is_noticed() -> None:
    assert "round robin per region" in [check.what for check in _wrong(_lead("lead:3", rep=None))]


def test_a_missing_lead_is_named() -> None:
    created = {event_id: entity for event_id, entity in MET.created.items() if event_id != "form-3"}
    missed = {check.what: check for check in _wrong(msgspec.structs.replace(MET, created=created))}
    assert "form-3" in missed["leads, one per person"].actual
