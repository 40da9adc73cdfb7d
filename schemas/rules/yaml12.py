"""YAML as people mean it (YAML 1.2): `off` and `no` are texts, `18:00` is no number, a date is a text."""

import re
from typing import Any

import yaml


class Loader(yaml.SafeLoader):
    """Plain data only, no key twice. Implicit types are those of YAML 1.2's core schema."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Refuse a key that stands twice: of the two the first would not count, without a word."""
        node = super().compose_mapping_node(anchor)
        found: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in found:
                    why = f"the key {key.value!r} stands here a second time"
                    raise yaml.constructor.ConstructorError(None, None, why, key.start_mark)
                found.add(key.value)
        return node


Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", r"<<", "<"),
):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first))


def where_and_what(error: Exception) -> str:
    """Return in one line where a text is no YAML, and why: what the library says takes six.

    >>> try: load("a: [")
    ... except yaml.YAMLError as error: where_and_what(error)
    "line 1, column 5: expected the node content, but found '<stream end>'"
    """
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
    return f"line {mark.line + 1}, column {mark.column + 1}: {problem}" if mark is not None else problem


def load(text: str) -> Any:
    """Return the document in a text. Raises yaml.YAMLError."""
    return yaml.load(text, Loader=Loader)  # noqa: S506 - a subclass of SafeLoader
