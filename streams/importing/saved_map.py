"""A saved mapping of columns: what people write beside a file to say what its headings mean."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from processors.decoding.envelope import CRM
from schemas.rules.yaml12 import load, where_and_what
from streams.importing.headings import FIELDS
from streams.importing.problems import FileProblem

_OWN_NAME = re.compile(r"extra\..+")


@dataclass(frozen=True, slots=True)
class SavedMap:
    """A saved mapping: lead field, identifier or `extra.<anything>` → headings; `ignore` are columns to leave out.

    Identifiers are those that a system gave: `customer`, or `crm:<system>`.
    """

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ignore: frozenset[str] = frozenset()

    def named(self) -> set[str]:
        """Return every heading that it maps."""
        return {heading for headings in self.columns.values() for heading in headings}


def read_map(text: str) -> SavedMap:
    """Return the mapping in a YAML text. Raises FileProblem: `bad_map` and the like."""
    try:
        document = load(text)
    except yaml.YAMLError as error:
        raise FileProblem("bad_map", why=where_and_what(error)) from error
    if not isinstance(document, dict) or not document:
        raise FileProblem("bad_map_form")
    columns: dict[str, tuple[str, ...]] = {}
    ignored = frozenset(_headings("ignore", document.pop("ignore", [])))
    for name, value in document.items():
        if not isinstance(name, str) or not (name in FIELDS or is_id(name) or _OWN_NAME.fullmatch(name)):
            raise FileProblem(
                "bad_map_field", name=name, names=f"{', '.join(FIELDS)}, customer, crm:…, extra.…, ignore"
            )
        columns[name] = _headings(name, value)
        if is_id(name) and len(columns[name]) != 1:
            raise FileProblem("bad_map_id", name=name)
    return SavedMap(columns, ignored)


def is_id(name: str) -> bool:
    """Tell whether a mapping's name is that of an identifier which a system gave: `customer`, `crm:<system>`."""
    return name == "customer" or CRM.fullmatch(name) is not None


def _headings(name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    raise FileProblem("bad_map_heading", name=name)
