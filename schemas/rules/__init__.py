"""The rule book: every threshold, weight, roster and text in one validated, versioned document."""

from schemas.rules.applied import Applied, read_applied
from schemas.rules.book import RuleBook, load_rule_book
from schemas.rules.problems import RuleBookError

__all__ = ["Applied", "RuleBook", "RuleBookError", "load_rule_book", "read_applied"]
