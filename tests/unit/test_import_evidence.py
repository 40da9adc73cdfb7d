"""What an import says of rows that evidence places: the preview, the run, and what the workers then make of it."""

from pathlib import Path
from random import Random

import orjson
import pytest

from processors.cleansing.record import CleansingOptions
from processors.resolver.live.keys import live_keys
from processors.resolver.packed import live_profile
from schemas.identity import Past
from schemas.rules import RuleBook
from schemas.times import to_iso
from streams.importing.events import Batch
from streams.importing.outcomes import NO_IDENTIFIER, NO_TELLING
from streams.importing.tables import open_table
from tests.memory_world import World
from tests.tables import AT, RULES, Imported, imported, workbook
from tests.unit.test_import_judging import HEADER, form, through

pytestmark = pytest.mark.anyio
EXACT = RuleBook.model_validate({"identity": {"resolver": "exact"}})
BAIDU, XIAOMI = "北京百度网讯科技有限公司", "小米科技有限责任公司"
MESSY: list[list[object]] = [
    HEADER,
    ["王小波", "13711112222", "", XIAOMI, "nobody knows him"],
    ["王小波", "137 1111 2222", "", XIAOMI, "the row above again"],
    ["李小明", "138****8000", "", BAIDU, "part of the number of somebody known"],
    ["李小明", "13655556666", "", BAIDU, "another number of his"],
    ["章伟", "13533334444", "", "上海远景科技有限公司", "sounds like somebody of the same firm"],
    ["赵六", "13900139000", "zhang@example.cn", "", "contradicts a verified number"],
    ["", "139****1234", "", "", "part of a number and nothing else"],
    ["钱多多", "暂无", "", "", "nothing to reach him by"],
    ["孙悟空", "1380013", "sun@example.cn", "", "a mailbox that is known"],
    ["李小明", "13655556666", "", "", "his other number, known by the file alone"],
    ["王小波", "137****2222", "", XIAOMI, "the file's own man, by part of his number"],
]
EXPECTED = {
    2: "new", 3: "duplicate", 4: "update", 5: "update", 6: "review", 7: "conflict", 8: "rejected", 9: "rejected",
    10: "duplicate", 11: "duplicate", 12: "update",
}  # fmt: skip


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def library(rules: RuleBook = RULES) -> World:
    """Return a world that knows some people."""
    world = World(rules)
    zhang = form(name="张三", email="zhang@example.cn")
    people = [
        {"name": "李小明", "phone": "13800138000", "company": BAIDU},
        {"name": "张伟", "phone": "13211112222", "company": "上海远景科技有限公司"},
        {"name": "孙悟空", "email": "sun@example.cn", "title": "经理"},
    ]
    others = [
        {"event_id": f"known-{number}", "type": "form_submitted", "source": "website",
         "occurred_at": to_iso(AT - 5_000), "data": {"form": "f", **person}}
        for number, person in enumerate(people)
    ]  # fmt: skip
    zhang["subject"] = {"ids": [{"kind": "phone", "value": "13366667777", "verified": True}]}
    zhang["data"] = {"form": "f", "phone": "13366667777", "name": "张三", "email": "zhang@example.cn"}
    world.publish([zhang, *others], AT - 4_000)
    await world.run()
    return world


async def happens(world: World, result: Imported) -> dict[int, str]:
    """Give the workers row after row; return what they make of each: by events, people and questions of the library."""
    evidence, events = world.library.evidence, world.library._events
    found: dict[int, str] = {}
    for one in result.judged:
        if one.record is None:
            continue
        single = Imported()
        single.sent = [one.record]
        await through(world, single)
        mine = str(orjson.loads(one.record.value)["event_id"])
        of = {event: evidence.people[claim.lead].person if claim.lead in evidence.people else claim.lead
              for event, (claim, _) in events.items()}  # fmt: skip
        asked = any(each.event_id == mine and not each.closed for each in evidence.questions.values())
        known = any(person == of[mine] for event, person in of.items() if event != mine)
        found[one.row.line] = "review" if asked else "known" if known else "new"
    return found


def as_it_happens(outcome: str) -> str:
    return "known" if outcome in ("update", "duplicate") else outcome


@pytest.mark.parametrize("at_once", [1, 3, 100])
async def test_preview_run_and_library_say_the_same_of_a_messy_file(tmp_path: Path, at_once: int) -> None:
    world = await library()
    file = workbook(tmp_path / "messy.xlsx", MESSY)
    preview = await imported(file, world.library, dry_run=True, at_once=at_once)
    assert preview.outcomes() == EXPECTED
    assert world.library.evidence.questions == {}
    assert {one.row.line: one.reason.zh for one in preview.judged if one.outcome == "rejected"} == {
        8: NO_TELLING.zh, 9: NO_IDENTIFIER.zh
    }  # fmt: skip
    real = await imported(file, world.library, at_once=at_once)
    assert [(one.row.line, one.outcome, one.reason, one.lead) for one in real.judged] == [
        (one.row.line, one.outcome, one.reason, one.lead) for one in preview.judged
    ]
    said = {one.row.line: as_it_happens(one.outcome) for one in real.judged if one.record is not None}
    assert await happens(world, real) == said
    assert not set(said) & {3, 7, 8, 9}
    again = await imported(file, world.library, at=AT + 86_400_000)
    assert again.sent == []


