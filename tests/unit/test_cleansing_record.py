from datetime import datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from processors.cleanse import Cleansed, cleanse
from processors.cleansing.email import standing
from processors.cleansing.phone_mask import find_masks
from processors.cleansing.record import CleansingOptions, cleanse_identifier, cleanse_record
from processors.cleansing.text import clean_text
from schemas.fact import Note
from schemas.rules.cleansing import CleansingRules
from schemas.rules.cleansing_names import RULES
from schemas.times import SHANGHAI, to_ms
from schemas.touchpoint import Touchpoint

KEY = b"k" * 16
PLAIN = CleansingOptions(id_number_key=KEY)
NUMBER = "11010519491231002X"


def cleansed(data, kind="form_submitted", **rules):
    return cleanse_record(kind, data, CleansingOptions(CleansingRules(**rules), KEY))


@pytest.mark.parametrize("field", ["name", "phone"])
def test_an_address_beside_another_value_is_cleansed_as_in_its_own_field(field):
    data, _ = cleansed({field: "li@gmial.com"})
    assert data == {"email": "li@gmial.com", "email_proposal": "li@gmail.com"}


MISPLACED = [
    ({"name": "13800138000"}, {"phone": "+8613800138000"}),
    ({"name": "手机：13800138000"}, {"phone": "+8613800138000"}),
    ({"name": "138****8000"}, {"phone_masked": "138****8000"}),
    ({"name": "010-62770334转801"}, {"phone": "+861062770334", "phone_extension": "801"}),
    ({"name": "zhang@qq.com 13800138000"}, {"email": "zhang@qq.com", "phone": "+8613800138000"}),
    ({"email": "13800138000"}, {"phone": "+8613800138000"}),
    ({"email": "微信zw_8888"}, {"wechat": "zw_8888"}),
    ({"wechat": "zhang@qq.com"}, {"email": "zhang@qq.com"}),
    ({"title": "13800138000"}, {"phone": "+8613800138000"}),
    ({"address": "zhang@qq.com"}, {"email": "zhang@qq.com"}),
    ({"name": "13800138000", "phone": "张伟"}, {"phone": "+8613800138000", "name": "张伟"}),
    ({"name": "13800138000", "phone": "李总"},
     {"phone": "+8613800138000", "name": "李", "salutation": "总", "title": "总经理"}),
    ({"phone": "13800138000 张先生"},
     {"phone": "+8613800138000", "name": "张", "salutation": "先生", "gender": "male"}),
    ({"name": "13800138000", "phone": "13900139000"}, {"phone": "+8613900139000", "phone_others": ["+8613800138000"]}),
    ({"name": "张伟13800138000", "phone": "13900139000"},
     {"name": "张伟", "phone": "+8613900139000", "phone_others": ["+8613800138000"]}),
    ({"name": "0571-88886666 张伟"}, {"name": "张伟", "phone": "+8657188886666"}),
    ({"name": "13800138000 李总"}, {"name": "李", "salutation": "总", "title": "总经理", "phone": "+8613800138000"}),
    ({"title": "销售经理（手机：13800138000）"}, {"title": "销售经理", "phone": "+8613800138000"}),
    ({"title": "CEO / QQ 55667788"}, {"title": "CEO", "qq": "55667788"}),
    ({"address": "莫干山 微信zw_8888"}, {"address": "莫干山", "wechat": "zw_8888"}),
    ({"email": "li@qq.com，微信zw_8888，0571-88886666"},
     {"email": "li@qq.com", "wechat": "zw_8888", "phone": "+8657188886666"}),
    ({"title": "CTO 86-571-88886666"}, {"title": "CTO", "phone": "+8657188886666"}),
    ({"email": "li@qq.com-13800138000"}, {"email": "li@qq.com", "phone": "+8613800138000"}),
    ({"email": "13800138000/li@qq.com"}, {"email": "li@qq.com", "phone": "+8613800138000"}),
    ({"wechat": "li_lei88，zhang@qq.com"}, {"wechat": "li_lei88", "email": "zhang@qq.com"}),
    ({"qq": "13800138000/12345678"}, {"qq": "12345678", "phone": "+8613800138000"}),
    ({"qq": "13800138000"}, {"phone": "+8613800138000"}),
    ({"douyin": "0571-88886666 lilei88"}, {"douyin": "lilei88", "phone": "+8657188886666"}),
    ({"birth_date": "1990-01-02 13800138000"}, {"birth_date": "1990-01-02", "phone": "+8613800138000"}),
    ({"message": "请联系我 13800138000"}, {"message": "请联系我 13800138000", "phone": "+8613800138000"}),
]  # fmt: skip


