"""Masks: enough is left to recognise, nothing that could be used."""

import pytest

from schemas.masking import mask_email, mask_id, mask_name, mask_phone, mask_record, mask_text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("13800138000", "138****8000"),
        ("138-0013-8000", "138****8000"),
        ("+8613800138000", "+86138****8000"),
        ("+86 138 0013 8000", "+86138****8000"),
        ("１３８００１３８０００", "１３８****８０００"),
        ("0755-8888888", "075****8888"),
        ("8888888", "888****88"),
        ("10086", "****6"),
        ("", "****"),
        ("张三", "****"),
    ],
)
def test_phones(text, masked):
    assert mask_phone(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [("zhang.san@example.com", "z***@example.com"), ("@x", "***@x"), ("none", "***"), ("", "***")],
)
def test_emails(text, masked):
    assert mask_email(text) == masked


@pytest.mark.parametrize(("text", "masked"), [("张三丰", "张*"), (" John Smith", "J*"), ("", "*")])
def test_names(text, masked):
    assert mask_name(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"), [("11010519491231002X", "11***2X"), ("zhang_san", "zh***an"), ("abc", "a***")]
)
def test_ids(text, masked):
    assert mask_id(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("请打 138 0013 8000 找张总", "请打 138****8000 找张总"),
        ("mail a.b@c.com, or (0755) 8888-8888", "mail a***@c.com, or (075****8888"),
        ("id 11010519491231002X", "id 110****1002"),
        ("一三八零零一三八零零零", "****"),
        ("2026-11-21 10:00 13800138000", "2026-11-21 10:00 138****8000"),
        ("2026-11-21 13800138000", "2026-11-21 138****8000"),
        ("phone:+8613800138000", "phone:+86138****8000"),
        ("email:zhang@example.com", "email:z***@example.com"),
        ("wechat_unionid:oABCDEFGH", "wechat_unionid:oA***GH"),
        ("crm:sap:1234567", "crm:sap:1***"),
        ("order 12345 of 2026-11-21", "order 12345 of 2026-11-21"),
        ("lead:abcdef", "lead:abcdef"),
    ],
)
def test_text(text, masked):
    assert mask_text(text) == masked


def test_a_record_is_masked_by_names_kinds_and_patterns():
    record = {
        "event_id": "e-13800138000",
        "entity": "lead:abc",
        "at": 1_700_000_000_000,
        "offset": 13_800_138_000,
        "phone": "13800138000",
        "mobile": 13_800_138_000,
        "name": "张三",
        "Email": "zhang@example.com",
        "note": "anything at all",
        "payload": b"13800138000",
        "secret": "s" * 32,
        "ids": [{"kind": "phone", "value": "13800138000"}, {"kind": "qq", "value": "123456789"}],
        "via": ("phone:+8613800138000",),
        "row": {"手机": "13800138000", "13800138000": 1},
        "other": 13_800_138_000,
        "of a spreadsheet": 13_800_138_000.0,
        "with its country": 8_613_800_138_000,
        "flag": True,
        "none": None,
        "ratio": 0.5,
    }
    before = repr(record)
    assert mask_record(record) == {
        "event_id": "e-13800138000",
        "entity": "lead:abc",
        "at": 1_700_000_000_000,
        "offset": 13_800_138_000,
        "phone": "138****8000",
        "mobile": "138****8000",
        "name": "张*",
        "Email": "z***@example.com",
        "note": "****",
        "payload": "11 bytes",
        "secret": "****",
        "ids": [{"kind": "phone", "value": "138****8000"}, {"kind": "qq", "value": "12***89"}],
        "via": ["phone:+86138****8000"],
        "row": {"手机": "138****8000", "138****8000": 1},
        "other": "138****8000",
        "of a spreadsheet": "138****8000",
        "with its country": "861****8000",
        "flag": True,
        "none": None,
        "ratio": 0.5,
    }
    assert repr(record) == before


def test_what_contains_itself_ends():
    record: dict[str, object] = {}
    record["a"] = record
    assert "…" in str(mask_record(record))


@pytest.mark.parametrize("number", ["+8613800138000", "13800138000", "010-62345678", "12345", "+1 650-253-0000"])
def test_a_masked_number_is_masked_no_further(number: str) -> None:
    once = mask_phone(number)
    assert mask_phone(once) == once
    assert mask_record({"phone": once}) == {"phone": once}


@pytest.mark.parametrize(
    ("field", "old", "new", "masked"),
    [
        ("company", "蓝海科技", "远景科技", ("蓝海科技", "远景科技")),
        ("name", "张伟", "李雷", ("张*", "李*")),
        ("phone", "+8613800138000", "+8613900139000", ("+86138****8000", "+86139****9000")),
        ("address", "文三路1号", "文一路2号", ("****", "****")),
        ("email", "li@example.cn", "lei@example.cn", ("l***@example.cn", "l***@example.cn")),
    ],
)
def test_what_a_field_was_and_is_is_masked_as_that_field(
    field: str, old: str, new: str, masked: tuple[str, str]
) -> None:
    found = mask_record({"field": field, "old": old, "new": new})
    assert (found["old"], found["new"]) == masked
    assert mask_record({"field": field, "old": None, "new": new})["old"] is None
    assert mask_record({"old": old, "new": new})["new"] != new
