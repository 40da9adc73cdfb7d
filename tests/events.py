"""A valid event of every type, with every field of its data filled, for tests."""

from typing import Any

from schemas.catalogue import FACT_TYPES
from schemas.catalogue.base import flat
from schemas.fact import Origin
from schemas.registry import FileRegistry
from schemas.wire import Codec

RECEIVED_AT = 1_795_226_401_000
OCCURRED_AT = 1_795_226_400_123
CODEC = Codec(FileRegistry())
ORIGIN = Origin("touchpoints", "9f86d081", 3, 1042, 0)

CONTACT = {"name": "张三", "phone": "138-0013-8000", "email": "zhang@example.com", "wechat": "zhang_san"}
PERSON = {**CONTACT, "company": "示例有限公司", "title": "采购总监", "address": "上海市浦东新区世纪大道1号"}
PLACE = {"lat": 31.2304, "lon": 121.4737, "accuracy_m": 12.5, "datum": "GCJ02", "mock": False}
TICKET = {"ticket_id": "T-1", "severity": "high", "response_minutes": 12.5}

FULL: dict[str, dict[str, Any]] = {
    "page_viewed": {
        "url": "https://example.com/pricing",
        "referrer": "https://example.org/",
        "title": "定价",
        "section": "pricing",
        "product": "crm",
        "dwell_ms": 1200.5,
    },
    "link_clicked": {"link": "l1", "channel": "wechat", "campaign": "double-11", "url": "https://example.com/a"},
    "form_submitted": {
        "form": "demo",
        **PERSON,
        "location": "30.274085,120.155070",
        "region": "华东",
        "interest": "crm",
        "message": "请联系我",
    },
    "phone_changed": {
        "old": "13800138000",
        "new": "13900139000",
        "old_code_verified": True,
        "new_code_verified": False,
    },
    "lead_updated": {
        **PERSON,
        "qq": "10001",
        "douyin": "dy1",
        "kuaishou": "ks1",
        "birth_date": "1990年1月2日",
        "id_number": "11010519491231002X",
        "postcode": "200120",
        "location": "高德 120.155070,30.274085",
        "region": "华东",
        "interest": "crm",
    },
    "lead_imported": {"row": {"name": "李四", "手机": "13900139000"}, "file": "leads.xlsx", "line": 7},
    "product_used": {"feature": "export", "module": "reports", "duration_s": 30.0, "count": 2},
    "login": {"channel": "app"},
    "ticket_opened": TICKET,
    "ticket_answered": TICKET,
    "ticket_closed": TICKET,
    "order_placed": {
        "order_id": "o1",
        "amount": "120.5",
        "currency": "CNY",
        "items": [
            {"sku": "a", "name": "灯", "quantity": 2.0, "unit_price": "60.25"},
            {"sku": "b", "extra": {"colour": "red"}},
        ],
    },
    "order_cancelled": {"order_id": "o1", "amount": "20"},
    "subscription_changed": {"status": "renewed", "module": "crm", "monthly_amount": "999", "term_months": 12},
    "module_interest": {"module": "crm"},
    "account_profiled": {
        "industry": "manufacturing",
        "employees": 300,
        "annual_revenue": "50000000",
        "monthly_budget": "20000",
        "growth_rate": 0.2,
        "decision_chain_length": 4,
        "integration_complexity": 0.35,
        "service_hours_month": 10.5,
    },
    "customer_touched": {"channel": "call", "duration_s": 300.0},
    "contact_noted": {"channel": "call", "topic": "price", "mood": "positive", "note": "下周再谈"},
    "followed_up": {"channel": "wechat", "note": "已加好友"},
    "position_reported": {**PLACE, "speed_mps": 1.5},
    "visit_checked_in": {**PLACE, "photo_sha256": "0" * 64},
    "visit_checked_out": {**PLACE, "photo_sha256": "f" * 64},
    "deal_updated": {
        "deal_id": "d1",
        "stage": "commercial",
        "amount": "1000000",
        "close_on": "2026-12-31",
        "segment": "smb",
    },
    "evidence_attached": {
        "deal_id": "d1",
        "kind": "legal_clearance",
        "signed_by": "u9",
        "signed_at": 1_795_000_000_000,
    },
    "forecast_submitted": {
        "deal_id": "d1",
        "neutral_on": "2026-12-20",
        "optimistic_on": "2026-12-01",
        "pessimistic_on": "2027-02-28",
        "amount": "1000000",
    },
    "tender_published": {
        "tender_id": "t1",
        "buyer": "某市政府采购中心",
        "title": "CRM 系统采购",
        "budget": "3000000",
        "closes_on": "2027-01-15",
    },
    "company_changed": {"company": "示例有限公司", "what": "cto_hiring", "url": "https://example.com/jobs"},
    "visit_flag_answered": {"flag": "f1", "answer": "withdrawn", "by": "m1", "reason": "客户门店装修，改在隔壁见面"},
    "leads_judged": {
        "left": "lead:abc",
        "right": "lead:xyz",
        "answer": "same",
        "by": "m1",
        "reason": "同一人",
        "keep": "newest",
    },
    "identity_questioned": {
        "lead": "lead:abc",
        "other": "lead:xyz",
        "score": 1.5,
        "reason": "evidence is weak",
        "evidence_for": {"name": 11.5},
        "evidence_against": {"phone": -2.0},
        "file": "客户.xlsx",
    },
    "leads_moved": {
        "leads": {"lead:xyz": 1},
        "to": "lead:abc",
        "elsewhere": True,
        "by": "m1",
        "keep": "newest",
        "score": 1.5,
        "evidence_for": {"name": 11.5},
        "evidence_against": {},
    },
    "leads_arrived": {
        "leads": {"lead:xyz": 1},
        "states": {"lead:xyz": "gA=="},
        "former": "lead:xyz",
        "by": "m1",
        "keep": "newest",
        "score": 1.5,
        "evidence_for": {"name": 11.5},
        "evidence_against": {},
    },
    "lead_awaits_assignment": {
        "lead": "lead:abc",
        "region": "华东",
        "bulk": True,
        "file": "leads.xlsx",
        "label": "张三",
    },
    "lead_restored": {"fields": {"phone": "+8613800138000", "qq": None}, "by": "li", "as_of": 1_795_222_800_000},
    "lead_reachable": {"lead": "lead:abc"},
    "lead_assigned": {"lead": "lead:abc", "rep_id": "r17", "region": "华东", "label": "张三"},
    "company_joined": {"member": "lead:abc"},
    "company_left": {"member": "deal:d1"},
    "company_news": {"company": "示例有限公司", "what": "cto_hiring", "url": "https://example.com/jobs"},
    "tender_found": {
        "tender_id": "t1",
        "buyer": "某市政府采购中心",
        "title": "CRM 系统采购",
        "budget": "3000000",
        "closes_on": "2027-01-15",
    },
    "deal_contact": {"topic": "预算推迟", "mood": "negative"},
    "deal_gate_changed": {"deal": "deal:d1", "stage": "legal", "blocked": True, "missing": "legal_clearance"},
    "segment_cycle_asked": {"deal": "deal:d1"},
    "segment_cycle_known": {"cycles": 12, "mean_days": 61.5, "deviation_days": 9.25},
    "deal_cycle_closed": {"deal": "deal:d1", "days": 58.5},
    "forecast_closed": {
        "deal": "deal:d1",
        "outcome": "won",
        "committed_on": "2026-12-20",
        "closed_on": "2027-01-31",
        "deviation_days": 42.0,
        "cause": "customer_delay",
        "amount": "1000000",
    },
    "visit_was_far": {
        "lat": 31.2,
        "lon": 121.4,
        "place_lat": 31.3,
        "place_lon": 121.5,
        "distance_m": 14623.0,
        "known_by": "given",
    },
    "track_point": {"point": 1234567, "lat": 31.2, "lon": 121.4},
    "track_shared": {"other": "r18", "lat": 31.2, "lon": 121.4, "seen_at": 1795222800000},
    "field_went": {"source": "app", "event": "product_used", "field": "duration_s", "missing": True},
    "model_moved": {"what": "feature", "feature": "sessions.count.3d", "usual": 0.25, "now": 1.5, "examples": 20000},
}
"""Data in normal form: what decoding gives is what was sent. Those from `lead_awaits_assignment` on are internal."""


def sent(name: str) -> dict[str, Any]:
    """Return the example data of a type as a front end sends them: unknown fields beside the known ones."""
    return flat(FULL[name], FACT_TYPES[name].model.NESTED)


def event(name: str, data: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """Return a valid event of a type in its JSON form; `fields` replace those of the envelope, None removes one."""
    whole: dict[str, Any] = {
        "event_id": "e-1",
        "type": name,
        "source": "website",
        "occurred_at": "2026-11-21T10:00:00.123+08:00",
        "subject": {"ids": [{"kind": "phone", "value": "138-0013-8000", "verified": True}]},
        "rep_id": "r17",
        "data": sent(name) if data is None else data,
        **fields,
    }
    return {field: value for field, value in whole.items() if value is not None}
