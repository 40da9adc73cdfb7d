"""The whole rule book, and how one is read."""

from functools import cached_property
from hashlib import blake2b
from typing import Any

import orjson
import yaml
from pydantic import Field, ValidationError

from schemas.rules.base import Section
from schemas.rules.cleansing import CleansingRules
from schemas.rules.lead import AssignmentRules, FollowUpRules, LeadRules


class RuleBookError(ValueError):
    """A rule book cannot be used. `problems` says where (`followup.first_contact_minutes`) and why, one a line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("the rule book cannot be used:\n" + "\n".join(f"  {line}" for line in problems))
        self.problems = problems


class RuleBook(Section):
    """One rule book. Its version is derived from its content, so the same rules always carry the same version."""

    name: str = Field("default", min_length=1, max_length=80, description="What people call this book")
    cleansing: CleansingRules = CleansingRules()
    lead: LeadRules = LeadRules()
    assignment: AssignmentRules = AssignmentRules()
    followup: FollowUpRules = FollowUpRules()

    @cached_property
    def document(self) -> str:
        """The canonical JSON: keys sorted, defaults written out."""
        return orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS).decode()

    @cached_property
    def version(self) -> str:
        """`name@` and 12 hex digits of the content."""
        return f"{self.name}@{blake2b(self.document.encode(), digest_size=6).hexdigest()}"


def load_rule_book(text: str) -> RuleBook:
    """Read a rule book from YAML (or JSON, which is YAML). Raises RuleBookError with every problem found."""
    try:
        raw: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RuleBookError([f"not YAML: {error}"]) from error
    if not isinstance(raw, dict):
        raise RuleBookError(["the document must be a mapping of sections, such as `followup:`"])
    try:
        return RuleBook.model_validate(raw)
    except ValidationError as error:
        raise RuleBookError([_problem(detail) for detail in error.errors()]) from error


def _problem(detail: Any) -> str:
    where = ".".join(map(str, detail["loc"])) or "document"
    if detail["type"] == "extra_forbidden":
        return f"{where}: no rule reads this key; see `whetstone rules show` for the keys there are"
    return f"{where}: {detail['msg']}"
