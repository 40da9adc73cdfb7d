"""What an export leaves behind about itself."""

import click
import pytest

from streams.commands.export import Query, conditions_of, limits_said


def test_the_trace_of_an_export_names_nobody() -> None:
    where = {"name": "张三", "address": "世纪大道1号", "phone": "+8613800138000", "reachability": "valid"}
    said = limits_said(Query(where, ["华东"], merged=False))
    assert said == "name=张*, address=****, phone=+86138****8000, reachability=valid, 华东"
    assert limits_said(Query({}, None, merged=False)) == "all leads"


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
    assert conditions_of([text]) == {name: value}


@pytest.mark.parametrize("texts", [["nope=1"], ["name"], ["name=a", "name=b"], ["创建时间=1"]])
def test_a_condition_that_cannot_be_met_is_refused(texts: list[str]) -> None:
    with pytest.raises(click.BadParameter):
        conditions_of(texts)
