"""Reading a rule book that was applied once, perhaps under a release that knew other rules."""

from typing import Any, NamedTuple

import orjson
from pydantic import ValidationError

from schemas.rules.book import RuleBook
from schemas.rules.problems import problems_of


class Applied(NamedTuple):
    """A book that can be followed, and what this release refuses of the one that was applied (a line each)."""

    book: RuleBook
    problems: tuple[str, ...] = ()


def read_applied(document: str) -> Applied:
    """Return the book in a document (JSON) that an earlier release accepted. Never raises.

    A section that this release refuses has its defaults; where overrides are refused, there are none. The same
    document gives the same book in every process of a release: what is done with it can be replayed.
    """
    try:
        raw: Any = orjson.loads(document)
        kept: dict[str, Any] = dict(raw)
    except (ValueError, TypeError) as error:
        return Applied(RuleBook(), (f"document: {error}",))
    problems: list[str] = []
    while True:
        try:
            return Applied(RuleBook.model_validate(kept), tuple(problems))
        except ValidationError as error:
            found = problems_of(error)
            problems += found
            refused = {line.partition(":")[0].partition(".")[0] for line in found} & kept.keys()
            for name in refused or set(kept):
                del kept[name]
