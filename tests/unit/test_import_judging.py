"""What becomes of imported rows, on the shipped fakes: the preview is what the workers then do."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest

from schemas.identity import IdClaim, IdKey
from schemas.times import to_iso
from sinks.base import SinkUnavailable
from sinks.records import Record
from streams.importing.outcomes import ANOTHER, CONTRADICTS, IMPORTED_BEFORE, NEWER_WINS, SOMEBODY_ELSE, VERIFIED, alike
from streams.importing.problems import FileProblem
from streams.importing.report import Report
from streams.importing.saved_map import read_map
from streams.importing.tables import open_table
from tests.memory_world import World
from tests.tables import AT, RULES, Imported, imported, workbook

pytestmark = pytest.mark.anyio
NOW = AT
HEADER = ["姓名", "手机", "邮箱", "公司", "备注"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def form(**data: str) -> dict[str, object]:
    """Return a form from a person whose phone number is verified."""
    return {
        "event_id": "form-1", "type": "form_submitted", "source": "website", "occurred_at": to_iso(NOW - 1_000),
        "subject": {"ids": [{"kind": "phone", "value": "13800138000", "verified": True}]},
        "data": {"form": "f", "phone": "13800138000", **data},
    }  # fmt: skip


async def through(world: World, result: Imported, at: int = AT) -> None:
    """Let the workers have what an import sent."""
    for number, record in enumerate(result.sent):
        partition = number % world.settings.touchpoint_partitions
        world.producer.records["touchpoints"].append(record._replace(partition=partition, timestamp=at + 60_000))
    await world.run()


async def test_one_firm_in_two_spellings_is_no_contradiction_of_a_file(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        HEADER,
        ["陈大文", 13800138000, "", "蓝海科技", ""],
        ["陳大文", 13800138000, "", "蓝海科技有限公司", ""],
        ["陈大文", 13800138000, "chen@example.cn", "蓝海科技（有限公司）", ""],
        ["陈大文", 13800138000, "", "红海科技有限公司", ""],
    ]
    result = await imported(workbook(tmp_path / "a.xlsx", rows), World(RULES).library, dry_run=False)
    assert [one.outcome for one in result.judged] == ["new", "duplicate", "update", "conflict"]


async def test_each_row_has_its_outcome_and_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    world = World(RULES)
    rows: list[list[object]] = [
        ["2026 年展会名单"], HEADER,
        ["张三", 13800138000, "", "蓝海科技有限公司", "老客户"],
        ["李四", "", "li.si@example.cn", "", ""],
        ["张三", "138 0013 8000", "", "蓝海科技有限公司", ""],
        ["张三", "138-0013-8000", "zhang@example.cn", "", ""],
        ["张三丰", 13800138000, "", "", ""],
        ["王五", "1380013", "", "", ""],
        ["赵六", "13900139000", "li.si@example.cn", "", ""],
    ]  # fmt: skip
    file = workbook(tmp_path / "a.xlsx", rows)
    preview = await imported(file, world.library, dry_run=True)
    assert preview.sent == []
    first = await imported(file, world.library, at_once=2)
    assert preview.outcomes() == first.outcomes()
    assert first.outcomes() == {
        3: "new", 4: "new", 5: "duplicate", 6: "update", 7: "conflict", 8: "rejected", 9: "conflict"
    }  # fmt: skip
    await through(world, first)
    leads = {lead.fields.get("name"): lead.fields for lead in world.library.leads.values()}
    assert leads["张三"]["phone"] == "+8613800138000"
    assert leads["张三"]["email"] == "zhang@example.cn"
    assert set(leads) == {"张三", "李四"}
    before = world.states(), world.library.leads
    again = await imported(file, world.library, at=AT + 86_400_000)
    assert again.sent == []
    assert [one.reason for one in again.judged if one.row.line in (3, 4, 6)] == [IMPORTED_BEFORE] * 3
    await through(world, again)
    assert (world.states(), world.library.leads) == before


async def test_the_same_people_in_another_file_are_duplicates_or_updates(tmp_path: Path) -> None:
    world = World(RULES)
    first = await imported(workbook(tmp_path / "a.xlsx", [HEADER, ["张三", 13800138000, "", "", ""]]), world.library)
    await through(world, first)
    more = workbook(
        tmp_path / "b.xlsx", [HEADER, ["张三", "+86 138 0013 8000"], ["张三", 13800138000, "", "蓝海科技有限公司"]]
    )
    second = await imported(more, world.library, at=AT + 1)
    assert second.outcomes() == {2: "duplicate", 3: "update"}
    await through(world, second)
    (lead,) = world.library.leads.values()
    assert lead.fields["company"] == "蓝海科技有限公司"
    renamed = workbook(tmp_path / "c.xlsx", [HEADER, ["张珊", 13800138000]])
    await through(world, await imported(renamed, world.library, at=AT + 2))
    old = await imported(more, world.library, at=AT + 3)
    assert (old.sent, old.outcomes()) == ([], {2: "duplicate", 3: "duplicate"})


async def test_a_value_that_contradicts_a_verified_one_waits_for_a_decision(tmp_path: Path) -> None:
    world = World(RULES)
    world.publish([form(name="张三", email="zhang@example.cn")], NOW)
    await world.run()
    file = workbook(tmp_path / "a.xlsx", [HEADER, ["张三", 13900139000, "zhang@example.cn", "", "x"]])
    found = (await imported(file, world.library, at=NOW + 1_000)).judged[0]
    assert (found.outcome, found.reason, found.record) == ("conflict", CONTRADICTS, None)
    assert [tuple(one) for one in found.differences] == [("phone", "+8613800138000", "+8613900139000", VERIFIED)]


@pytest.mark.parametrize(("decision", "phone"), [("文件", "+8613900139000"), ("库", "+8613800138000")])
async def test_a_decided_conflict_is_imported_from_the_report(tmp_path: Path, decision: str, phone: str) -> None:
    world = World(RULES)
    world.publish([form(email="zhang@example.cn")], NOW)
    await world.run()
    file = workbook(tmp_path / "a.xlsx", [HEADER, ["张三", 13900139000, "zhang@example.cn"], ["=1+1", 13700137000]])
    target = tmp_path / "report.xlsx"
    first = await imported(file, world.library, at=NOW + 1_000)
    with open_table(file) as table:
        report = Report(target, table.columns)
        report.add(first.judged)
        report.close()
    undecided = await imported(target, world.library, at=NOW + 2_000)
    assert undecided.outcomes() == {2: "conflict"}
    with open_table(target) as table:
        (row,) = table.rows()
        headings = table.columns.headings
    decided = workbook(tmp_path / "decided.xlsx", [headings, [decision, *row.cells[1:]]])
    second = await imported(decided, world.library, at=NOW + 3_000)
    assert second.outcomes() == {2: "update"}
    await through(world, second, NOW)
    lead = next(lead for lead in world.library.leads.values() if lead.fields.get("email") == "zhang@example.cn")
    assert (lead.fields["phone"], lead.fields["name"]) == (phone, "张三")


async def test_an_unknown_decision_is_said(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", [["※采用/decision", "手机"], ["maybe", 13800138000], ["", 13900139000]])
    found = await imported(file, World(RULES).library)
    assert found.outcomes() == {2: "rejected", 3: "new"}


async def test_identifiers_of_two_leads_are_a_conflict_that_names_both(tmp_path: Path) -> None:
    world = World(RULES)
    claims = [
        IdClaim(IdKey("phone", "+8613800138000"), "lead:a", False, 1, "e1"),
        IdClaim(IdKey("email", "b@example.cn"), "lead:b", False, 1, "e2"),
    ]
    await world.library.claim([], claims)
    found = await imported(workbook(tmp_path / "a.xlsx", [HEADER, ["x", 13800138000, "b@example.cn"]]), world.library)
    assert found.outcomes() == {2: "conflict"}
    assert "lead:a" in found.judged[0].reason.en
    assert "lead:b" in found.judged[0].reason.zh


async def test_what_is_newer_replaces_what_nobody_verified(tmp_path: Path) -> None:
    world = World(RULES)
    await through(world, await imported(workbook(tmp_path / "a.xlsx", [HEADER, ["张三", 13800138000]]), world.library))
    later = await imported(workbook(tmp_path / "b.xlsx", [HEADER, ["张珊", 13800138000]]), world.library, at=AT + 9)
    assert later.outcomes() == {2: "update"}
    assert later.judged[0].differences[0] == ("name", "张三", "张珊", NEWER_WINS)
    await through(world, later)
    assert [lead.fields["name"] for lead in world.library.leads.values()] == ["张珊"]


async def test_somebody_of_another_name_under_a_number_waits_for_a_decision(tmp_path: Path) -> None:
    world = World(RULES)
    header = ["姓名", "手机", "微信"]
    known = [header, ["张三", 13800138000, "zhangsan_8"], ["王五", 13900139000, ""]]
    await through(world, await imported(workbook(tmp_path / "a.xlsx", known), world.library))
    rows = [header, ["李四", 13800138000, ""], ["王经理", 13900139000, ""], ["Tom Lee", "", "zhangsan_8"]]
    later = await imported(workbook(tmp_path / "b.xlsx", rows), world.library, at=AT + 9)
    assert later.outcomes() == {2: "conflict", 3: "update", 4: "update"}
    assert later.judged[0].reason == SOMEBODY_ELSE
    assert later.judged[0].differences == (("name", "张三", "李四", ANOTHER),)
    decided = [[*header, "※采用/decision"], ["李四", 13800138000, "", "文件"]]
    taken = await imported(workbook(tmp_path / "c.xlsx", decided), world.library, at=AT + 20)
    await through(world, taken)
    assert {lead.fields["name"] for lead in world.library.leads.values()} == {"李四", "王五"}


MAP = read_map("crm:sap: 客户编号\nname: 姓名\nphone: 手机\n")


async def test_an_id_of_a_crm_tells_whose_row_it_is(tmp_path: Path) -> None:
    world = World(RULES)
    header = ["客户编号", "姓名", "手机"]
    first = [header, ["C001", "张三", 13800138001], ["C002", "李四", 13800138002], ["", "王五", 13800138003]]
    await through(world, await imported(workbook(tmp_path / "a.xlsx", first), world.library, saved=MAP))
    second = [
        header, ["C001", "张三", 13900139001], ["C003", "李四", 13800138002], ["C004", "赵六", 13900139004],
        ["C004", "赵六", ""], ["C005", "赵六", 13900139004],
    ]  # fmt: skip
    later = await imported(workbook(tmp_path / "b.xlsx", second), world.library, at=AT + 9, saved=MAP)
    assert later.outcomes() == {2: "update", 3: "conflict", 4: "new", 5: "duplicate", 6: "conflict"}
    differing = {one.row.line: one.differences for one in later.judged if one.outcome == "conflict"}
    assert differing == {
        3: (("crm:sap", "C002", "C003", VERIFIED),), 6: (("crm:sap", "C004", "C005", 4),)
    }  # fmt: skip
    await through(world, later)
    phones = {lead.fields["name"]: lead.fields["phone"] for lead in world.library.leads.values()}
    assert phones == {
        "张三": "+8613900139001", "李四": "+8613800138002", "王五": "+8613800138003", "赵六": "+8613900139004"
    }  # fmt: skip
    decided = [[*header, "※采用/decision"], ["C003", "李四", 13800138002, "文件"]]
    taken = await imported(workbook(tmp_path / "c.xlsx", decided), world.library, at=AT + 20, saved=MAP)
    (event,) = (orjson.loads(record.value or b"") for record in taken.sent)
    assert event["subject"]["ids"] == [{"kind": "crm:sap", "value": "C003"}]
    await through(world, taken)
    assert [lead.fields["name"] for lead in world.library.leads.values()].count("李四") == 2


async def test_a_table_without_contacts_is_read_by_the_ids_of_a_system(tmp_path: Path) -> None:
    world = World(RULES)
    saved = read_map("customer: 编号")
    file = workbook(tmp_path / "a.xlsx", [["编号", "公司"], ["K1", "蓝海科技有限公司"], ["", "红海科技有限公司"]])
    assert (await imported(file, world.library, saved=saved)).outcomes() == {2: "new", 3: "rejected"}


@pytest.mark.parametrize("kind", ["crm:sap", "customer"])
async def test_an_id_whose_last_digits_a_spreadsheet_lost_is_nobodys(tmp_path: Path, kind: str) -> None:
    saved = read_map(f"{kind}: 客户编号\nname: 姓名\nphone: 手机\n")
    rows: list[list[object]] = [["客户编号", "姓名", "手机"]]
    rows += [[123456789012345678, "张三", 13800138000], [123456789012345690, "李四", 13800138001]]
    rows += [["1.23457E+17", "王五", 13800138002], ["123456789012345678", "赵六", 13800138003]]
    result = await imported(workbook(tmp_path / "a.xlsx", rows), World(RULES).library, saved=saved)
    assert result.outcomes() == {2: "rejected", 3: "rejected", 4: "rejected", 5: "new"}
    assert result.judged[0].reason.zh.startswith("客户编号：编号过长，表格已丢失末尾数字")
    assert len(result.sent) == 1


async def test_a_number_too_long_for_a_spreadsheet_gives_no_identity_number_and_no_phone(tmp_path: Path) -> None:
    rows: list[list[object]] = [["姓名", "手机", "身份证号", "邮箱"]]
    rows += [[f"{name}建国", 13800138000_13900139000, 110101198503050000 + number, f"{number}@example.cn"]
             for number, name in enumerate("赵钱孙李周吴郑王冯陈褚卫")]  # fmt: skip
    result = await imported(workbook(tmp_path / "a.xlsx", rows), World(RULES).library)
    assert set(result.outcomes().values()) == {"new"}
    for one in result.judged:
        assert "电话：号码无效" in one.reason.zh
        assert "证件号：" in one.reason.zh


@pytest.mark.parametrize("text", ["crm: 编号", "crm:a b: 编号", "crm:sap: [编号, 号]", "device: 编号"])
def test_what_is_no_id_of_a_system_is_refused(text: str) -> None:
    with pytest.raises(FileProblem, match="映射文件有误"):
        read_map(text)


async def test_a_stopped_import_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.importing.run.PATIENCE_S", 0.05)
    world = World(RULES)
    rows = [HEADER, *([f"甲{number}", 13800138000 + number] for number in range(10))]
    file = workbook(tmp_path / "a.xlsx", rows)
    arrived: list[Record] = []

    async def half(records: Sequence[Record]) -> None:
        await asyncio.sleep(0)
        if len(arrived) >= 6:
            raise SinkUnavailable("kafka", "gone")
        arrived.extend(records)

    with pytest.raises(SinkUnavailable, match="gone"):
        await imported(file, world.library, send=half)
    assert len(arrived) == 6
    partial = Imported()
    partial.sent = arrived[:4]  # two more are in Kafka, not yet at the workers
    await through(world, partial)
    again = await imported(file, world.library)
    assert again.counts == {"duplicate": 4, "new": 6}
    partial.sent = [*arrived[4:], *again.sent]
    await through(world, partial)
    assert len(world.library.leads) == 10
    assert sum(signal.kind == "lead_created" for signal in world.library.signals) == 10


async def test_who_cannot_be_reached_is_told_why(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        HEADER,
        ["张三", "1380013", "", "", ""],
        ["李四", "", "li.si#example.cn", "", ""],
        HEADER,
        ["合计：", 3, "", "", ""],
        ["", "", "", "", "", "制表人"],
        ["王五", "", "", "蓝海科技", ""],
    ]
    result = await imported(workbook(tmp_path / "a.xlsx", rows), World(RULES).library, dry_run=True)
    assert [(one.row.line, one.outcome, one.reason.zh) for one in result.judged] == [
        (2, "rejected", "没有可用的联系方式（电话：号码无效）"),
        (3, "rejected", "没有可用的联系方式（邮箱：不是邮箱）"),
        (4, "rejected", "重复的表头"),
        (5, "rejected", "合计行，不是客户"),
        (6, "rejected", "能识别的列都是空的"),
        (7, "rejected", "没有可用的联系方式（手机、邮箱、微信等为空或无效）"),
    ]


async def test_one_column_of_names_and_numbers_and_totals_below(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["姓名/手机", "公司"],
        ["李雷 13800138000", "蓝海"],
        ["合计：共1人", ""],
        ["总计：10家", ""],
    ]
    found = await imported(workbook(tmp_path / "a.xlsx", rows), World(RULES).library)
    first, *totals = found.judged
    assert (first.outcome, first.reason.zh) == ("new", "新线索")
    assert [one.reason.zh for one in totals] == ["合计行，不是客户"] * 2


async def test_totals_and_headers_under_an_id_of_a_system_are_nobody(tmp_path: Path) -> None:
    header: list[object] = ["客户编号", "姓名", "手机"]
    rows: list[list[object]] = [
        header,
        ["C001", "张三", ""],
        header,
        ["合计", "1人", ""],
        ["C002", "合计", 13800138002],
    ]
    found = await imported(workbook(tmp_path / "a.xlsx", rows), World(RULES).library, saved=MAP)
    assert [(one.outcome, one.reason.zh) for one in found.judged] == [
        ("new", "新线索"), ("rejected", "重复的表头"), ("rejected", "合计行，不是客户"), ("new", "新线索")
    ]  # fmt: skip


async def test_what_was_refused_of_a_row_that_goes_in_is_told(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["姓名", "手机", "微信", "出生日期", "公司"],
        ["赵六", "1.38E+10", "zhao_liu6", "03/04/1990", "个人"],
        ["王总助理", "138****8003", "wang_003", "无", ""],
        ["蓝海科技有限公司", "13800138004", "", "", ""],
        ["钱七", "空号 13800138006，13800138007", "", "", ""],
    ]
    found = await imported(workbook(tmp_path / "a.xlsx", rows), World(RULES).library)
    assert [(one.outcome, one.reason.zh) for one in found.judged] == [
        ("new", "新线索；电话：表格截断的号码（1.38E+10）：不采用；生日：有两种读法，不猜测"),
        ("new", "新线索；姓名：“王总助理”指他人，不当作王总"),
        ("new", "新线索；姓名：不是人名"),
        ("new", "新线索"),
    ]
    assert found.judged[0].reason.en.startswith("a new lead; phone: What a spreadsheet left of a number")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("王", "王建国", True),
        ("王建国", "王", True),
        ("王*", "王建国", True),
        ("李", "王建国", False),
        ("王建", "王建国", False),
    ],
)
def test_part_of_a_name_contradicts_none_that_it_may_be(one: str, other: str, same: bool) -> None:
    assert alike("name", one, other) is same


async def test_a_whole_name_adds_to_its_part_and_not_the_other_way_round(tmp_path: Path) -> None:
    rows: list[list[object]] = [HEADER, *([name, 13800138000] for name in ("王总", "王建国", "王先生", "李先生"))]
    world = World(RULES)
    result = await imported(workbook(tmp_path / "a.xlsx", rows), world.library)
    assert list(result.outcomes().values()) == ["new", "update", "duplicate", "conflict"]
    await through(world, result)
    assert [lead.fields["name"] for lead in world.library.leads.values()] == ["王建国"]


async def test_a_file_imported_again_undoes_nothing_though_its_rows_repeated_the_library(tmp_path: Path) -> None:
    world = World(RULES)
    known = form(name="孙芳", phone="13800138000", email="sun@example.cn", title="总监")
    world.publish([known], AT - 4_000)
    await world.run()
    header: list[object] = ["姓名", "手机", "职位", "邮箱"]
    rows: list[list[object]] = [
        header,
        ["孙芳", "13800138000", "", ""],
        ["孙芳", "13800138000", "总监", ""],  # the file says it first, the library has it
        ["孙芳", "13800138000", "总监", ""],
        ["孙芳", "13800138000", "", "sun@example.cn"],
    ]
    file = workbook(tmp_path / "a.xlsx", rows)
    first = await imported(file, world.library)
    assert first.outcomes() == dict.fromkeys(range(2, 6), "duplicate")
    assert len(first.sent) == 3  # all but the row that the file had said
    await through(world, first)
    edited = await imported(
        workbook(tmp_path / "b.xlsx", [header, ["孙芳", "13800138000", "采购主管", ""]]), world.library, at=AT + 1_000
    )
    assert edited.outcomes() == {2: "update"}
    await through(world, edited, AT + 1_000)
    again = await imported(file, world.library, at=AT + 86_400_000)
    assert (again.outcomes(), again.sent) == (dict.fromkeys(range(2, 6), "duplicate"), [])
    (lead,) = world.library.leads.values()
    assert lead.fields["title"] == "采购主管"
