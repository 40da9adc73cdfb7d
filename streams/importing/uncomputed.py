"""Formulas of a workbook that were never computed: where they stand, since their cells have no value to import."""

import re
from collections.abc import Mapping, Set
from html import unescape
from typing import NamedTuple

from streams.importing.problems import FileProblem

MOST_UNCOMPUTED = 10_000
LONGEST_CELL = 64 * 1024  # bytes: a formula has at most 8,192 characters
FORMULA = re.compile(rb"<c(\s[^<>]*)>\s*<f(?:\s[^<>]*)?(?:/>|>[^<]*</f>)\s*(?:</c>|(<v\s*/>|<v></v>))")
PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["']""")
TEXT = re.compile(rb"""\st\s*=\s*["']str["']""")
SHEET = re.compile(r"<(?:\w+:)?sheet\s([^<>]*)>")
RELATION = re.compile(r"<(?:\w+:)?Relationship\s([^<>]*)>")
ATTRIBUTE = re.compile(r"""(?<![\w:])([\w:]++)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


class Place(NamedTuple):
    """A cell: line and column, both from 1, and its name."""

    line: int
    column: int
    name: str


Places = Mapping[str, Set[Place]]
NOWHERE: Places = {}


class Uncomputed:
    """Finds formulas without a value in the XML of a sheet, piece by piece; an empty text that was computed is one."""

    def __init__(self) -> None:
        self.places: set[Place] = set()
        self._tail = b""

    def feed(self, chunk: bytes) -> None:
        """Take the next piece. Raises FileProblem where they are too many, or one does not say where it stands."""
        text = self._tail + chunk
        if b"<f" in text:
            for attributes, empty in FORMULA.findall(text):
                if not (empty and TEXT.search(attributes)):
                    self._add(attributes)
        self._tail = text[max(text.rfind(b"<c"), len(text) - LONGEST_CELL, 0) :]

    def _add(self, attributes: bytes) -> None:
        place = PLACE.search(attributes)
        if place is not None:
            column, line = place[1].decode(), int(place[2])
            self.places.add(Place(line, column_number(column), f"{column}{line}"))
        if place is None or len(self.places) > MOST_UNCOMPUTED:
            raise FileProblem("formulas", count=max(len(self.places), 1))


def column_number(letters: str) -> int:
    """Return a column's number, from 1.

    >>> column_number("A"), column_number("AB")
    (1, 28)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def by_sheet(places: Places, sheets: Mapping[str, str]) -> Places:
    """Return places by the name of their sheet, from places by part; "" has those of parts that no sheet names."""
    left = {part: found for part, found in places.items() if part not in sheets}
    named = {sheets[part]: found for part, found in places.items() if part in sheets}
    return named | {"": set().union(*left.values())}


def sheets_of(workbook: bytes, relations: bytes) -> dict[str, str]:
    """Return the names of sheets by their parts, in small letters: a part is the first sheet's that names it."""
    targets = {
        entry.get("Id"): "xl/" + target.removeprefix("/xl/").removeprefix("xl/").lower()
        for entry in _entries(RELATION, relations)
        if (target := entry.get("Target"))
    }
    named: dict[str, str] = {}
    for entry in _entries(SHEET, workbook):
        relation = next((value for key, value in entry.items() if key.rpartition(":")[2] == "id"), None)
        if part := targets.get(relation):
            named.setdefault(part, entry.get("name", ""))
    return named


def _entries(pattern: re.Pattern[str], xml: bytes) -> list[dict[str, str]]:
    return [
        {name: unescape(double or single) for name, double, single in ATTRIBUTE.findall(attributes)}
        for attributes in pattern.findall(xml.decode("utf-8", "replace"))
    ]
