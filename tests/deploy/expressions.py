"""What a PromQL expression asks for, as far as our rules and dashboards go: names, label matchers, groupings."""

import re
from typing import NamedTuple

WORDS = frozenset({
    "sum", "max", "min", "count", "topk", "rate", "increase", "deriv", "changes", "absent", "histogram_quantile",
    "last_over_time", "vector", "by", "on", "and", "or", "unless",
})  # fmt: skip
SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)\s*(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"')
GROUPING = re.compile(r"\b(?:by|on)\s*\(([^)]*)\)")


class Selector(NamedTuple):
    """One metric that is asked for, with the labels of its matcher."""

    name: str
    labels: frozenset[str]


def groupings(expression: str) -> frozenset[str]:
    """Return the labels that an expression groups by."""
    return frozenset(
        word.strip() for found in GROUPING.findall(expression) for word in found.split(",") if word.strip()
    )


def selectors(expression: str) -> list[Selector]:
    """Return every metric in an expression; words that are neither known nor followed by `{` count as metrics."""
    bare = re.sub(r"\[[^\]]*\]", "", GROUPING.sub("", expression))
    found = []
    for name, matchers in SELECTOR.findall(bare):
        if name not in WORDS:
            found.append(Selector(name, frozenset(MATCHER.findall(matchers))))
    return found
