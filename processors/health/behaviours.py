"""The behaviours: their names, the two letters that stand for them in a state, and how facts are read into them."""

from collections.abc import Mapping
from typing import Any, Literal
from zlib import crc32

from schemas.fact import Fact

How = Literal["rate", "mean", "distinct"]


Reading = tuple[str, How, float]
"""What one fact says about one behaviour, by its two letters: a number to add up, to average, or a thing that counts
once."""


CODES = {
    "login_frequency": "lf", "feature_depth": "fd", "feature_breadth": "fb", "module_use": "mu",
    "session_length": "sl", "browsing": "br", "reading_time": "rt", "replies": "rp", "mood": "mo",
    "ticket_response": "tr", "open_tickets": "ot", "orders": "or", "cancellations": "ca",
    "payment_punctuality": "pp", "renewal_distance": "rd",
}  # fmt: skip
NAMES = {code: name for name, code in CODES.items()}
MEANS = frozenset({"sl", "rt", "tr"})
"""Weekly behaviours that are averages: a week without any says nothing; of the others it can be a zero."""
TICKETS = frozenset({"ticket_opened", "ticket_answered", "ticket_closed"})
SHARP = TICKETS | {"order_placed", "order_cancelled", "subscription_changed", "contact_noted"}
"""Facts after which the index is looked at again at once; for the others a week's end is soon enough."""
COUNTED = frozenset({"login", "product_used", "page_viewed", "link_clicked", "form_submitted", "ticket_answered"})
"""Facts that say something about weekly behaviours."""
WATCHED = SHARP | {"login", "product_used", "page_viewed", "link_clicked", "form_submitted", "module_interest"}
FIELDS = {
    "product_used": ("duration_s", "module"),
    "page_viewed": ("dwell_ms",),
    "ticket_answered": ("response_minutes",),
    "subscription_changed": ("term_months",),
}
"""Fields that behaviours are read from and that a source may stop sending."""


LOGIN: Reading = ("lf", "rate", 1)
PAGE: Reading = ("br", "rate", 1)
REPLY: Reading = ("rp", "rate", 1)


def readings(fact: Fact) -> tuple[Reading, ...]:
    """Return what a fact says about the weekly behaviours; a field that is missing says nothing."""
    data = fact.data
    match fact.type:
        case "page_viewed":
            return (PAGE, ("rt", "mean", data["dwell_ms"] / 1000)) if "dwell_ms" in data else (PAGE,)
        case "login":
            return (LOGIN,)
        case "product_used":
            return _used(data)
        case "link_clicked" | "form_submitted":
            return (REPLY,)
        case "ticket_answered" if "response_minutes" in data:
            return (("tr", "mean", data["response_minutes"]),)
        case _:
            return ()


def _used(data: Mapping[str, Any]) -> tuple[Reading, ...]:
    found: list[Reading] = [("fd", "rate", data.get("count", 1))]
    if data.get("feature"):
        found.append(("fb", "distinct", crc32(data["feature"].encode())))
    if data.get("module"):
        found.append(("mu", "distinct", crc32(data["module"].encode())))
    if "duration_s" in data:
        found.append(("sl", "mean", data["duration_s"]))
    return tuple(found)
