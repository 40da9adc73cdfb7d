"""Writes the reference of all settings: `python -m streams.settings_reference > deploy/settings/reference.env`."""

import sys
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from streams.settings import Settings

HEADER = """\
# Every setting of Whetstone with its default. Made from streams/settings.py by `make settings`; checked by a test.
# A process reads its environment, then `<data_dir>/services.env`, then takes these defaults.
"""


def reference() -> str:
    """Return the whole file: each setting commented out, above it what it is for and what it may be."""
    parts = [_entry(name, field) for name, field in Settings.model_fields.items()]
    return "\n".join([HEADER, *parts])


def _entry(name: str, field: FieldInfo) -> str:
    lines = [f"# {field.description}"]
    if bounds := _bounds(field):
        lines.append(f"# {bounds}")
    lines.append(f"#WHETSTONE_{name.upper()}={_text(field.default)}")
    return "\n".join(lines) + "\n"


def _bounds(field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal:
        return "One of: " + ", ".join(get_args(field.annotation))
    names = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than", "pattern": "like"}
    found = [
        f"{words} {value}" for rule in field.metadata for key, words in names.items() if (value := _get(rule, key))
    ]
    return "Must be " + ", ".join(found) if found else ""


def _get(rule: Any, key: str) -> str:
    value = getattr(rule, key, None)
    return "" if value is None else f"{value:g}" if isinstance(value, int | float) else str(value)


def _text(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return "" if value is None else str(value)


if __name__ == "__main__":
    sys.stdout.write(reference())
