"""The rule book: every threshold, weight, roster and text in one validated, versioned document."""

from schemas.rules.book import RuleBook, RuleBookError, load_rule_book

__all__ = ["RuleBook", "RuleBookError", "load_rule_book"]
