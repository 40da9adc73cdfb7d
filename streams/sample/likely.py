"""Who was likely to buy, and why: what the model that learned from the sample's own orders told, in words."""

from collections.abc import Iterable

from streams.sample.observing import LibraryView
from streams.sample.telling import Heard
from streams.settings import Settings

KIND = "purchase_likely"
NAMES = ("told", "for example", "likely", "its reasons, the weightiest first")
NOTE = (
    "  The model learned from these orders as they came. The shop's orders are real; its page views are made from them,"
    " so they foretell an order better than views do elsewhere."
)


def told(settings: Settings) -> list[Heard]:
    """Return the signals of likely purchases, from the lead library."""
    with LibraryView(settings) as library:
        return library.heard([KIND])


def rows(signals: Iterable[Heard]) -> list[tuple[str, str, str, str]]:
    """Return one row per main reason, the most frequent first: how often it was told, and its surest signal."""
    groups: dict[str, list[Heard]] = {}
    for one in signals:
        reasons = one.evidence["reasons"]
        main = next((reason for reason in reasons if reason["log_odds"] > 0), None)
        if main and not one.evidence["unsure"]:
            groups.setdefault(main["group"], []).append(one)
    found = []
    for many in sorted(groups.values(), key=len, reverse=True):
        surest = max(many, key=lambda one: (one.evidence["probability"], one.entity))
        words = "\n".join(f"{reason['zh']} / {reason['en']}" for reason in surest.evidence["reasons"])
        found.append((f"{len(many):,}", surest.entity, f"{min(0.99, surest.evidence['probability']):.0%}", words))
    return found
