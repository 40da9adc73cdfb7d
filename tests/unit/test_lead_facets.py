"""What a lead's values tell besides."""

import pytest

from processors.cleansing.phone_plan import _OPERATORS
from processors.cleansing.title import _FUNCTIONS
from processors.leads.facets import FACETS, FUNCTIONS, NOTHING, OPERATORS, facets

PHONES = [
    ("+8613800138000", ("手机", "中国移动", "北京"), ("mobile", "China Mobile", "北京")),
    (
        "+8617012345678",
        ("手机", "中国电信（虚拟运营商）", "浙江 杭州"),
        ("mobile", "China Telecom (reseller)", "浙江 杭州"),
    ),
    ("+8619212345678", ("手机", "中国广电", ""), ("mobile", "China Broadnet", "")),
    ("+861065551234", ("固定电话", "", "北京"), ("landline", "", "北京")),
    ("+864008001234", ("服务号码", "", ""), ("service number", "", "")),
    ("+85291234567", ("手机", "", "香港"), ("mobile", "", "Hong Kong")),
    ("+12025550123", ("手机或固定电话", "", "US"), ("mobile or landline", "", "US")),
    ("12", ("", "", ""), ("", "", "")),
]
TITLES = [
    ("董事长兼总经理", ("企业负责人", "经营管理"), ("head of company", "management")),
    ("采购总监", ("高管", "采购"), ("executive", "procurement")),
    ("Sales Manager", ("中层", "销售"), ("manager", "sales")),
    ("生产主管", ("基层主管", "生产运营"), ("team lead", "operations")),
    ("会计", ("员工", "财务"), ("staff", "finance")),
    ("万事通", ("", ""), ("", "")),
]


@pytest.mark.parametrize(("phone", "zh", "en"), PHONES)
def test_a_phone_tells_its_kind_operator_and_home(
    phone: str, zh: tuple[str, str, str], en: tuple[str, str, str]
) -> None:
    found = facets({"phone": phone})
    told = [found[name] for name in ("phone_kind", "phone_operator", "phone_home")]
    assert (tuple(each.zh for each in told), tuple(each.en for each in told)) == (zh, en)


@pytest.mark.parametrize(("title", "zh", "en"), TITLES)
def test_a_title_tells_rank_and_function(title: str, zh: tuple[str, str], en: tuple[str, str]) -> None:
    found = facets({"title": title})
    told = [found[name] for name in ("title_seniority", "title_function")]
    assert (tuple(each.zh for each in told), tuple(each.en for each in told)) == (zh, en)


def test_a_masked_phone_tells_nothing_that_its_hidden_digits_do() -> None:
    found = facets({"phone": "+8613800138000", "title": "会计"}, masked=True)
    assert (found["phone_operator"], found["phone_home"]) == (NOTHING, NOTHING)
    assert found["phone_kind"].en == "mobile"
    assert found["title_function"].en == "finance"


def test_every_facet_is_there_of_any_lead_and_has_words_for_all_that_cleansing_finds() -> None:
    for fields in ({}, {"phone": None, "title": None}, {"phone": "", "title": ""}):
        assert facets(fields) == dict.fromkeys(FACETS, NOTHING)
    assert OPERATORS.keys() == _OPERATORS.keys()
    assert FUNCTIONS.keys() == {name for name, _ in _FUNCTIONS}
