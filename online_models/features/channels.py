"""Which behaviour a fact counts as. A type that is not listed here is not a behaviour of the customer."""

from collections.abc import Mapping
from typing import Any

from schemas.fact import Fact

ORDER = "o"

CHANNELS: dict[str, str] = {
    ORDER: "orders",
    "x": "cancellations",
    "p": "page views",
    "q": "price page views",
    "c": "campaign clicks",
    "f": "forms",
    "t": "contact notes",
    "r": "actions of the salesperson",
    "u": "product use",
    "l": "logins",
    "k": "tickets",
    "i": "interest in modules",
}
"""One-letter code in the state (it is stored per lead, so it is short) → what is counted, in words."""

BY_TYPE: dict[str, str] = {
    "order_placed": ORDER,
    "order_cancelled": "x",
    "page_viewed": "p",
    "link_clicked": "c",
    "form_submitted": "f",
    "contact_noted": "t",
    "customer_touched": "r",
    "followed_up": "r",
    "visit_checked_in": "r",
    "product_used": "u",
    "login": "l",
    "ticket_opened": "k",
    "module_interest": "i",
}

PRICE_WORDS = ("pric", "quote", "quotation", "checkout", "buy", "报价", "价格", "购买", "套餐")


def channel_of(fact: Fact) -> str | None:
    """Return the code of the channel that a fact belongs to, None if it is no behaviour."""
    code = BY_TYPE.get(fact.type)
    if code == "p" and is_price_page(fact.data):
        return "q"
    return code


def is_price_page(data: Mapping[str, Any]) -> bool:
    """Say whether a page view is about price: by section if it is given, else by address and title."""
    section = data.get("section")
    fields = (section,) if isinstance(section, str) and section else (data.get("url"), data.get("title"))
    text = " ".join(field[:2_000] for field in fields if isinstance(field, str)).lower()
    return any(word in text for word in PRICE_WORDS)
