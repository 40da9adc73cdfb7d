"""Which behaviour a fact counts as. A type that is not listed here is not a behaviour of the customer."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from schemas.fact import Fact

ORDER, SESSION = "o", "s"

CHANNELS: dict[str, str] = {
    ORDER: "orders",
    "x": "cancellations",
    "p": "page views",
    "q": "price page views",
    "g": "product page views",
    "e": "case page views",
    "h": "help page views",
    "s": "sessions",
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

SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("q", ("pric", "quote", "quotation", "checkout", "buy", "报价", "价格", "购买", "套餐")),
    ("e", ("case", "customer-stor", "testimonial", "案例", "客户故事")),
    ("h", ("help", "docs", "support", "faq", "帮助", "文档", "支持")),
    ("g", ("product", "feature", "module", "solution", "产品", "功能", "模块", "解决方案")),
)
"""Words that tell what a page is about; the first that fits counts."""

INTENT = frozenset("qftci")
"""Channels that say what a lead is about to do: price pages, forms, contacts, campaigns, interest in a module."""

BROWSING = frozenset("pqgehcf")
"""Channels whose events make up a session."""


def channel_of(fact: Fact) -> str | None:
    """Return the code of the channel that a fact belongs to, None if it is no behaviour."""
    code = BY_TYPE.get(fact.type)
    return page_of(fact.data) if code == "p" else code


def page_of(data: Mapping[str, Any]) -> str:
    """Return the channel of a page view: by its section if that is given, else by address and title."""
    section = data.get("section")
    if isinstance(section, str) and section:
        code = _about(section)
    else:
        fields = (data.get("url"), data.get("title"))
        code = _about(" ".join(field[:2_000] for field in fields if isinstance(field, str)))
    return code or ("g" if data.get("product") else "p")


@lru_cache(maxsize=4_096)  # a site has few sections; addresses that never come again only pass through
def _about(text: str) -> str:
    lowered = text[:4_001].lower()
    for code, words in SECTIONS:
        if any(word in lowered for word in words):
            return code
    return ""
