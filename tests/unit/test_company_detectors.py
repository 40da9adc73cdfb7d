"""Companies, as a sales manager would read it: whose news reach which leads, which tender is whose deal's."""

import pytest

from schemas.rules import load_rule_book
from tests.unit.detector_bench import Bench

RULES = """
assignment: {rosters: {华东: [r1]}}
company: {members: 3, memory_days: 30}
strategic: {quiet_days: 30}
"""
COMPANY = "company:百度网讯科技"


@pytest.fixture
def bench() -> Bench:
    return Bench(load_rule_book(RULES))


def form(bench: Bench, entity: str = "lead:a", minute: float = 0, company: str = "百度网讯科技有限公司") -> None:
    bench.fact("form_submitted", bench.minutes(minute), entity, form="trial", name="张三", phone="+8613800138000",
               company=company, region="华东")  # fmt: skip


def news(bench: Bench, minute: float, what: str = "cto_hiring") -> None:
    bench.fact(
        "company_changed", bench.minutes(minute), COMPANY, company="百度网讯", what=what, url="https://x.example"
    )


def upgrades(bench: Bench) -> list[str]:
    return [signal.entity for signal in bench.signals if signal.kind == "strategic_upgrade"]


def test_every_lead_of_the_company_is_to_be_graded_again_however_its_name_was_written(bench: Bench) -> None:
    form(bench, "lead:a")
    form(bench, "lead:b", 1, company="百度网讯科技有限责任公司上海分公司")
    form(bench, "lead:c", 2, company="另一家公司")
    news(bench, 5)
    assert sorted(upgrades(bench)) == ["lead:a", "lead:b"]
    told = next(signal for signal in bench.signals if signal.kind == "strategic_upgrade")
    assert told.to == ("rep:r1",)
    assert told.title == {
        "zh": "百度网讯：招聘 CTO，请重新评估 张三",
        "en": "百度网讯: is hiring a CTO. Please grade 张三 again",
    }
    assert told.evidence["asked"] == "grade_again"
    assert told.evidence["url"] == "https://x.example"
    assert [(c.field, c.new) for c in bench.changes if c.field == "strategic_change"] == [
        ("strategic_change", "cto_hiring"), ("strategic_change", "cto_hiring"),
    ]  # fmt: skip


def test_a_lead_that_comes_later_hears_what_is_not_yet_old(bench: Bench) -> None:
    news(bench, 0)
    form(bench, "lead:a", 5)
    assert upgrades(bench) == ["lead:a"]


MUST_NOT_FIRE = [
    ("the same news again within a month", lambda bench: (form(bench), news(bench, 5), news(bench, 600)), 1),
    ("a change that does not count", lambda bench: (form(bench), news(bench, 5, "other")), 0),
    ("news older than the company remembers", lambda bench: (news(bench, 0), form(bench, minute=31 * 1440)), 0),
    ("another company", lambda bench: (form(bench, company="腾讯科技有限公司"), news(bench, 5)), 0),
    ("a person without a company", lambda bench: (form(bench, company=""), news(bench, 5)), 0),
]


@pytest.mark.parametrize(("story", "happens", "count"), MUST_NOT_FIRE, ids=[row[0] for row in MUST_NOT_FIRE])
def test_who_is_not_bothered(bench: Bench, story: str, happens: object, count: int) -> None:
    happens(bench)  # type: ignore[operator]
    assert len(upgrades(bench)) == count


def test_a_lead_whose_company_was_corrected_hears_of_the_new_one_only(bench: Bench) -> None:
    form(bench, company="腾讯科技有限公司")
    bench.fact("lead_updated", bench.minutes(1), company="百度网讯科技有限公司")
    bench.fact("company_changed", bench.minutes(2), "company:腾讯科技", company="腾讯科技", what="funding")
    assert upgrades(bench) == []
    news(bench, 3)
    assert upgrades(bench) == ["lead:a"]


def test_a_company_knows_a_bounded_number_of_leads_the_latest(bench: Bench) -> None:
    for number in range(6):
        form(bench, f"lead:{number}", number)
    assert sorted(bench.state(COMPANY, "company")["members"]) == ["lead:3", "lead:4", "lead:5"]