@pytest.mark.parametrize(("given", "data"), MISPLACED)
def test_a_contact_in_another_fields_place_is_not_lost(given, data):
    once, notes = cleansed(given)
    assert once == data
    assert {note.rule for note in notes} & {"record.misplaced", "name.phone"}
    assert cleansed(once)[0] == once


@pytest.mark.parametrize(
    "given",
    [
        {"phone": "关机"},  # 关 is a surname, too
        {"phone": "13800138000 高峰"},
        {"phone": "张总13800138000 李总13900139000"},  # whose name is it?
        {"name": "20231105001"},
        {"address": "文三路90号 13800138000号"},
        {"title": "2000年入职"},
        {"email": "13800138000@qq.com"},
        {"title": "WeChat Manager"},
        {"title": "微信Marketing经理"},
        {"address": "No. 5 WX Building, Hangzhou"},
        {"address": "深圳市南山区微信SmartTower"},
        {"email": "li-0571-88886666@qq.com"},
        {"wechat": "13800138000"},
        {"douyin": "13800138000"},
        {"wechat": "zw-0571-88886666"},
        {"kuaishou": "ks888-13800138000"},
        {"message": "电话13800138000或13900139000"},  # two: whose?
        {"message": "你们的客服13800138000没人接"},
        {"message": "你好，0571-88886666打不通"},
        {"message": "微信zw_8888", "phone": "13800138000"},  # somebody who can be reached
    ],
)
def test_what_may_be_something_else_stays_where_it_is(given):
    data, notes = cleansed(given)
    assert "name" not in data
    assert "record.misplaced" not in {note.rule for note in notes}


@pytest.mark.parametrize("kind", ["page_viewed", "tender_published"])
def test_a_page_or_tender_that_names_a_number_is_nobody(kind):
    data, _ = cleansed({"title": "联系我们  13800138000"}, kind)
    assert data == {"title": "联系我们 13800138000"}


def test_a_contact_in_another_fields_place_stays_where_that_rule_is_off():
    data, _ = cleansed({"title": "13800138000"}, off=["record.misplaced"])
    assert data == {"title": "13800138000"}


def test_a_masked_number_in_an_address_is_that_of_the_lead_only_if_nobody_else_is_named():
    address = "张三 138****8000 杭州市西湖区文三路1号"
    data, _ = cleansed({"address": address})
    assert (data["name"], data["phone_masked"], data["address"]) == ("张三", "138****8000", "杭州市西湖区文三路1号")
    data, _ = cleansed({"name": "李四", "address": address})
    assert (data["name"], data.get("phone_masked"), data["contact_name"]) == ("李四", None, "张三")


def test_every_field_has_its_rule_and_unset_fields_are_left_out():
    data, notes = cleansed(
        {
            "form": "试用",
            "name": "王总",
            "phone": "138-0013-8000 微信同号",
            "email": " A@GMIAL.com",
            "company": "阿里巴巴(中国)有限公司",
            "address": "浙江省杭州市西湖区文三路1号",
            "birth_date": "1990年1月2日",
            "qq": "QQ:123456",
            "title": None,
            "message": "你好\r\n\r\n再见",
        }
    )
    assert data == {
        "form": "试用",
        "name": "王",
        "salutation": "总",
        "title": "总经理",
        "phone": "+8613800138000",
        "wechat": "13800138000",
        "email": "a@gmial.com",
        "email_proposal": "a@gmail.com",
        "company": "阿里巴巴（中国）有限公司",
        "address": "浙江省杭州市西湖区文三路1号",
        "province": "浙江省",
        "city": "杭州市",
        "district": "西湖区",
        "adcode": "330106",
        "birth_date": "1990-01-02",
        "qq": "123456",
        "message": "你好\n再见",
    }
    assert Note("phone", "phone.e164", "138-0013-8000 微信同号") in notes
    assert Note("name", "name.honorific", "王总") in notes


