"""The features by name, unit and meaning, in the order of the vector. `VERSION` changes when any of this does.

Every value is bounded, so no input can take a score over. What is missing is 0 and says so in a feature of its own;
a group's own features are 0 while the group is missing.
"""

from typing import NamedTuple

from online_models.features.channels import CHANNELS, ORDER

VERSION = "purchase-1"


class Feature(NamedTuple):
    """One number of the vector: its name, the group it is explained under, its unit, what it says."""

    name: str
    group: str
    unit: str
    meaning: str


RECENCY_DAYS = (0.0, 1.0, 3.0, 7.0, 14.0, 28.0, 56.0, 112.0, 224.0)
"""Knots (days) between which the effect of the time since the last order is a straight line in ln(days + 0.5)."""

OVERDUE = (-3.0, -1.5, -0.5, 0.3, 1.0, 2.0)
"""Knots of ln(time since the last order / usual gap): 0 is due just now, 0.7 twice as long as usual."""

SPANS = ("8h", "3d", "14d", "60d")

_LOG = "ln(1 + number)"


def _orders() -> list[Feature]:
    recency = [
        Feature(f"orders.recency.{days:g}d", "recency", "share 0..1", f"last order about {days:g} days ago")
        for days in RECENCY_DAYS
    ]
    counts = [Feature(f"orders.count.{span}", "frequency", _LOG, f"orders, half-life {span}") for span in SPANS]
    overdue = [
        Feature(
            f"orders.overdue.{knot:g}", "recency", "share 0..1", f"about e^{knot:g} usual gaps since the last order"
        )
        for knot in OVERDUE
    ]
    return [
        Feature("orders.none", "recency", "0 or 1", "never ordered"),
        *recency,
        *counts,
        Feature("orders.total", "frequency", _LOG, "orders ever"),
        Feature("orders.once", "frequency", "0 or 1", "ordered exactly once"),
        Feature("orders.rate", "frequency", "ln(per day) + 3", "orders per day known, drawn to one in 67 days"),
        Feature("orders.span", "frequency", "share 0..1", "share of the time known between first fact and last order"),
        Feature("gap.unknown", "rhythm", "0 or 1", "fewer than two buying occasions"),
        Feature("gap.mean", "frequency", "ln(days) - 2.5", "usual gap between orders"),
        Feature("gap.spread", "rhythm", "ln(days)", "how irregular the gaps are (standard deviation)"),
        Feature("gap.change", "rhythm", "ln(ratio)", "last gap against the usual one"),
        *overdue,
        Feature("money.mean", "money", "(ln(1 + amount) - 5) / 2", "usual amount of an order"),
        Feature("money.change", "money", "ln(ratio)", "last amount against the usual one"),
        Feature("tenure", "frequency", "ln(1 + days) - 4", "time since the first fact"),
        Feature("tenure.month", "frequency", "ln(ratio), from 0", "time known beyond 30 days"),
        Feature("tenure.quarter", "frequency", "ln(ratio), from 0", "time known beyond 120 days"),
    ]


BRIEF = frozenset("gehs")
"""Channels that have features for the two middle half-lives only."""

SOURCES = 4
"""A lead's first source falls into one of so many groups, by a hash of its name."""


def spans_of(code: str) -> tuple[str, ...]:
    """Return the half-lives that a channel has features for."""
    return SPANS[1:3] if code in BRIEF else SPANS


def count_name(code: str, span: str) -> str:
    """Return the name of the feature that counts a channel."""
    return f"{CHANNELS[code].replace(' ', '_')}.count.{span}"


def _behaviours() -> list[Feature]:
    return [
        Feature(count_name(code, span), words, _LOG, f"{words}, half-life {span}")
        for code, words in CHANNELS.items()
        if code != ORDER
        for span in spans_of(code)
    ]


CROSSES: tuple[tuple[str, str], ...] = (
    ("~recency", "orders.count.3d"),
    ("~recency", "orders.count.14d"),
    ("~recency", "orders.count.60d"),
    ("~recency", "gap.mean"),
    ("~recency", "gap.spread"),
    ("~recency", "orders.span"),
    ("~recency", "orders.rate"),
    ("~recency", "tenure"),
    ("orders.rate", "orders.rate"),
    ("orders.rate", "orders.count.60d"),
    ("orders.rate", "orders.span"),
    ("orders.rate", "tenure"),
    ("orders.rate", "gap.change"),
    ("orders.count.3d", "orders.count.14d"),
)
"""Pairs whose product is a feature too; `~recency` is ln(days since the last order + 0.5) - 2.5."""

CROSS_SCALE = 0.3  # products spread wider than what they are made of: this brings them to the same size

CLOCK = (
    Feature("hour.sin", "time of day", "-1..1", "sine of the hour, Asia/Shanghai"),
    Feature("hour.cos", "time of day", "-1..1", "cosine of the hour, Asia/Shanghai"),
    Feature("week.sin", "day of week", "-1..1", "sine of the day of the week"),
    Feature("week.cos", "day of week", "-1..1", "cosine of the day of the week"),
)

FEATURES: tuple[Feature, ...] = (
    *_orders(),
    *(
        Feature(f"{a}*{b}", "recency" if a == "~recency" else "frequency", "product * 0.3", f"{a} together with {b}")
        for a, b in CROSSES
    ),
    *_behaviours(),
    Feature("mood", "contact notes", "-1..1", "mood of the contacts, newer ones weigh more"),
    *(
        Feature(f"source.{group}", "source", "0 or 1", f"first seen from a source of group {group}")
        for group in range(SOURCES)
    ),
    *CLOCK,
)
NAMES: tuple[str, ...] = tuple(feature.name for feature in FEATURES)
INDEX: dict[str, int] = {name: position for position, name in enumerate(NAMES)}
