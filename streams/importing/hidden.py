"""Which rows of a workbook nobody sees who opens it: hidden by hand, or left out by a filter."""

import re
from array import array
from collections.abc import Collection, Mapping

LONGEST_TAG = 4_096  # bytes
ROW = re.compile(rb"<(?:[\w.-]+:)?row(\s[^<>]*)>")
IS_HIDDEN = re.compile(rb"""\shidden\s*=\s*["'](?:1|true)["']""")
LINE = re.compile(rb"""\sr\s*=\s*["']([0-9]{1,7})["']""")

Lines = Mapping[str, Collection[int]]
NOTHING: Lines = {}


class HiddenRows:
    """Finds hidden rows in the XML of a sheet, piece by piece; `lines` are counted from 1.

    A row that does not say where it stands is not found: only programs write such, which hide none.
    """

    def __init__(self) -> None:
        self.lines = array("I")  # four bytes a row: a filter may hide a million
        self._tail = b""

    def feed(self, chunk: bytes) -> None:
        """Take the next piece."""
        text = self._tail + chunk
        if b"hidden" in text:
            for attributes in ROW.findall(text):
                if IS_HIDDEN.search(attributes) and (line := LINE.search(attributes)):
                    self.lines.append(int(line[1]))
        begun = text.rfind(b"<")
        self._tail = text[begun:][:LONGEST_TAG] if text.find(b">", max(begun, 0)) < 0 <= begun else b""