def test_what_is_unusable_is_left_out_and_its_raw_value_stands_in_the_note():
    data, notes = cleansed({"phone": "没有", "email": "x"})
    assert data == {}
    assert notes == (Note("phone", "phone.invalid", "没有"), Note("email", "email.invalid", "x"))


def test_an_identity_number_in_an_address_is_kept_as_its_own_field_is_and_shown_nowhere():
    address = f"张三 浙江省杭州市文三路1号 {NUMBER} 13800138000"
    alone, _ = cleansed({"id_number": NUMBER})
    data, notes = cleansed({"address": address})
    assert data.items() >= alone.items()
    assert NUMBER not in f"{data}{notes}"
    assert {note.raw for note in notes} == {address.replace(NUMBER, "110105********002X")}
    assert cleansed({"address": address, "id_number": "110101199003070011"})[0]["id_number"] != alone["id_number"]


def test_a_masked_phone_never_stands_where_a_number_should():
    data, _ = cleansed({"phone": "138****8000"})
    assert data == {"phone_masked": "138****8000"}


def test_all_masked_numbers_of_a_field_are_kept_and_found_again():
    data, _ = cleanse_record("form_submitted", {"phone": "138****8000/139**9000"}, CleansingOptions(CleansingRules()))
    assert data == {"phone_masked": "138****8000; 139**9000"}
    assert [mask.pattern for mask in find_masks(data["phone_masked"])] == ["138****8000", "139**9000"]


def test_values_that_were_given_win_over_what_was_found():
    data, _ = cleansed({"name": "王总", "title": "采购经理", "phone": "13800138000 微信同号", "wechat": "abc_123"})
    assert data["title"] == "采购经理"
    assert data["wechat"] == "abc_123"


def test_same_as_phone_needs_a_mobile():
    assert cleansed({"phone": "13800138000", "wechat": "同手机"})[0]["wechat"] == "13800138000"
    assert "wechat" not in cleansed({"phone": "010-62345678", "wechat": "同手机"})[0]


@pytest.mark.parametrize(
    ("field", "raw"),
    [
        ("wechat", "li_lei88，电话13800138000"),
        ("qq", "55667788 13800138000"),
        ("company", "蓝海科技 13800138000"),
        ("email", "li@lanhai.cn 电话13800138000"),
    ],
)
def test_a_number_beside_another_value_is_the_phone_of_the_lead(field, raw):
    assert cleansed({field: raw})[0]["phone"] == "+8613800138000"
    assert cleansed({field: raw, "phone": "13900139000"})[0]["phone"] == "+8613900139000"


def test_a_number_that_a_platform_lends_is_told_with_its_extension_from_an_address_too():
    data, _ = cleansed({"address": "张三[8765] 17012345678转8765 杭州市西湖区文三路1号"})
    assert (data["name"], data["phone"], data["phone_extension"]) == ("张三", "+8617012345678", "8765")
    named, _ = cleansed({"name": "李四", "address": "张三 17012345678转8765 杭州市西湖区文三路1号"})
    assert "phone_extension" not in named


@pytest.mark.parametrize("field", ["name", "phone"])
def test_a_number_labelled_as_wechat_is_the_phone_and_the_wechat_id(field):
    data, _ = cleansed({field: "微信13800138000" if field == "phone" else "李雷（微信13800138000）"})
    assert (data["phone"], data["wechat"]) == ("+8613800138000", "13800138000")


ADDRESSED = "张三 13900139000 浙江省杭州市西湖区文三路1号"


