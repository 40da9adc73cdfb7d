"""Why a rule book cannot be used: every problem with its path, in words that say what would be right."""

from typing import Any

from pydantic import ValidationError


class RuleBookError(ValueError):
    """A rule book cannot be used. `problems` says where (`followup.first_contact_minutes`) and why, one a line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("the rule book cannot be used:\n" + "\n".join(f"  {line}" for line in problems))
        self.problems = problems


def problems_of(error: ValidationError, prefix: str = "") -> list[str]:
    """Return one line per problem, `path: reason`; `prefix` is the path of what was validated."""
    found: list[str] = []
    for detail in error.errors():
        inner = detail.get("ctx", {}).get("error")
        if isinstance(inner, RuleBookError):
            found += inner.problems
        else:
            found.append(_problem(detail, prefix))
    return list(dict.fromkeys(found))


def _problem(detail: Any, prefix: str) -> str:
    where = ".".join([*([prefix] if prefix else []), *map(str, detail["loc"])]) or "document"
    if detail["type"] == "extra_forbidden":
        return f"{where}: no rule reads this key; see `whetstone rules show` for the keys there are"
    message = detail["msg"].removeprefix("Value error, ")
    return f"{where}: {message[0].lower()}{message[1:]}" if message else where
