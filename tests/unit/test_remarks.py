"""Contacts in the remarks of a row that has no other: exports of WeCom have them there."""

from pathlib import Path
from typing import Any

import pytest

from processors.cleansing.channels import other_channels
from processors.cleansing.record import CleansingOptions, cleanse_record
from tests.memory_world import World
from tests.tables import RULES, imported, workbook
from tests.unit.test_import_judging import through

OPTIONS = CleansingOptions()


def cleansed(**row: str) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    data, notes = cleanse_record("lead_imported", {"row": row}, OPTIONS)
    return data["row"], [(note.field, note.rule) for note in notes]


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"备注": "电话13912340002，住浦东"}, {"phone": "+8613912340002"}),
        ({"备注": "水电工 微信liu_sd88"}, {"wechat": "liu_sd88"}),
        ({"客户备注": "QQ 12345678"}, {"qq": "12345678"}),
        ({"描述 2": "报价给 zhanggq@hdjd.cn"}, {"email": "zhanggq@hdjd.cn"}),
        ({"Remarks": "call 13912340002"}, {"phone": "+8613912340002"}),
        ({"备注": "住浦东", "描述": "13912340002"}, {"phone": "+8613912340002"}),
    ],
)
def test_who_has_no_contact_is_reached_by_the_remarks(row: dict[str, str], found: dict[str, str]) -> None:
    result, notes = cleansed(name="陈莉莉", **row)
    assert found.items() <= result.items()
    assert {name: result[name] for name in row} == row
    assert set(notes) >= {(name, "record.misplaced") for name in row}
    assert cleanse_record("lead_imported", {"row": result}, OPTIONS)[0]["row"] == result


@pytest.mark.parametrize(
    "row",
    [
        {"备注": "推荐人王建国 13812345678"},
        {"备注": "老公电话13812345678"},
        {"备注": "13812345678或13912345678"},
        {"备注": "13812345678", "描述": "13912345678"},
        {"产品说明": "咨询13812345678"},
        {"跟进记录": "已转 13812345678"},
        {"创建人": "13812345678"},
    ],
)
def test_what_may_be_somebody_elses_is_not_taken(row: dict[str, str]) -> None:
    assert cleansed(name="陈莉莉", **row)[0] == {"name": "陈莉莉", **row}


def test_who_can_be_reached_keeps_to_that() -> None:
    row = {"name": "陈莉莉", "email": "li@example.cn", "备注": "13912340002"}
    assert cleansed(**row)[0] == row


@pytest.mark.parametrize("text", ["wxid_9k2j3h", "微信wxid_9k2j3h", "wx:wxid_9k2j3h"])
def test_an_id_that_wechat_gave_is_whole(text: str) -> None:
    assert other_channels(text).found == {"wechat": "wxid_9k2j3h"}


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_an_export_of_wecom(tmp_path: Path, anyio_backend: str) -> None:
    rows: list[list[object]] = [
        ["昵称", "备注名", "备注", "性别", "添加时间", "添加人", "标签", "电话", "企业"],
        ["A鑫鑫建材~小李", "李鑫 13812340001 鑫鑫建材", "微信同号", "男", "", "小王", "A", "", ""],
        ["🌸Lily🌸", "陈莉莉-宝妈", "孩子3岁，电话13912340002", "女", "", "小王", "", "", ""],
        ["陈莉莉", "陈莉莉", "重新加的号", "女", "", "小王", "", "13912340002", ""],
        ["刘师傅水电", "刘师傅", "微信liu_sd88", "男", "", "小赵", "", "", ""],
        ["路人", "", "没回复", "", "", "小赵", "", "", ""],
        ["王总", "王总", "", "", "", "小赵", "", "13712340003", ""],
        ["王建国", "王建国", "", "", "", "小赵", "", "13712340003", ""],
        ["王", "王先生", "", "", "", "小赵", "", "13712340003", ""],
    ]
    world = World(RULES)
    result = await imported(workbook(tmp_path / "a.xlsx", rows), world.library)
    assert list(result.outcomes().values()) == [
        "new", "new", "duplicate", "new", "rejected", "new", "update", "duplicate"
    ]  # fmt: skip
    await through(world, result)
    found = {(lead.fields["name"], lead.fields.get("phone", "")) for lead in world.library.leads.values()}
    assert found == {("李鑫", "+8613812340001"), ("陈莉莉", "+8613912340002"), ("刘", ""), ("王建国", "+8613712340003")}