def test_who_stands_in_the_address_is_the_lead_only_if_nobody_else_is_named():
    alone, _ = cleansed({"address": ADDRESSED})
    assert (alone["name"], alone["phone"]) == ("张三", "+8613900139000")
    named, _ = cleansed({"address": ADDRESSED, "name": "李四"})
    assert named["name"] == "李四"
    assert "phone" not in named
    assert (named["contact_name"], named["contact_phone"]) == ("张三", "+8613900139000")


@pytest.mark.parametrize("field", ["name", "address", "company", "phone"])
@pytest.mark.parametrize(
    "written",
    [
        "１１０１０１１９９００３０７００１１",
        "110101 19900307 0011",
        "110101-19900307-0011",
        "110101\u200b199003070011",
    ],
)
def test_no_note_shows_an_identity_number_however_it_is_written(field, written):
    _, notes = cleansed({field: f"张三  {written} "})
    assert notes
    assert all("0307" not in clean_text(note.raw).value for note in notes)


def test_identity_numbers_are_hashed_and_appear_nowhere():
    data, notes = cleansed({"id_number": "身份证 " + NUMBER})
    assert data["id_number"].startswith("id1-")
    assert data["id_number_masked"] == "110105********002X"
    assert data["birth_date"] == "1949-12-31"
    assert NUMBER[6:14] not in repr((data | {"birth_date": ""}, notes))
    without_key, notes = cleanse_record("form_submitted", {"id_number": NUMBER}, CleansingOptions())
    assert "id_number" not in without_key
    assert "id_number.no_key" in {note.rule for note in notes}


def test_an_imported_row_takes_numbers_of_a_spreadsheet():
    data, _ = cleansed({"row": {"phone": 13800138000.0, "qq": 123456, "name": "张三"}, "line": 3}, "lead_imported")
    assert data == {"row": {"phone": "+8613800138000", "qq": "123456", "name": "张三"}, "line": 3}


def test_fields_of_other_types_have_their_own_meaning():
    assert cleansed({"title": "  价格页 "}, "page_viewed")[0] == {"title": "价格页"}
    assert cleansed({"old": "138 0013 8000", "new": "13900139000"}, "phone_changed")[0] == {
        "old": "+8613800138000",
        "new": "+8613900139000",
    }
    assert cleansed({"lat": 30.1, "lon": 120.2, "mock": False}, "position_reported")[0] == {
        "lat": 30.1,
        "lon": 120.2,
        "mock": False,
    }


def test_a_number_that_is_gone_is_taken_from_no_field_but_is_what_a_change_comes_from():
    assert cleansed({"phone": "13800138000(空号)"})[0] == {}
    assert cleansed({"name": "王伟 13800138000(空号)"})[0] == {"name": "王伟"}
    beside = cleansed({"address": "浙江省杭州市西湖区文三路90号 李雷 13800138000已停用"})[0]
    assert beside["address"] == "浙江省杭州市西湖区文三路90号"
    assert "13800138000" not in str(beside)
    changed = cleansed({"old": "13800138000（旧号）", "new": "13900139000"}, "phone_changed")[0]
    assert changed == {"old": "+8613800138000", "new": "+8613900139000"}


AT = to_ms(datetime(2026, 11, 21, 10, tzinfo=SHANGHAI))


@pytest.mark.parametrize(
    "given", ["2026-11-22", "2026年11月22日", "20991231", "1899-12-31", "1876年3月4日", "0001-01-01"]
)
def test_a_birth_date_before_1900_or_after_the_event_is_refused_and_says_why(given):
    for kind, data in (("form_submitted", {"birth_date": given}), ("lead_imported", {"row": {"birth_date": given}})):
        found, notes = cleanse_record(kind, data, PLAIN, AT)
        assert "birth_date" not in found.get("row", found)
        assert notes[-1] == Note("birth_date", "birth_date.implausible", given)


@pytest.mark.parametrize("given", ["2026-11-21", "1900-01-01"])
def test_a_birth_date_up_to_the_day_of_the_event_counts(given):
    assert cleanse_record("form_submitted", {"birth_date": given}, PLAIN, AT) == ({"birth_date": given}, ())


def test_what_is_no_date_is_still_no_birth_date():
    for given in ("1990-13-01", "1990", "生日"):
        assert "birth_date.implausible" not in [note.rule for note in cleansed({"birth_date": given})[1]]


