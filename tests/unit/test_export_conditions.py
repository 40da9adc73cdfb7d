"""Which leads an export asks for, as people write it, and what it leaves behind about itself."""

import re

import click
import pytest

from schemas.lead_query import Bound, Condition, LeadQuery, Sight, sight_of
from schemas.times import DAY, parse_iso
from streams.commands.export import query_of
from streams.exporting.conditions import BadCondition, conditions_of, said
from streams.exporting.tables import FIELDS, SHOWN_WHOLE


def test_the_trace_of_an_export_names_nobody() -> None:
    texts = ("姓名=张三", "address=世纪大道1号", "phone=13800138000|13900139000", "reachability=valid", "email=")
    bounds = ("创建时间>=2026-11-01", "updated_at<=2026-11-21T10:00:00+08:00")
    assert said(query_of((*texts, *bounds), ("华东",), ("r4",), merged=True)) == (
        "name=张*, address=****, phone=+86138****8000|+86139****9000, reachability=valid, email=, region=华东, "
        "created_at>=2026-11-01 00:00, updated_at<=2026-11-21 10:00, of reps r4, merged ones too"
    )
    assert said(LeadQuery()) == "all leads"
    assert said(LeadQuery(sight=Sight((), ("华东", "13800138000")))) == "of regions 华东 138****8000"
    assert said(LeadQuery(sight=Sight((), ()))) == "of nobody"


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("phone=138 0013 8000", "phone", "+8613800138000"),
        ("手机=13800138000", "phone", "+8613800138000"),
        ("姓名=李雷先生", "name", "李雷"),
        ("邮箱=Li.Lei＠EXAMPLE.cn", "email", "li.lei@example.cn"),
        ("销售=r4", "rep_id", "r4"),
        ("可达性=valid", "reachability", "valid"),
        ("grade=A", "grade", "A"),
        ("phone=nothing of the kind", "phone", "nothing of the kind"),
        ("证件号=id1-abc", "id_number", "id1-abc"),
    ],
)
def test_a_condition_is_written_as_people_write(text: str, name: str, value: str) -> None:
    assert conditions_of([text]) == ([Condition(name, "is", (value,))], [])


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("等级=A|B", Condition("grade", "is", ("A", "B"))),
        ("等级!=A|B", Condition("grade", "not", ("A", "B"))),
        ("手机!=13800138000", Condition("phone", "not", ("+8613800138000",))),
        ("微信=", Condition("wechat", "is")),
        ("微信!=", Condition("wechat", "not")),
        ("公司~科技|软件", Condition("company", "contains", ("科技", "软件"))),
        ("company~a=b", Condition("company", "contains", ("a=b",))),
        ("birth_date>=1990-01-01", Condition("birth_date", "from", ("1990-01-01",))),
        ("birth_date>=1990/1/2|1991年3月4日", Condition("birth_date", "from", ("1990-01-02", "1991-03-04"))),
        ("birth_date>=1990", Condition("birth_date", "from", ("1990-01-01",))),
        ("birth_date<=1990", Condition("birth_date", "to", ("1990-12-31",))),
        ("birth_date<=1990-02", Condition("birth_date", "to", ("1990-02-31",))),
        ("生日=1990.1.2", Condition("birth_date", "is", ("1990-01-02",))),
        ("生日~1990", Condition("birth_date", "contains", ("1990",))),
        ("生日>=1949.10.1", Condition("birth_date", "from", ("1949-10-01",))),
        ("grade=a", Condition("grade", "is", ("A",))),
        (" 生日 <=1999-12-31", Condition("birth_date", "to", ("1999-12-31",))),
    ],
)
def test_conditions_have_signs(text: str, condition: Condition) -> None:
    assert conditions_of([text]) == ([condition], [])


def test_a_day_is_a_whole_day_in_shanghai() -> None:
    begin = parse_iso("2026-11-01T00:00:00+08:00")
    assert begin is not None
    assert conditions_of(["created_at>=2026-11-01", "更新时间<=2026-11-01"]) == (
        [],
        [Bound("created_at", "from", begin), Bound("updated_at", "to", begin + DAY - 1)],
    )
    assert conditions_of(["创建时间<=2026-11-01T00:00"]) == ([], [Bound("created_at", "to", begin)])


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (["nope=1"], "'nope=1': no field of a lead; there are name, phone"),
        (["name"], "'name': FIELD=VALUE"),
        (["=a"], "'=a': FIELD=VALUE"),
        (["name=a", "name=b"], "name cannot be two things at once"),
        (["name=a|b", "name=c"], "name cannot be two things at once"),
        (["company~"], "nothing to compare with"),
        (["company~a|"], "nothing to compare with"),
        (["id_number~1"], "kept as a hash"),
        (["创建时间=2026-11-01"], "times are compared as in created_at>=2026-11-01"),
        (["created_at>="], "times are compared as in"),
        (["created_at>=2026-02-30"], "times are compared as in"),
        (["created_at>=yesterday"], "times are compared as in"),
        (["birth_date>=abc"], "'birth_date>=abc': dates are compared as in birth_date=1990-01-31"),
        (["生日<=1990-02-30"], "dates are compared as in"),
        (["生日>=1990-13"], "dates are compared as in"),
        (["birth_date>=01-02"], "dates are compared as in"),
        (["birth_date=abc"], "dates are compared as in"),
        (["birth_date!=1990"], "dates are compared as in"),
        (["grade=A|Z"], "'grade=A|Z': grade is one of A, B, C, D"),
        (["可达性!=good"], "reachability is one of verified, valid, masked, none"),
        (["grade>=B"], "grade is a word, which has no order; name all that you want: grade=A|B"),
    ],
)
def test_a_condition_that_cannot_be_met_is_refused(texts: list[str], says: str) -> None:
    with pytest.raises(BadCondition, match=re.escape(says)):
        conditions_of(texts)
    with pytest.raises(click.BadParameter):
        query_of(tuple(texts))


def test_conditions_that_may_hold_together_are_taken() -> None:
    conditions, _ = conditions_of(["name=a|b", "name=b|c", "name!=d", "name="])
    assert len(conditions) == 4


def test_fields_that_are_shown_whole_are_fields() -> None:
    assert set(SHOWN_WHOLE) < set(FIELDS)


@pytest.mark.parametrize(
    ("recipients", "regions", "sight"),
    [
        (["rep:r17"], None, Sight(("r17",), ())),
        (["rep:r17"], ["华东"], Sight(("r17",), ())),
        (["role:manager"], None, Sight()),
        (["role:manager"], ["华东"], Sight((), ("华东",))),
        (["rep:r17", "role:manager"], ["华东"], Sight(("r17",), ("华东",))),
        (["role:manager"], [], Sight((), ())),
        (["role:operator"], None, None),
        ([], None, None),
    ],
)
def test_whose_leads_belong_to_whom(recipients: list[str], regions: list[str] | None, sight: Sight | None) -> None:
    assert sight_of(recipients, regions) == sight
