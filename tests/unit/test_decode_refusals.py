"""Refusals: every check of the envelope, of the data and of whom an event is about, with reason and pointer."""

import pytest

from tests.decoding import SECRET, accepted, refused
from tests.events import event

ENVELOPE_CASES = [
    ({"event_id": None}, "missing_field", "/event_id"),
    ({"event_id": ""}, "bad_field", "/event_id"),
    ({"event_id": "x" * 65}, "bad_field", "/event_id"),
    ({"event_id": 17}, "bad_field", "/event_id"),
    ({"event_id": "a\0"}, "bad_field", "/event_id"),
    ({"type": None}, "missing_field", "/type"),
    ({"type": ["login"]}, "bad_field", "/type"),
    ({"type": "lead_assigned"}, "unknown_type", "/type"),
    ({"type": SECRET}, "unknown_type", "/type"),
    ({"source": None}, "missing_field", "/source"),
    ({"source": {}}, "bad_field", "/source"),
    ({"occurred_at": None}, "missing_field", "/occurred_at"),
    ({"occurred_at": 1_795_226_400_123}, "bad_time", "/occurred_at"),
    ({"occurred_at": "yesterday"}, "bad_time", "/occurred_at"),
    ({"occurred_at": "2026-11-21"}, "bad_time", "/occurred_at"),
    ({"occurred_at": True}, "bad_time", "/occurred_at"),
    ({"subject": []}, "bad_field", "/subject"),
    ({"subject": {"ids": {}}}, "bad_field", "/subject/ids"),
    ({"subject": {"ids": [{"kind": "qq", "value": "1"}] * 33}}, "bad_field", "/subject/ids"),
    ({"subject": {"ids": ["13812345678"]}}, "bad_identifier", "/subject/ids/0"),
    ({"subject": {"ids": [{"kind": "qq", "value": "1"}, {"value": SECRET}]}}, "bad_identifier", "/subject/ids/1/kind"),
    ({"subject": {"ids": [{"kind": "fax", "value": SECRET}]}}, "bad_identifier", "/subject/ids/0/kind"),
    ({"subject": {"ids": [{"kind": "crm:", "value": "1"}]}}, "bad_identifier", "/subject/ids/0/kind"),
    ({"subject": {"ids": [{"kind": "crm:a b", "value": "1"}]}}, "bad_identifier", "/subject/ids/0/kind"),
    ({"subject": {"ids": [{"kind": "phone", "value": 13812345678}]}}, "bad_identifier", "/subject/ids/0/value"),
    ({"subject": {"ids": [{"kind": "phone", "value": " "}]}}, "bad_identifier", "/subject/ids/0/value"),
    ({"subject": {"ids": [{"kind": "phone", "value": "1" * 257}]}}, "bad_identifier", "/subject/ids/0/value"),
    ({"subject": {"ids": [{"kind": "qq", "value": "1", "verified": 1}]}}, "bad_identifier", "/subject/ids/0/verified"),
    ({"subject": None}, "no_subject", "/subject"),
    ({"subject": {}}, "no_subject", "/subject"),
    ({"subject": {"ids": []}}, "no_subject", "/subject"),
    ({"rep_id": 17}, "bad_field", "/rep_id"),
    ({"rep_id": "r" * 65}, "bad_field", "/rep_id"),
    ({"data": []}, "bad_field", "/data"),
    ({"data": "x"}, "bad_field", "/data"),
]


@pytest.mark.parametrize(("fields", "reason", "pointer"), ENVELOPE_CASES)
def test_envelope(fields, reason, pointer):
    whole = event("page_viewed", **{"data": {"url": "u"}, **fields})
    refusal = refused(whole)
    assert (refusal.reason, refusal.pointer) == (reason, pointer)
    event_id = whole.get("event_id")
    assert refusal.event_id == (event_id if isinstance(event_id, str) and 0 < len(event_id) <= 64 else None)


