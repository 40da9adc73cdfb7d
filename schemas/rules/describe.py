"""The rule book for people: `python -m schemas.rules.describe --write` makes its reference and the commented YAML.

`docs/rule-book.md` lists every key with type, default and meaning; `deploy/rules/reference.yaml` is a whole book with
every key at its default. Tests keep both in step with the models.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from schemas.rules.base import Section
from schemas.rules.book import RuleBook
from schemas.rules.overrides import MOST_COMBINATIONS
from schemas.rules.weights import Bounded, Weights

ROOT = Path(__file__).resolve().parents[2]
PAGE, REFERENCE = ROOT / "docs" / "rule-book.md", ROOT / "deploy" / "rules" / "reference.yaml"
HEAD = f"""# The rule book

Every threshold, weight, roster and text in one YAML document. Made from the models in `schemas/rules/` by
`python -m schemas.rules.describe --write`; a test keeps it in step. `deploy/rules/reference.yaml` has every key at its
default, `deploy/rules/default.yaml` is the book that ships. A key that is left out has its default; a key that no rule
reads is an error.

- `whetstone rules check BOOK.yaml` names every problem with its path; `show` prints a whole book, `diff` what differs
  from the one in force, `try` what would have been told otherwise.
- `whetstone rules apply BOOK.yaml` writes it into every partition of `facts`: it holds from that offset on, on every
  worker, without a restart. What the book in force sets and BOOK leaves out goes back to its default: `apply` names it,
  with the reps that no roster has any more, and asks who is there (`--yes`: nobody). `apply --version V` brings back a
  former one.
- `overrides` give other values per industry, region, source and grade. Each is validated, and so is every combination
  that can hold together (at most {MOST_COMBINATIONS:,} per section). Further down is stronger; mappings are merged,
  lists replaced. `cleansing`, `calendars` and `name` are the same for all.
- Texts have `zh` and `en`; `{{name}}` is filled in, and only the places that the meaning names exist.
- `cleansing` is read when a worker starts: touchpoints are cleansed before they reach the log that carries rule books.
- Public holidays ship for 2024 to 2026 as announced; of 2027 only the statutory days are known. Add the real ones with
  `calendars.default.days_off` and `working_days`.
"""
EXAMPLE = """
## Example

