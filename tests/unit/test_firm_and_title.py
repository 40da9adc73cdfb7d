"""A firm and a title in one column, as people write them."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from processors.cleansing.firm_title import firm_and_title
from streams.importing.columns import find_columns
from streams.importing.headings import fields_of
from streams.importing.saved_map import read_map
from tests.memory_world import World
from tests.tables import RULES, imported, workbook
from tests.unit.test_import_judging import through


@pytest.mark.parametrize(
    ("text", "company", "title"),
    [
        ("杭州蓝海科技有限公司 销售总监", "杭州蓝海科技有限公司", "销售总监"),
        ("杭州蓝海科技有限公司/销售总监", "杭州蓝海科技有限公司", "销售总监"),
        ("杭州蓝海科技有限公司销售总监", "杭州蓝海科技有限公司", "销售总监"),
        ("杭州蓝海科技有限公司（销售总监）", "杭州蓝海科技有限公司", "销售总监"),
        ("杭州蓝海科技有限公司-董事长兼总经理", "杭州蓝海科技有限公司", "董事长兼总经理"),
        ("杭州蓝海科技有限公司 市场部 经理", "杭州蓝海科技有限公司", "市场部 经理"),
        ("杭州蓝海科技有限公司\n采购", "杭州蓝海科技有限公司", "采购"),
        ("杭州蓝海科技有限公司/跟进中", "杭州蓝海科技有限公司", "跟进中"),
        ("蓝海科技有限公司 上海分公司 总经理", "蓝海科技有限公司 上海分公司", "总经理"),
        ("蓝海科技 CEO", "蓝海科技", "CEO"),
        ("华为/高级工程师", "华为", "高级工程师"),
        ("北京协和医院 主任医师", "北京协和医院", "主任医师"),
        ("销售总监/杭州蓝海科技有限公司", "杭州蓝海科技有限公司", "销售总监"),
        ("Blue Ocean Co., Ltd. / Sales Director", "Blue Ocean Co., Ltd.", "Sales Director"),
        ("Siemens Ltd., China - Head of Procurement", "Siemens Ltd., China", "Head of Procurement"),
        ("杭州蓝海科技有限公司，CTO", "杭州蓝海科技有限公司", "CTO"),
        ("洋海贸易 总经理/副总", "洋海贸易", "总经理/副总"),
        ("洋海贸易 市场部  经理 / 副总", "洋海贸易", "市场部 经理/副总"),
        ("中科院自动化所/研究员", "中科院自动化所", "研究员"),
        ("Blue Ocean Ltd Sales Director", "Blue Ocean Ltd", "Sales Director"),
        ("杭州蓝海科技有限公司", "杭州蓝海科技有限公司", ""),
        ("杭州蓝海科技（集团）有限公司", "杭州蓝海科技（集团）有限公司", ""),
        ("中国电信股份有限公司杭州分公司", "中国电信股份有限公司杭州分公司", ""),
        ("北京师范大学", "北京师范大学", ""),
        ("Acme Sales", "Acme Sales", ""),
        ("销售总监", "", "销售总监"),
        ("/销售总监", "", "销售总监"),
        ("", "", ""),
    ],
)
def test_a_text_is_parted(text: str, company: str, title: str) -> None:
    assert firm_and_title(text) == (company, title)


@pytest.mark.parametrize(
    "heading",
    ["公司/职位", "单位及职务", "公司职位", "工作单位职务名称", "所在单位/职务", "Company & Title", "公司名称、职务 *"],
)
def test_such_a_column_is_known(heading: str) -> None:
    assert fields_of(heading) == ("company", "title")


@pytest.mark.parametrize("heading", ["公司规模", "职位", "公司", "推荐职位", "公司地址/职位"])
def test_others_are_not(heading: str) -> None:
    assert fields_of(heading) not in (("company", "title"), ("title", "company"))


@pytest.mark.parametrize(
    ("headings", "cells", "row"),
    [
        (["公司/职位", "手机"], ["蓝海科技/总监", "1"], {"company": "蓝海科技", "title": "总监", "phone": "1"}),
        (["公司/职位", "手机"], ["", "1"], {"phone": "1"}),
        (["手机", "公司/职位"], ["1"], {"phone": "1"}),
        (
            ["公司/职位", "职务", "手机"],
            ["蓝海科技", "总监", "1"],
            {"company": "蓝海科技", "title": "总监", "phone": "1"},
        ),
        (
            ["公司", "单位及职务", "手机"],
            ["红海集团", "蓝海科技/总监", "1"],
            {"company": "红海集团", "title": "总监", "phone": "1", "单位及职务": "蓝海科技/总监"},
        ),
    ],
)
def test_a_row_has_both(headings: Sequence[str], cells: Sequence[str], row: dict[str, str]) -> None:
    columns = find_columns([(1, headings)])
    assert columns.row(cells) == row
    assert columns.unknown == ()


def test_a_mapping_may_name_such_a_column_twice() -> None:
    columns = find_columns([(1, ["公司/职位", "手机"])])
    again = find_columns([(1, ["公司/职位", "手机"])], read_map(columns.as_yaml()))
    assert again.row(["蓝海科技/总监", "1"]) == {"company": "蓝海科技", "title": "总监", "phone": "1"}


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_both_reach_the_lead(tmp_path: Path, anyio_backend: str) -> None:
    world = World(RULES)
    rows: list[list[object]] = [
        ["姓名", "手机", "公司/职位"],
        ["张伟（1990.1.2）", 13800138000, "杭州蓝海科技有限公司 销售总监"],
    ]
    await through(world, await imported(workbook(tmp_path / "a.xlsx", rows), world.library))
    (lead,) = world.library.leads.values()
    told = {name: lead.fields[name] for name in ("name", "company", "title", "birth_date")}
    assert told == {
        "name": "张伟", "company": "杭州蓝海科技有限公司", "title": "销售总监", "birth_date": "1990-01-02",
    }  # fmt: skip