def test_an_event_says_by_when_a_person_must_be_born():
    data = {"form": "f", "phone": "13800138000", "birth_date": "2030-01-01"}
    event = Touchpoint(event_id="e", type="form_submitted", source="web", occurred_at=AT, received_at=AT, data=data)
    found = cleanse(event, PLAIN)
    assert isinstance(found, Cleansed)
    assert "birth_date" not in found.data


def test_fields_can_stay_as_they_came():
    assert cleansed({"company": "阿里(中国)"}, untouched=("company",))[0] == {"company": "阿里(中国)"}


def test_parameters_of_the_rule_book_reach_their_rules():
    assert cleansed({"phone": "(650) 253-0000"}, region="US")[0]["phone"] == "+16502530000"
    assert cleansed({"phone": "62345678"}, area_code="010")[0]["phone"] == "+861062345678"
    assert len(cleansed({"interest": "字" * 50}, field_limit=20)[0]["interest"]) == 20
    assert "wechat" not in cleansed({"phone": "13800138000微信同号"}, off=("phone.wechat_same",))[0]


def test_a_switch_that_would_do_nothing_is_refused():
    with pytest.raises(ValidationError, match="cannot be switched off"):
        CleansingRules(off=("phone.e164",))
    with pytest.raises(ValidationError, match="cannot be switched off"):
        CleansingRules(off=("no.such_rule",))
    with pytest.raises(ValidationError, match="always cleansed"):
        CleansingRules(untouched=("id_number",))


@pytest.mark.parametrize("address", ["null@null.com", "test@test.com", "noemail@qq.com", "xxx@163.com"])
def test_an_address_typed_because_the_form_demands_one_is_nobodys_own(address):
    assert standing(address) == (address, False)


@pytest.mark.parametrize("kind", ["wechat", "qq", "douyin", "kuaishou"])
@pytest.mark.parametrize(
    "value", ["undefined", "Unknown", "None.", "(null)", "<NA>", "nothing", "xxxxxx", "11111", "000000", "NaN", "同上"]
)
def test_what_stands_for_no_id_makes_nobody_the_same_person(kind, value):
    assert cleanse_identifier(kind, value, PLAIN) is None
    data, _ = cleanse_record("lead_imported", {"row": {"name": "李雷", kind: value}}, PLAIN)
    assert data["row"] == {"name": "李雷"}


@pytest.mark.parametrize(
    ("kind", "value", "normal"),
    [
        ("phone", "138-0013-8000", "+8613800138000"),
        ("phone", "138****8000", None),
        ("phone", "12345", None),
        ("email", "A@B.cn", "a@b.cn"),
        ("email", "x", None),
        ("qq", "QQ 123456", "123456"),
        ("wechat", "ABC_123", "abc_123"),
        ("wechat_unionid", " oAbC-1 ", "oAbC-1"),
        ("douyin", "Abc.1", "abc.1"),
        ("douyin", "BA253642-0590-40bc-9bdf-9a1334b94059", "BA253642-0590-40bc-9bdf-9a1334b94059"),
        ("device", "undefined", None),
        ("customer", "x" * 201, None),
        ("crm:sap", "0001", "0001"),
        ("crm:sap", " ", None),
    ],
)
def test_identifier(kind, value, normal):
    key = cleanse_identifier(kind, value, PLAIN)
    assert (key.value if key else None) == normal


def test_identity_number_as_identifier_needs_the_key():
    key = cleanse_identifier("id_number", NUMBER, PLAIN)
    assert key is not None
    assert key.value == cleansed({"id_number": NUMBER})[0]["id_number"]
    assert cleanse_identifier("id_number", NUMBER, CleansingOptions()) is None


def test_the_documentation_lists_every_rule_as_it_is():
    page = (Path(__file__).parents[2] / "docs" / "cleansing.md").read_text("utf-8")
    for name, rule in RULES.items():
        switch = "yes" if rule.optional else ""
        assert f"| `{name}` | {rule.en} | {rule.zh} | {switch} |" in page