```yaml
name: autumn
followup: {first_contact_minutes: 20, hours: business}
overrides:
  - when: {region: [华东, 华南], source: website}
    set: {followup: {first_contact_minutes: 10}}
  - when: {industry: education}
    set: {nurture: {after_hours: 48}}
```
"""


def page() -> str:
    """Return the whole reference in Markdown."""
    lines = [HEAD + EXAMPLE.rstrip(), ""]
    lines += ["## Sections", "", *_table(RuleBook), ""]
    for name, info in RuleBook.model_fields.items():
        model = _section(info.annotation)
        if model is not None:
            lines += [f"## {name}", "", *_model(name, model)]
    return "\n".join(lines).rstrip() + "\n"


def _model(path: str, model: type[Section]) -> Iterator[str]:
    yield f"{' '.join((model.__doc__ or '').split())}"
    yield ""
    yield from _table(model)
    yield ""
    if issubclass(model, Weights) and model.TOTAL is not None:
        yield f"The weights must add up to {model.TOTAL:g}; the defaults: {model().shown}."
        yield ""
    for name, info in model.model_fields.items():
        inner = _section(info.annotation)
        if inner is not None and inner.__name__ != "Bilingual":
            yield f"### {path}.{name}"
            yield ""
            yield from _model(f"{path}.{name}", inner)


def _table(model: type[BaseModel]) -> Iterator[str]:
    yield "| key | type | default | meaning |"
    yield "|---|---|---|---|"
    for name, info in model.model_fields.items():
        yield f"| {name} | {_cell(_type(info))} | {_cell(_default(info))} | {_cell(_meaning(info))} |"


def _meaning(info: FieldInfo) -> str:
    bounds = [str(one) for one in info.metadata if isinstance(one, Bounded)]
    return ". ".join([*([info.description] if info.description else []), *bounds])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _section(annotation: Any) -> type[Section] | None:
    """Return the section that a type is or holds, None when it holds none."""
    if isinstance(annotation, type):
        return annotation if issubclass(annotation, Section) else None
    return next((found for found in map(_section, get_args(annotation)) if found is not None), None)


def _type(info: FieldInfo) -> str:
    bounds = [f"{sign} {value:g}" for sign, value in _bounds(info)]
    return _named(info.annotation) + (f" {', '.join(bounds)}" if bounds else "")


def _bounds(info: FieldInfo) -> Iterator[tuple[str, float]]:
    for name, sign in (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<")):
        for one in info.metadata:
            value = getattr(one, name, None)
            if isinstance(value, int | float):
                yield sign, value


def _named(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), [one for one in get_args(annotation) if one is not Ellipsis]
    if annotation is type(None):
        return "nothing"
    if isinstance(annotation, type) and origin is None:
        section = _section(annotation)
        return "zh, en" if annotation.__name__ == "Bilingual" else "mapping" if section else _plain(annotation)
    if origin is tuple:
        return f"list of {_named(arguments[0])}"
    if origin is dict:
        return f"{_named(arguments[0])} → {_named(arguments[1])}"
    if arguments and all(isinstance(one, str) for one in arguments):
        return ", ".join(arguments)
    kinds = [_named(one) for one in arguments if hasattr(one, "__class__") and not _is_constraint(one)]
    return " or ".join(dict.fromkeys(kinds)) or str(annotation)


def _is_constraint(one: Any) -> bool:
    return not isinstance(one, type) and get_origin(one) is None and one is not type(None)


def _plain(kind: type) -> str:
    return {str: "text", int: "whole number", float: "number", bool: "true or false"}.get(kind, kind.__name__)


def _default(info: FieldInfo) -> str:
    if info.default is PydanticUndefined:
        return "required"
    if info.default is None:
        return ""
    written = _written(info.default)
    if isinstance(info.default, Section) and not _is_text(info.default):
        return "see below"
    text = json.dumps(written, ensure_ascii=False)
    return f"`{text}`" if len(text) <= 160 else "see `reference.yaml`"


def _is_text(value: Section) -> bool:
    return type(value).__name__ == "Bilingual"


def _written(value: Any) -> Any:
    """Return a default as YAML would have it; what is unset within it is left out."""
    if isinstance(value, BaseModel):
        return {name: _written(item) for name, item in value if item is not None and item != ()}
    if isinstance(value, Mapping):
        return {name: _written(item) for name, item in value.items()}
    return [_written(item) for item in value] if isinstance(value, tuple | list) else value


def reference() -> str:
    """Return a whole book in YAML: every key at its default, with its meaning as a comment."""
    lines = ["# Every key of the rule book at its default. Made by `python -m schemas.rules.describe --write`.", ""]
    for name, info in RuleBook.model_fields.items():
        lines += [*_commented(name, info, getattr(RuleBook(), name), 0), ""]
    return "\n".join(lines).rstrip() + "\n"


def _commented(name: str, info: FieldInfo, value: Any, depth: int) -> Iterator[str]:
    margin = "  " * depth
    yield f"{margin}# {_meaning(info)}. {_type(info)}"
    if isinstance(value, Section) and not _is_text(value):
        yield f"{margin}{name}:"
        for key, inner in type(value).model_fields.items():
            yield from _commented(key, inner, getattr(value, key), depth + 1)
        return
    written = _written(value)
    if isinstance(written, list) and written and all(isinstance(item, dict) for item in written):
        yield f"{margin}{name}:"
        yield from (f"{margin}  - {_flow(item)}" for item in written)
    elif isinstance(written, dict) and written and all(isinstance(item, dict) for item in written.values()):
        yield f"{margin}{name}:"
        yield from (f"{margin}  {key}: {_flow(item)}" for key, item in written.items())
    else:
        yield f"{margin}{name}: {_flow(written)}"


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=10_000, default_flow_style=True)
    return text.removesuffix("...\n").rstrip()


def main(arguments: list[str] | None = None) -> int:
    """Write both files, or print the reference."""
    parser = argparse.ArgumentParser(prog="python -m schemas.rules.describe", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/rule-book.md and deploy/rules/reference.yaml")
    if not parser.parse_args(arguments).write:
        sys.stdout.write(page())
        return 0
    PAGE.write_text(page(), encoding="utf-8")
    REFERENCE.write_text(reference(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
