"""By what people who speak for themselves are known, they can be reached: contacts in the subject are the lead's."""

from itertools import permutations
from typing import Any

import pytest

from schemas.rules import RuleBook
from tests.memory_world import World
from tests.unit.test_identity_live import form, run

PHONE, OTHER = "13800138000", "13900139000"
FIELDS = ("name", "phone", "phone_others", "phone_masked", "email", "qq", "douyin", "reachability", "stage")


def lead(world: World) -> dict[str, Any]:
    (row,) = world.library.leads.values()
    return {name: value for name, value in row.fields.items() if name in FIELDS}


@pytest.mark.parametrize(
    ("ids", "data", "expected"),
    [
        ([("phone", PHONE)], {}, {"phone": "+8613800138000", "reachability": "valid"}),
        ([("email", "A@Firm.cn")], {"name": "王芳"}, {"name": "王芳", "email": "a@firm.cn", "reachability": "valid"}),
        ([("douyin", "zhangsan88")], {}, {"douyin": "zhangsan88", "reachability": "valid"}),
        ([("qq", "12345678")], {"email": "坏的"}, {"qq": "12345678", "reachability": "valid"}),
        ([("phone", PHONE)], {"phone": "138****8000"},
         {"phone": "+8613800138000", "phone_masked": "138****8000", "reachability": "valid"}),
        # What somebody says of themselves comes first; the number that they are known by is a further one.
        ([("phone", PHONE)], {"phone": OTHER},
         {"phone": "+8613900139000", "phone_others": "+8613800138000", "reachability": "valid"}),
        ([("phone", PHONE), ("phone", OTHER)], {},
         {"phone": "+8613800138000", "phone_others": "+8613900139000", "reachability": "valid"}),
        ([("phone", "18412345678转1234")], {},
         {"phone": "+8618412345678", "phone_others": "+8618412345678 ext. 1234", "reachability": "valid"}),
        ([("email", "a@firm.cn")], {"email": "b@firm.cn"}, {"email": "b@firm.cn", "reachability": "valid"}),
        ([("phone", PHONE)], {"phone": PHONE, "row": "x"}, {"phone": "+8613800138000", "reachability": "valid"}),
    ],
)  # fmt: skip
def test_a_form_is_of_whom_its_subject_says(
    ids: list[tuple[str, str]], data: dict[str, str], expected: dict[str, str]
) -> None:
    assert lead(run([form("e1", *ids, minute=1, **data)])) == {**expected, "stage": "new"}


def test_a_contact_that_was_confirmed_comes_before_one_that_was_not() -> None:
    event = form("e1", ("phone", OTHER), ("phone", PHONE), minute=1)
    event["subject"]["ids"][1]["verified"] = True
    world = run([event])
    assert lead(world) == {
        "phone": "+8613800138000", "phone_others": "+8613900139000", "reachability": "verified", "stage": "new"
    }  # fmt: skip


def test_a_row_of_a_table_is_of_whom_its_subject_says() -> None:
    row = {"row": {"name": "张三"}, "file": "a.xlsx", "line": 2}
    event = {**form("e1", ("phone", PHONE), minute=1), "type": "lead_imported", "data": row}
    assert lead(run([event])) == {
        "name": "张三", "phone": "+8613800138000", "reachability": "valid", "stage": "new"
    }  # fmt: skip


@pytest.mark.parametrize("data", [{"title": "CTO"}, {"phone": OTHER}])
def test_an_update_may_name_a_lead_by_a_number_that_it_had(data: dict[str, str]) -> None:
    first = form("e1", ("customer", "k1"), minute=1, phone=OTHER)
    second = form("e2", ("customer", "k1"), ("phone", PHONE), minute=2)
    update = {**second, "type": "lead_updated", "source": "crm", "rep_id": "r1", "data": data}
    assert lead(run([first, update]))["phone"] == "+8613900139000"


@pytest.mark.parametrize("by", [{}, {"rep_id": "r1"}])
def test_the_number_by_which_an_update_names_a_lead_is_better_than_none(by: dict[str, str]) -> None:
    told = form("e1", ("customer", "k1"), ("phone", PHONE), minute=5)
    update = {**told, "type": "lead_updated", "source": "crm", "data": {"name": "张三", "title": "CTO"}, **by}
    assert lead(run([update])) == {"name": "张三", "phone": "+8613800138000", "reachability": "valid"}
    said = form("e2", ("customer", "k1"), minute=1, phone=OTHER)
    for events in ([update, said], [said, update]):
        assert lead(run(events)) == {
            "name": "张三", "phone": "+8613900139000", "phone_others": "+8613800138000", "reachability": "valid",
            "stage": "new",
        }  # fmt: skip


def signed_in(event_id: str, phone: str, minute: int, *, verified: bool = True, kind: str = "login") -> dict[str, Any]:
    event = form(event_id, ("customer", "k1"), ("phone", phone), minute=minute)
    event["subject"]["ids"][1]["verified"] = verified
    return {**event, "type": kind, "source": "app", "data": {}}


def test_by_what_somebody_was_confirmed_to_be_there_they_are_reached() -> None:
    row = {"name": "张三", "phone": OTHER}
    first = form("e1", ("customer", "k1"), minute=1)
    imported = {**first, "type": "lead_imported", "data": {"row": row, "file": "a.xlsx", "line": 2}}
    stale = {"name": "张三", "phone": "+8613900139000", "reachability": "valid", "stage": "new"}
    assert lead(run([imported])) == stale
    assert lead(run([imported, signed_in("e2", PHONE, 2, verified=False)])) == stale
    fresh = {
        **stale, "phone": "+8613800138000", "phone_others": "+8613900139000", "reachability": "verified"
    }  # fmt: skip
    for events in ([imported, signed_in("e2", PHONE, 2)], [signed_in("e2", PHONE, 2), imported]):
        world = run(events)
        assert lead(world) == fresh
        rows = [row for rows in world.library._history.values() for row in rows.values()]
        assert [row.rule for row in rows if row.new == "+8613800138000"] == ["login.verified"]


def test_who_signs_in_is_a_lead_once_they_asked() -> None:
    asks = form("e1", ("customer", "k1"), minute=1)
    for events in ([asks, signed_in("e2", PHONE, 2)], [signed_in("e2", PHONE, 2), asks]):
        assert lead(run(events)) == {"phone": "+8613800138000", "reachability": "verified", "stage": "new"}
    assert "stage" not in lead(run([signed_in("e2", PHONE, 2)]))


def test_what_makes_a_lead_by_the_rule_book_does() -> None:
    rules = RuleBook.model_validate({"lead": {"created_by": ["ticket_opened"]}})
    ticket = {**signed_in("e2", PHONE, 2, kind="ticket_opened"), "data": {"ticket_id": "t1", "title": "登录不了"}}
    assert lead(run([ticket], rules)) == {"phone": "+8613800138000", "reachability": "verified", "stage": "new"}


def test_a_lead_begins_when_who_asked_turns_out_to_be_somebody_who_can_be_reached() -> None:
    asks = form("e1", ("customer", "k1"), minute=1, name="李小明")
    told = form("e2", minute=2, name="李小明", phone=PHONE)
    events = [asks, {**told, "type": "lead_updated", "source": "crm"}, signed_in("e3", PHONE, 3)]
    for order in permutations(events):
        world = run(list(order))
        (stage,) = (row.fields.get("stage") for row in world.library.leads.values() if "merged_into" not in row.fields)
        assert stage == "new", [event["event_id"] for event in order]
        assert [one.kind for one in world.library.signals].count("lead_created") == 1