def deal(bench: Bench, minute: float, stage: str | None = None, deal_id: str = "d1", **more: object) -> None:
    data = {"deal_id": deal_id, **({"stage": stage} if stage else {}), **more}
    for entity in (f"deal:{deal_id}", "lead:a"):
        bench.fact("deal_updated", bench.minutes(minute), entity, rep="r1", **data)


def tender(bench: Bench, minute: float, tender_id: str = "t1", closes_on: str = "2027-01-15") -> None:
    bench.fact("tender_published", bench.minutes(minute), COMPANY, tender_id=tender_id, buyer="百度网讯科技",
               title="CRM 采购", budget="100", closes_on=closes_on)  # fmt: skip


def matched(bench: Bench) -> list[tuple[str, str]]:
    return [(s.entity, s.evidence["tender_id"]) for s in bench.signals if s.kind == "tender_matched"]


@pytest.mark.parametrize("order", ["tender last", "tender first", "company last"])
def test_a_tender_finds_its_deal_by_the_buyers_name(bench: Bench, order: str) -> None:
    if order == "company last":
        deal(bench, 0, "solution")
    form(bench)
    if order == "tender first":
        tender(bench, 1)
    deal(bench, 2, "solution")
    if order != "tender first":
        tender(bench, 3)
    assert matched(bench) == [("deal:d1", "t1")]


def test_a_tender_moves_the_forecast_of_its_deal(bench: Bench) -> None:
    form(bench)
    deal(bench, 1, "solution")
    bench.fact("forecast_submitted", bench.minutes(2), "deal:d1", rep="r1", deal_id="d1", neutral_on="2026-12-20")
    tender(bench, 3)
    (told,) = (signal for signal in bench.signals if signal.kind == "tender_matched")
    assert told.to == ("rep:r1", "role:manager")
    assert told.evidence["forecast"] == {"before": "2026-12-20", "after": "2027-01-29"}
    assert bench.state("deal:d1", "tender")["tenders"] == ["t1"]


def test_a_tender_that_never_closes_moves_a_forecast_to_the_last_of_days(bench: Bench) -> None:
    form(bench)
    deal(bench, 1, "solution")
    bench.fact("forecast_submitted", bench.minutes(2), "deal:d1", rep="r1", deal_id="d1", neutral_on="2026-12-20")
    tender(bench, 3, closes_on="9999-12-31")
    (told,) = (signal for signal in bench.signals if signal.kind == "tender_matched")
    assert told.evidence["forecast"]["after"] == "9999-12-31"


TENDER_MUST_NOT_FIRE = [
    ("told twice", lambda bench: (form(bench), deal(bench, 1, "solution"), tender(bench, 2), tender(bench, 3)), 1),
    (
        "the deal was lost",
        lambda bench: (form(bench), deal(bench, 1, "solution"), deal(bench, 2, "lost"), tender(bench, 3)),
        0,
    ),
    (
        "bids are closed",
        lambda bench: (form(bench), tender(bench, 1, closes_on="2026-11-20"), deal(bench, 2, "solution")),
        0,
    ),
    ("another buyer", lambda bench: (form(bench, company="腾讯"), deal(bench, 1, "solution"), tender(bench, 2)), 0),
]


@pytest.mark.parametrize(("story", "happens", "count"), TENDER_MUST_NOT_FIRE, ids=[r[0] for r in TENDER_MUST_NOT_FIRE])
def test_which_tender_is_nobodys(bench: Bench, story: str, happens: object, count: int) -> None:
    happens(bench)  # type: ignore[operator]
    assert len(matched(bench)) == count


def test_what_a_company_remembers_is_bounded(bench: Bench) -> None:
    for number in range(40):
        tender(bench, number, f"t{number}")
        bench.fact(
            "company_changed", bench.minutes(number), COMPANY, company="x", what=("funding", "other")[number % 2]
        )
    state = bench.state(COMPANY, "company")
    assert len(state["tenders"]) == 10
    assert set(state["news"]) == {"funding", "other"}