@pytest.mark.parametrize("at_once", [1, 3])
async def test_colleagues_of_one_switchboard_overwrite_nobody(tmp_path: Path, at_once: int) -> None:
    header: list[object] = ["姓名", "手机", "座机", "公司"]
    line, firm = "0571-88123456", "上海远景科技有限公司"
    first: list[list[object]] = [header, ["王小波", "", line, firm], ["孙尚香", "13900139000", line, firm]]
    second: list[list[object]] = [
        header, ["赵子龙", "", line, firm], ["王小波", "", line, firm], ["孙尚香", "", line, ""], ["", "", line, firm]
    ]  # fmt: skip
    world = await library()
    told: list[dict[int, str]] = []
    for number, rows in enumerate((first, second)):
        result = await imported(workbook(tmp_path / f"{number}.xlsx", rows), world.library, at_once=at_once)
        told.append(result.outcomes())
        assert await happens(world, result) == {row: as_it_happens(outcome) for row, outcome in told[-1].items()}
    assert told[0] == {2: "new", 3: "new"}
    assert told[1] == {2: "new", 3: "duplicate", 4: "update", 5: "review"}
    names = [lead.fields.get("name") for lead in world.library.leads.values() if "merged_into" not in lead.fields]
    assert [names.count(name) for name in ("王小波", "孙尚香", "赵子龙")] == [1, 1, 1]


async def test_identifiers_alone_decide_where_the_rule_book_says_so(tmp_path: Path) -> None:
    world = await library(EXACT)
    file = workbook(tmp_path / "messy.xlsx", MESSY)
    found = (await imported(file, world.library, rules=EXACT)).outcomes()
    assert found == {**EXPECTED, 4: "rejected", 5: "new", 6: "new", 11: "duplicate", 12: "rejected"}


SURNAMES, GIVEN = "李王张赵钱孙周吴", ["小明", "建国", "大海", "文静", "志强"]


@pytest.mark.parametrize("seed", range(20))
async def test_what_is_foreseen_of_any_file_is_what_happens(tmp_path: Path, seed: int) -> None:
    world, random = await library(), Random(seed)
    rows: list[list[object]] = [HEADER]
    for _ in range(60):
        number = f"13{random.randrange(4)}{random.randrange(3)}138{random.randrange(40):04}"
        phone = random.choice([number, number, f"{number[:3]}****{number[7:]}", ""])
        name = random.choice(SURNAMES) + random.choice(GIVEN)
        email = random.choice(["", "", f"m{random.randrange(15)}@example.cn"])
        rows.append([name, phone, email, random.choice(["", BAIDU, XIAOMI]), ""])
    file = workbook(tmp_path / "any.xlsx", rows)
    preview = await imported(file, world.library, dry_run=True, at_once=20)
    real = await imported(file, world.library, at_once=7)
    assert real.outcomes() == preview.outcomes()
    said = {one.row.line: as_it_happens(one.outcome) for one in real.judged if one.record is not None}
    assert await happens(world, real) == said


async def test_a_number_that_was_given_up_is_another_persons_now(tmp_path: Path) -> None:
    world = await library()
    change = {
        "event_id": "gave-up", "type": "phone_changed", "source": "app", "occurred_at": to_iso(AT - 3_000),
        "subject": {"ids": [{"kind": "phone", "value": "13800138000"}]},
        "data": {"old": "13800138000", "new": "13899998888", "old_code_verified": True, "new_code_verified": True},
    }  # fmt: skip
    world.publish([change], AT - 2_000)
    await world.run()
    rows: list[list[object]] = [
        HEADER,
        ["李小明", "13800138000", "", "", "has the number now, and the former holder's name"],
        ["李小明", "13899998888", "", BAIDU, "who gave it up"],
    ]
    result = await imported(workbook(tmp_path / "given_up.xlsx", rows), world.library)
    assert result.outcomes() == {2: "new", 3: "duplicate"}
    assert await happens(world, result) == {2: "new", 3: "known"}


def test_a_draft_knows_its_person_as_the_workers_will(tmp_path: Path) -> None:
    """Whoever gives a number up is not the person who writes by it now, so that the two have unlike records."""
    file = workbook(tmp_path / "one.xlsx", [HEADER, ["李小明", "13800138000", "", BAIDU, ""], ["", "", "", BAIDU, ""]])
    with open_table(file) as table:
        batch = Batch(table.columns, CleansingOptions(), table.name, "digest", table.sheet, "import", AT, "touchpoints")
        somebody, nobody = (batch.draft(row) for row in table.rows())
    gave_up = {"+8613800138000": (Past(AT - 1, AT - 2, "L1", "E1", "E0"),)}
    told = somebody.told(AT, gave_up)
    assert told is not None
    assert told.profile == live_profile({**somebody.values, **somebody.said}, somebody.ids, AT, gave_up)
    assert told.keys == live_keys(told.profile)
    assert somebody.told(AT, {"+8613899998888": gave_up["+8613800138000"]}) == somebody.evidence != told
    assert nobody.evidence is nobody.told(AT, gave_up) is None
