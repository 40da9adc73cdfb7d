"""Whatever field a contact is written into, beside whatever value: it is not lost, and the value stays what it is."""

import itertools
import random

import pytest

from processors.cleansing.record import CleansingOptions, cleanse_record
from schemas.rules.cleansing import CleansingRules

OPTIONS = CleansingOptions(CleansingRules(), b"k" * 16)
VALUES = {
    "name": ["张伟", "王芳女士", "李总", "Zhang Wei", "欧阳娜娜"],
    "company": ["杭州蓝海科技有限公司", "华为", "Acme Co., Ltd."],
    "title": ["销售经理", "CEO", "采购"],
    "address": ["浙江省杭州市西湖区文三路90号", "杭州", "朝阳区建国路88号"],
    "email": ["li@qq.com"],
    "wechat": ["li_lei88"],
    "qq": ["12345678"],
    "douyin": ["lilei88"],
    "kuaishou": ["ks888"],
    "birth_date": ["1990-01-02"],
    "postcode": ["310012"],
}
CONTACTS = {
    "mobile": "13800138000",
    "landline": "0571-88886666",
    "email": "zhang@bluesea.cn",
    "wechat": "微信zw_8888",
    "qq": "QQ 55667788",
}
BETWEEN = [" ", "，", ",", "/", "；", "\n", "（{}）", " ({})"]


def written(value: str, contact: str, between: str, first: bool) -> str:
    if "{}" in between:
        return between.format(contact) + value if first else value + between.format(contact)
    return between.join((contact, value) if first else (value, contact))


def reached(data: dict, kind: str) -> bool:
    if kind in ("mobile", "landline"):
        number = "+8613800138000" if kind == "mobile" else "+8657188886666"
        found = [data.get("phone"), data.get("contact_phone"), *data.get("phone_others", [])]
        return any(isinstance(each, str) and each.startswith(number) for each in found)
    return data.get(kind) == {"email": "zhang@bluesea.cn", "wechat": "zw_8888", "qq": "55667788"}[kind]


@pytest.mark.parametrize(
    ("field", "kind"), [(field, kind) for field, kind in itertools.product(VALUES, CONTACTS) if field != kind]
)
def test_a_contact_beside_a_value_is_kept_and_so_is_the_value(field, kind):
    for value, between, first in itertools.product(VALUES[field], BETWEEN, (False, True)):
        raw = written(value, CONTACTS[kind], between, first)
        data, _ = cleanse_record("form_submitted", {field: raw}, OPTIONS)
        alone, _ = cleanse_record("form_submitted", {field: value}, OPTIONS)
        assert reached(data, kind), (raw, data)
        assert data.get(field) == alone.get(field), (raw, data)
        assert cleanse_record("form_submitted", data, OPTIONS)[0] == data, raw


@pytest.mark.parametrize(("field", "kind"), list(itertools.product(VALUES, CONTACTS)))
def test_a_contact_alone_in_any_field_is_kept(field, kind):
    if field in ("douyin", "kuaishou", "wechat") and kind == "mobile":
        return  # it may be the id there
    data, _ = cleanse_record("form_submitted", {field: CONTACTS[kind]}, OPTIONS)
    assert reached(data, kind), data


WRITTEN = """
张伟 李总 13800138000 0571-88886666 a@b.cn 0@0.AA 微信 wx zw_8888 QQ 12345678 电话 : ： - / ， ; ( ) （ ） 转 801
138****8000 文三路90号 浙江省 杭州市 蓝海科技有限公司 经理 @ qq.com 1990-01-02 310012 x # +86 110105 19491231002X 先生
收 你们 的 lilei 8 ． ＱＱ vx: id 号 1 .
"""
PIECES = [*WRITTEN.split(), " ", "\n", "\u200b"]
FIELDS = [*VALUES, "phone", "message", "region", "id_number"]


def test_records_of_pieces_of_contacts_settle_at_once():
    draw = random.Random(14)
    for _ in range(6_000):
        fields = draw.sample(FIELDS, draw.randint(1, 3))
        raw = {field: "".join(draw.choices(PIECES, k=draw.randint(1, 7))) for field in fields}
        once, _ = cleanse_record("form_submitted", raw, OPTIONS, 10**13)
        assert cleanse_record("form_submitted", once, OPTIONS, 10**13)[0] == once, raw
