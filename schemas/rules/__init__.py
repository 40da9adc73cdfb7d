"""The rule book: every threshold, weight, roster and text in one validated, versioned document."""

from schemas.rules.book import RuleBook, load_rule_book
from schemas.rules.problems import RuleBookError

__all__ = ["RuleBook", "RuleBookError", "load_rule_book"]