DATA_CASES = [
    ("page_viewed", {}, "missing_field", "/data/url"),
    ("page_viewed", {"url": None}, "missing_field", "/data/url"),
    ("page_viewed", {"url": 5}, "bad_field", "/data/url"),
    ("page_viewed", {"url": "u", "dwell_ms": -1}, "bad_field", "/data/dwell_ms"),
    ("page_viewed", {"url": "u", "dwell_ms": "12"}, "bad_field", "/data/dwell_ms"),
    ("form_submitted", {"form": "f", "phone": [SECRET]}, "bad_field", "/data/phone"),
    ("form_submitted", {"form": "f", "message": SECRET * 400}, "bad_field", "/data/message"),
    ("phone_changed", {"old": "1", "new": "2", "old_code_verified": 1}, "bad_field", "/data/old_code_verified"),
    ("lead_imported", {"row": {"phone": {"a": SECRET}}}, "bad_field", "/data/row/phone"),
    ("lead_imported", {"row": {"a/b~c": []}}, "bad_field", "/data/row/a~1b~0c"),
    ("lead_imported", {"row": {"": "x"}}, "bad_field", "/data/row/"),
    ("order_placed", {"order_id": "o"}, "missing_field", "/data/amount"),
    ("order_placed", {"order_id": "o", "amount": SECRET + "x"}, "bad_field", "/data/amount"),
    ("order_placed", {"order_id": "o", "amount": 1, "items": {}}, "bad_field", "/data/items"),
    ("order_placed", {"order_id": "o", "amount": 1, "items": [{}, {"quantity": ""}]}, "bad_field",
     "/data/items/1/quantity"),
    ("order_placed", {"order_id": "o", "amount": 1, "items": [SECRET]}, "bad_field", "/data/items/0"),
    ("position_reported", {"lat": 91, "lon": 0}, "bad_field", "/data/lat"),
    ("contact_noted", {"channel": "call", "topic": "t", "mood": SECRET}, "bad_field", "/data/mood"),
    ("deal_updated", {"deal_id": "d", "close_on": SECRET}, "bad_time", "/data/close_on"),
    ("evidence_attached", {"deal_id": "d", "kind": "case_study", "signed_at": SECRET}, "bad_time", "/data/signed_at"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "reason", "pointer"), DATA_CASES)
def test_data(name, data, reason, pointer):
    refusal = refused(event(name, data))
    assert (refusal.reason, refusal.pointer, refusal.event_id) == (reason, pointer, "e-1")


WITHOUT_IDS = [
    ("form_submitted", {"form": "f", "phone": "1"}, None, None),
    ("form_submitted", {"form": "f", "email": "a@b"}, None, None),
    ("form_submitted", {"form": "f", "wechat": "w"}, None, None),
    ("form_submitted", {"form": "f", "phone": " ", "name": "张三"}, None, "/subject"),
    ("form_submitted", {"form": "f"}, "r1", "/subject"),
    ("phone_changed", {"old": "1", "new": "2", "old_code_verified": True, "new_code_verified": True}, None, None),
    ("lead_updated", {"qq": "10001"}, None, None),
    ("lead_updated", {"name": "张三"}, None, "/subject"),
    ("lead_imported", {"row": {"name": "张三"}}, None, None),
    ("lead_imported", {"row": {"name": " "}}, None, "/subject"),
    ("page_viewed", {"url": "u"}, "r1", "/subject"),
    ("followed_up", {}, "r1", "/subject"),
    ("position_reported", {"lat": 1, "lon": 2}, "r1", None),
    ("position_reported", {"lat": 1, "lon": 2}, None, "/rep_id"),
    ("position_reported", {"lat": 1, "lon": 2}, "", "/rep_id"),
    ("visit_checked_in", {"lat": 1, "lon": 2}, "r1", None),
    ("visit_checked_in", {"lat": 1, "lon": 2}, None, "/subject"),
    ("deal_updated", {"deal_id": "d"}, None, None),
    ("tender_published", {"tender_id": "t", "buyer": "b", "title": "t"}, None, None),
    ("company_changed", {"company": "c", "what": "funding"}, None, None),
]


@pytest.mark.parametrize(("name", "data", "rep_id", "pointer"), WITHOUT_IDS)
def test_what_can_say_whom_an_event_is_about(name, data, rep_id, pointer):
    whole = event(name, data, subject=None, rep_id=rep_id)
    if pointer is None:
        assert accepted(whole).ids == ()
    else:
        refusal = refused(whole)
        assert (refusal.reason, refusal.pointer) == ("no_subject", pointer)
