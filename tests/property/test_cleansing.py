"""Every rule takes any text, changes nothing the second time, and names only rules that are documented."""

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from processors.cleansing.address import clean_address, parse_address
from processors.cleansing.base import ALL_ON, Cleaned
from processors.cleansing.fields import FIELDS_OF, LEAD_FIELDS, Field
from processors.cleansing.id_number import clean_id_number
from processors.cleansing.name import clean_name
from processors.cleansing.phone import clean_phone
from processors.cleansing.record import CleansingOptions, cleanse_identifier, cleanse_record
from processors.cleansing.text import clean_text, is_clean
from processors.cleansing.when import clean_date
from schemas.rules.cleansing_names import RULES
from tests.unit.test_cleansing_address import PLACES, TAILS
from tests.unit.test_cleansing_address_latin import ADDRESSES
from tests.unit.test_cleansing_phone import HABITS, MASKS, UNUSABLE

OPTIONS = CleansingOptions(id_number_key=b"k" * 16)
FIELDS = {field: name for fields in FIELDS_OF.values() for name, field in fields.items()}  # each in one of its names


def _of_field(field: Field, raw: str) -> Cleaned:
    return field.clean(raw, OPTIONS)


RULE_FUNCTIONS: dict[str, Callable[[str], Cleaned]] = {
    "text": clean_text,
    "lines": lambda raw: clean_text(raw, 60, True),
    "short": lambda raw: clean_text(raw, 16),
    "name": clean_name,
    "phone": clean_phone,
    "phone abroad": lambda raw: clean_phone(raw, "US"),
    "address": clean_address,
    "date": clean_date,
    "id_number": clean_id_number,
    **{f"field {name}": partial(_of_field, field) for field, name in FIELDS.items()},
}

# Pieces that the rules care about, put together at random: far more telling than random characters alone.
WORDS = """
    张三 王总 李先生 欧阳 小 老 Mr. Smith, 🌹 （采购） 13800138000 138****8000 0755-88889999 转801 分机 +86 0086 86
    微信同号 vx: 一三八 a@b.cn A@QQ.COM @ gmial.com 浙江省 杭州市 西湖区 鼓楼区 江干区 绍兴县 街道 镇 路 号 高新区
    市辖区 有限公司 （中国） (集团) 分公司 北京 上海市 总经理 助理 1990 年 5 月 - / . , ， 。 : ： ; （ ） ( ) [ ] * **
    xx # ext QQ 抖音号 110105 19491231 002X 310000 无 n/a 收货人 电话 地址 ＡＢＣ １２３ ① ㎡ · ' " < > _ ~ 经理 同手机
    万科 远景科技 秘书 的朋友
    Chaoyang District, Beijing Suzhou City Road Hong Kong
    Co., Ltd. （总部） 法人： (300001.SZ) 兼 特助 [8765] 转8765 （李雷收） （先生） 微信13800138000 dot 点
    https:// + 0 空号 旧号： 已停机 30.274085 120.155070 北纬 东经 120° 33.1″ N 高德 geo: 九龙 新界
"""
PIECES = st.sampled_from([*WORDS.split(), "\u3000", "\u200b", "\u202e", "\ud800", "\n", "\t", " "])
TEXTS = st.one_of(
    st.text(max_size=60), st.lists(PIECES, max_size=9).map("".join), st.lists(PIECES, max_size=9).map(" ".join)
)


@pytest.mark.parametrize("function", RULE_FUNCTIONS.values(), ids=RULE_FUNCTIONS)
@settings(max_examples=400, deadline=None)
@given(raw=TEXTS)
@example(raw="")
@example(raw="\ud800")
@example(raw="a\u0301" * 30)
@example(raw="73东经1")
@example(raw="采购部王小明（采购）")
@example(raw="0.000收货人A0.001")
@example(raw="13800138000")
@example(raw="收货人：")
def test_every_rule_is_total_idempotent_and_documented(function, raw):
    once = function(raw)
    assert once.raw == raw
    assert set(once.notes) <= RULES.keys()
    assert len(set(once.notes)) == len(once.notes)
    if once.value is None:
        return
    assert once.value
    once.value.encode()
    again = function(once.value)
    assert again.value == once.value


