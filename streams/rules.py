"""Reading rule books from files."""

from pathlib import Path

from schemas.rules import RuleBook, load_rule_book

SHIPPED = Path(__file__).resolve().parent.parent / "deploy" / "rules" / "default.yaml"


def read_rule_book(path: Path | None) -> RuleBook:
    """Return the rule book in a file, the shipped one for None. Raises RuleBookError or OSError, which say why."""
    return load_rule_book((path or SHIPPED).read_text(encoding="utf-8"))
