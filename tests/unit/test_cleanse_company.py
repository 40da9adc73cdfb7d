"""Touchpoints that are about a company: whose entity they go to, however its name is written."""

import pytest

from processors.cleanse import Cleansed, cleanse, facts_of
from processors.cleansing.record import CleansingOptions
from schemas.fact import Origin
from schemas.outcome import Refusal
from schemas.rules.cleansing import CleansingRules
from schemas.touchpoint import Touchpoint

OPTIONS = CleansingOptions(CleansingRules(company_short_names={"度厂": "百度网讯科技有限公司"}))


def done(type_: str, **data: str) -> Cleansed | Refusal:
    return cleanse(
        Touchpoint(event_id="e", type=type_, source="press", occurred_at=1, received_at=1, data=data), OPTIONS
    )


@pytest.mark.parametrize(
    "name",
    ["百度网讯科技有限公司", " 百度网讯科技股份有限公司 ", "百度网讯科技有限公司上海分公司", "度厂", "百度网讯科技"],
)
def test_one_company_is_one_entity_however_its_name_is_written(name: str) -> None:
    for type_, field in (("company_changed", "company"), ("tender_published", "buyer")):
        found = done(type_, what="funding", title="t", tender_id="t", **{field: name})
        assert isinstance(found, Cleansed)
        facts = facts_of(found, None, Origin("touchpoints", "0", 0, 0), 1)
        assert [fact.entity for fact in facts] == ["company:百度网讯科技"]


@pytest.mark.parametrize("name", ["个人", "……"])
def test_a_name_that_is_no_companys_is_refused_and_says_where(name: str) -> None:
    found = done("company_changed", company=name, what="funding")
    assert isinstance(found, Refusal)
    assert (found.reason, found.pointer) == ("no_subject", "/data/company")