@settings(max_examples=400, deadline=None)
@given(raw=TEXTS, lines=st.booleans(), off=st.sampled_from([ALL_ON, frozenset({"text.placeholder"})]))
@example(raw="n/a", lines=False, off=ALL_ON)
@example(raw="\u0378", lines=False, off=ALL_ON)
def test_a_text_that_is_clean_is_left_as_it_is(raw, lines, off):
    assert is_clean(raw) == (bool(raw) and clean_text(raw, len(raw)) == Cleaned(raw, raw))
    if is_clean(raw):
        assert clean_text(raw, len(raw), lines, off) == Cleaned(raw, raw)


REPEATED = "1|a|*|x|-| |\n|浙|浙江省|张，|a@|a.|13800138000|138 |有限公司| co ltd|+86 |1990年|十|xiang|姓名：|(|()"
OVERLONG = [*REPEATED.split("|"), "小", "某", "科技", "公司 a", "微信", "a@a.com", "- ", "A "]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", OVERLONG)
def test_overlong_fields_cost_no_more_than_their_length(piece):
    raw = piece * (200_000 // len(piece))
    for function in RULE_FUNCTIONS.values():
        once = function(raw)
        if once.value is not None:
            assert function(once.value).value == once.value


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ["，", " ", ";", "\u3000"])
def test_separators_before_a_word_of_a_postcode_cost_no_more_than_their_length(piece):
    assert parse_address(f"文三路1号{piece * 400_000}邮").contact is None


VALUES = st.one_of(TEXTS, st.none(), st.integers(), st.floats(allow_nan=False), st.booleans())
RECORDS = st.dictionaries(st.one_of(st.sampled_from([*LEAD_FIELDS, "other"]), st.text(max_size=5)), VALUES, max_size=6)


@settings(max_examples=400, deadline=None)
@given(
    kind=st.sampled_from(["form_submitted", "lead_updated", "phone_changed", "page_viewed", "unheard_of"]), data=RECORDS
)
def test_a_record_cleansed_twice_is_as_cleansed_once(kind, data):
    before = dict(data)
    once, notes = cleanse_record(kind, data, OPTIONS)
    assert data == before
    assert {note.rule for note in notes} <= RULES.keys()
    again, _ = cleanse_record(kind, once, OPTIONS)
    assert again == once


WRITTEN = [row[0] for table in (HABITS, MASKS, UNUSABLE, PLACES, TAILS, ADDRESSES) for row in table]


@pytest.mark.parametrize("field", LEAD_FIELDS)
def test_what_belongs_into_one_field_does_no_harm_in_any_other(field):
    for raw in WRITTEN:
        once, notes = cleanse_record("lead_updated", {field: raw}, OPTIONS)
        assert cleanse_record("lead_updated", once, OPTIONS)[0] == once, raw
        assert once.get(field) == raw or any(note.field == field for note in notes) or field == "id_number", raw


@settings(max_examples=400, deadline=None)
@given(row=RECORDS)
def test_an_imported_row_is_cleansed_inside_its_touchpoint(row):
    once, _ = cleanse_record("lead_imported", {"row": row, "file": "a.xlsx", "line": 3}, OPTIONS)
    plain, _ = cleanse_record("lead_updated", row, OPTIONS)
    assert once["row"] == plain
    assert cleanse_record("lead_imported", once, OPTIONS)[0] == once


KINDS = [
    "phone",
    "email",
    "wechat",
    "wechat_unionid",
    "qq",
    "douyin",
    "kuaishou",
    "id_number",
    "device",
    "customer",
    "crm:sap",
]


@settings(max_examples=400, deadline=None)
@given(kind=st.sampled_from(KINDS), value=TEXTS)
def test_an_identifier_in_normal_form_is_its_own(kind, value):
    key = cleanse_identifier(kind, value, OPTIONS)
    if key is not None:
        assert key.kind == kind
        assert cleanse_identifier(kind, key.value, OPTIONS) == key
