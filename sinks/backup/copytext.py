"""Rows in the text form of PostgreSQL's COPY, read outside of PostgreSQL."""

import re
from collections.abc import Sequence

from schemas.effects import Change
from sinks.postgres.history import COLUMNS, change_of

ESCAPED = re.compile(r"\\(.)", re.DOTALL)
PLAIN = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
NULL = r"\N"
NAMES = COLUMNS.split(", ")
NUMBERS = frozenset({"seq", "at", "partition", "log_offset", "output_index"})
BYTES = frozenset({"previous", "hash"})


def values_of(line: bytes) -> list[str | None]:
    r"""Return the values of a row; None where there is none.

    >>> values_of(b"a\\tb\t\\N\t\\\\x00\n")
    ['a\tb', None, '\\x00']
    """
    return [_value(text) for text in line.decode().rstrip("\n").split("\t")]


def _value(text: str) -> str | None:
    if "\\" not in text:
        return text
    if text == NULL:
        return None
    return ESCAPED.sub(lambda match: PLAIN.get(match[1], match[1]), text)


def change_in(line: bytes, columns: Sequence[str]) -> Change:
    """Return the row of history in a line; `columns` names what stands where."""
    found = dict(zip(columns, values_of(line), strict=True))
    return change_of([_typed(name, found[name]) for name in NAMES])


def _typed(name: str, text: str | None) -> object:
    if text is None:
        return None
    if name in NUMBERS:
        return int(text)
    return bytes.fromhex(text.removeprefix("\\x")) if name in BYTES else text
