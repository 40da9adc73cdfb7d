"""The catalogue: every type of the contract, documented fields, normal forms, constraints."""

import json
from decimal import Decimal

import pytest
from pydantic import ValidationError

from schemas.avro_schema import record_schema
from schemas.catalogue import FACT_TYPES, plain
from schemas.catalogue.order import Item
from schemas.ids import ENTITY_KINDS
from schemas.times import parse_iso
from tests.events import FULL, sent

CONTRACT = """page_viewed link_clicked form_submitted phone_changed lead_updated lead_imported product_used login
ticket_opened ticket_answered ticket_closed order_placed order_cancelled subscription_changed module_interest
account_profiled customer_touched contact_noted followed_up position_reported visit_checked_in visit_checked_out
deal_updated evidence_attached forecast_submitted tender_published company_changed"""
NUMBERS = {"int", "long", "double"}
UNITS = (
    "milliseconds", "seconds", "minutes", "hours", "in days", "months", "metres", "degrees", "times", "units",
    "decimal", "share", "bits", "Number of", "How many", "0 (none) to 1", "YYYY-MM-DD",
)  # fmt: skip


def check(name: str, data: dict[str, object]) -> dict[str, object]:
    return plain(FACT_TYPES[name].model.model_validate(data))


RECORDS = [*{event.model: None for event in FACT_TYPES.values()}, Item]


@pytest.mark.parametrize("model", RECORDS, ids=lambda model: model.__name__)
def test_every_model_and_field_is_documented_and_numbers_have_units(model):
    assert model.__doc__
    assert all(field.description for field in model.model_fields.values())
    for field in record_schema("facts", "X", model)["fields"]:
        if field["name"] not in model.NESTED and NUMBERS & set(json.dumps(field["type"]).split('"')):
            assert any(unit in field["doc"] for unit in UNITS), field


@pytest.mark.parametrize("name", FACT_TYPES)
def test_addresses_are_kinds_of_entities(name):
    assert FACT_TYPES[name].addresses
    assert set(FACT_TYPES[name].addresses) <= set(ENTITY_KINDS)
    assert set(FACT_TYPES[name].contact) <= set(FACT_TYPES[name].model.model_fields)


@pytest.mark.parametrize("name", FACT_TYPES)
def test_a_full_example_is_in_normal_form_and_fills_every_field(name):
    assert check(name, sent(name)) == FULL[name]
    assert set(FACT_TYPES[name].model.model_fields) == set(FULL[name])


def test_unknown_fields_are_kept_in_order_and_items():
    data = {"order_id": "o", "amount": 1, "gift": True, "items": [{"sku": "a", "colour": "red"}]}
    assert check("order_placed", data) == {
        "order_id": "o",
        "amount": "1",
        "items": [{"sku": "a", "extra": {"colour": "red"}}],
        "extra": {"gift": True},
    }


def test_null_is_the_same_as_left_out():
    assert check("login", {"channel": None}) == {}


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        (12, "12"),
        (12.50, "12.5"),
        ("012.500", "12.5"),
        (" 7 ", "7"),
        ("+3", "3"),
        ("-0.00", "0"),
        (1e5, "100000"),
        (0.1 + 0.2, "0.3"),
        ("0.0000004", "0"),
        ("999999999999999.999999", "999999999999999.999999"),
    ],
)
def test_money_becomes_a_plain_decimal(given, normal):
    assert check("order_cancelled", {"order_id": "o", "amount": given})["amount"] == normal
    assert Decimal(normal) >= 0


@pytest.mark.parametrize(
    "wrong", [True, "1,200", "1e5", "¥5", "", "abc", float("nan"), float("inf"), -1, "-0.01", 1e15, [], {}, "１２"]
)
def test_what_is_no_amount_is_refused(wrong):
    with pytest.raises(ValidationError):
        check("order_cancelled", {"order_id": "o", "amount": wrong})


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("position_reported", {"lat": 90.1, "lon": 0}),
        ("position_reported", {"lat": -90.1, "lon": 0}),
        ("position_reported", {"lat": 0, "lon": 180.5}),
        ("position_reported", {"lat": True, "lon": 0}),
        ("position_reported", {"lat": "31", "lon": 0}),
        ("position_reported", {"lat": float("nan"), "lon": 0}),
        ("position_reported", {"lat": 1, "lon": 0, "mock": 1}),
        ("position_reported", {"lat": 1, "lon": 0, "datum": "wgs84"}),
        ("customer_touched", {"channel": "fax"}),
        ("deal_updated", {"deal_id": " ", "stage": "won"}),
        ("deal_updated", {"deal_id": "d", "stage": "Won"}),
        ("deal_updated", {"deal_id": "d", "close_on": "2026-02-30"}),
        ("deal_updated", {"deal_id": "d", "close_on": "20260228"}),
        ("deal_updated", {"deal_id": "d", "close_on": "2026-W01-1"}),
        ("deal_updated", {"deal_id": "d", "close_on": 20260228}),
        ("product_used", {"feature": "f", "count": 1.5}),
        ("product_used", {"feature": "f", "count": 2**53}),
        ("product_used", {"feature": "f", "count": -1}),
        ("form_submitted", {"form": "f", "message": "x" * 4001}),
        ("form_submitted", {"form": "f", "phone": 13800138000}),
        ("form_submitted", {"form": "f", "name": "\ud800"}),
        ("lead_imported", {"row": {}}),
        ("lead_imported", {"row": {"phone": [1]}}),
        ("visit_checked_in", {"lat": 1, "lon": 2, "photo_sha256": "G" * 64}),
    ],
)
def test_what_does_not_fit_is_refused(name, data):
    with pytest.raises(ValidationError):
        check(name, data)


def test_cells_of_a_row_become_text():
    row = {"phone": 13800138000.0, "name": "a", "vip": True, "n": 1.5, "empty": None}
    assert check("lead_imported", {"row": row})["row"] == {
        "phone": "13800138000",
        "name": "a",
        "vip": "true",
        "n": "1.5",
        "empty": "",
    }


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2026-11-21T10:00:00.123+08:00", 1_795_226_400_123),
        ("2026-11-21T02:00:00.123Z", 1_795_226_400_123),
        ("2026-11-21T10:00:00.123", 1_795_226_400_123),
        ("2026-11-21 10:00", 1_795_226_400_000),
        ("1970-01-01T00:00:00Z", 0),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ("1970-01-01T00:00:00+08:00", None),
        ("2026-11-21", None),
        ("2026-11-21T25:00:00Z", None),
        ("2026-02-30T10:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("20261121T100000Z000", None),
        ("now", None),
        ("", None),
        ("２０２６-11-21T10:00:00Z", None),
    ],
)
def test_times(text, ms):
    assert parse_iso(text) == ms
