"""Deal gates, as a sales manager would read them: which stage lacks which evidence, and who may sign."""

from typing import Any

import pytest

from schemas.rules import RuleBook, load_rule_book
from tests.unit.detector_bench import Bench

QUOTED = ("price_comparison", "spec_matrix", "case_study")


def stage(bench: Bench, minute: float, name: str) -> None:
    bench.fact("deal_updated", bench.minutes(minute), "deal:d1", rep="r1", deal_id="d1", stage=name)


def attach(
    bench: Bench, minute: float, kind: str, signed_by: str | None = None, signed_at: float | None = None
) -> None:
    data: dict[str, Any] = {"deal_id": "d1", "kind": kind}
    if signed_by is not None:
        data["signed_by"] = signed_by
    if signed_at is not None:
        data["signed_at"] = bench.minutes(signed_at)
    bench.fact("evidence_attached", bench.minutes(minute), "deal:d1", rep="r1", **data)


def blocked(bench: Bench) -> list[list[tuple[str, str]]]:
    return [
        [(problem["evidence"], problem["why"]) for problem in signal.evidence["missing"]]
        for signal in bench.signals
        if signal.kind == "deal_blocked"
    ]


NOT_QUOTED = [(kind, "missing") for kind in QUOTED]
# What happens, minute by minute, and what each deal_blocked says is missing.
CASES: list[tuple[str, list[tuple[Any, ...]], list[list[tuple[str, str]]]]] = [
    ("a new deal", [("stage", "lead")], []),
    ("a solution needs nothing", [("stage", "lead"), ("stage", "solution")], []),
    ("quoted without evidence", [("stage", "commercial")], [NOT_QUOTED]),
    ("quoted with all of it", [*(("attach", kind) for kind in QUOTED), ("stage", "commercial")], []),
    ("quoted with two of three", [("attach", QUOTED[0]), ("attach", QUOTED[2]), ("stage", "commercial")],
     [[("spec_matrix", "missing")]]),
    ("said once, not with every update", [("stage", "commercial"), ("stage", "commercial")], [NOT_QUOTED]),
    ("what is still missing is not said again with each piece that comes",
     [("stage", "commercial"), *(("attach", kind) for kind in QUOTED)], [NOT_QUOTED]),
    ("legal without clearance", [*(("attach", kind) for kind in QUOTED), ("stage", "legal")],
     [[("legal_clearance", "missing")]]),
    ("legal skips what a quote needs", [("attach", "legal_clearance", "u9"), ("stage", "legal")], [NOT_QUOTED]),
    ("a clearance nobody signed", [*(("attach", k) for k in QUOTED), ("attach", "legal_clearance"), ("stage", "legal")],
     [[("legal_clearance", "not_signed")]]),
    ("a clearance signed by the rep of the deal",
     [*(("attach", k) for k in QUOTED), ("attach", "legal_clearance", "r1"), ("stage", "legal")],
     [[("legal_clearance", "signer_has_no_right")]]),
    ("a clearance signed tomorrow",
     [*(("attach", k) for k in QUOTED), ("attach", "legal_clearance", "u9", 1440), ("stage", "legal")],
     [[("legal_clearance", "signed_in_the_future")]]),
    ("a clearance of the contract before it was revised",
     [*(("attach", k) for k in QUOTED), ("attach", "legal_clearance", "u9", 0), ("attach", "contract_revision"),
      ("stage", "legal")], [[("legal_clearance", "older_than_contract_revision")]]),
    ("a contract revised after the gate was passed",
     [*(("attach", k) for k in QUOTED), ("attach", "legal_clearance", "u9", 0), ("stage", "legal"),
      ("attach", "contract_revision")], [[("legal_clearance", "older_than_contract_revision")]]),
    ("cleared", [*(("attach", k) for k in QUOTED), ("attach", "legal_clearance", "u9", 0), ("stage", "legal")], []),
    ("evidence that is refused while the deal is blocked is told",
     [*(("attach", k) for k in QUOTED), ("stage", "legal"), ("attach", "legal_clearance", "r1")],
     [[("legal_clearance", "missing")], [("legal_clearance", "signer_has_no_right")]]),
    ("won without anything", [("stage", "won")], [[*NOT_QUOTED, ("legal_clearance", "missing")]]),
    ("a lost deal needs nothing", [("stage", "lost")], []),
    ("back to an earlier stage", [("stage", "commercial"), ("stage", "solution")], [NOT_QUOTED]),
]  # fmt: skip


@pytest.mark.parametrize(("story", "happens", "expected"), CASES, ids=[case[0] for case in CASES])
def test_which_deals_are_blocked(story: str, happens: list[Any], expected: list[Any]) -> None:
    bench = Bench(RuleBook())
    for minute, (what, *arguments) in enumerate(happens, start=1):
        (stage if what == "stage" else attach)(bench, minute, *arguments)
    assert blocked(bench) == expected


def test_only_those_who_are_listed_may_sign() -> None:
    rules = """
deals:
  signers: {legal_clearance: [lawyer]}
  stages: [{stage: lead}, {stage: solution}, {stage: commercial}, {stage: legal, needs: [legal_clearance]},
           {stage: won}, {stage: lost}]
"""
    bench = Bench(load_rule_book(rules))
    attach(bench, 1, "legal_clearance", "u9", 1)
    stage(bench, 2, "legal")
    assert blocked(bench) == [[("legal_clearance", "signer_has_no_right")]]
    attach(bench, 3, "legal_clearance", "lawyer", 3)
    assert len(blocked(bench)) == 1
    assert "blocked" not in bench.state("deal:d1", "gates")


def test_a_late_stage_does_not_undo_a_newer_one() -> None:
    bench = Bench(RuleBook())
    stage(bench, 10, "lead")
    stage(bench, 5, "commercial")
    assert blocked(bench) == []
    assert bench.state("deal:d1", "gates")["stage"][0] == "lead"


def test_evidence_from_before_the_stage_counts_though_it_comes_late() -> None:
    bench = Bench(RuleBook())
    stage(bench, 10, "commercial")
    for minute, kind in enumerate(QUOTED):
        attach(bench, minute, kind)
    assert "blocked" not in bench.state("deal:d1", "gates")
    assert blocked(bench) == [NOT_QUOTED]


@pytest.mark.parametrize(("attached", "expected"), [(4, 0), (6, 1)])
def test_evidence_may_follow_within_the_grace(attached: float, expected: int) -> None:
    bench = Bench(load_rule_book("deals: {grace_minutes: 5}"))
    stage(bench, 0, "commercial")
    for kind in QUOTED:
        bench.until(bench.minutes(attached) - 1)
        attach(bench, attached, kind)
    bench.until(bench.minutes(60))
    assert len(blocked(bench)) == expected


def test_the_signal_says_what_was_skipped_and_goes_to_rep_and_manager() -> None:
    bench = Bench(RuleBook())
    stage(bench, 0, "lead")
    stage(bench, 1, "legal")
    (told,) = (signal for signal in bench.signals if signal.kind == "deal_blocked")
    assert told.to == ("rep:r1", "role:manager")
    assert told.evidence["skipped_stages"] == ["solution", "commercial"]
    assert told.title["en"] == "Deal d1 lacks 4 pieces of evidence for legal"
