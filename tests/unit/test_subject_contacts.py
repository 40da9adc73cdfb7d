"""By what people who speak for themselves are known, they can be reached: contacts in the subject are the lead's."""

from typing import Any

import pytest

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
