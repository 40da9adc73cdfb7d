"""From which day the numbers of days in a workbook count: those of old Macs begin in 1904, all others in 1900."""

import re
from collections.abc import Sequence
from typing import IO

from streams.importing.workbook import Rows

LATER = 1_462  # days from 30 December 1899 to 1 January 1904
LEAST = 10_000  # a day's number has five digits then; fewer are a year
SAID = re.compile(rb"""<(?:[\w.-]+:)?workbookPr\s[^<>]*?date1904\s*=\s*["'](?:1|true)["']""")
NUMBER = re.compile(r"\d{4,5}")
GLOBALS = b"\x09\x08\x10\x00\x00\x06\x05\x00"  # how the stream of an .xls begins, at a sector
SECTOR, DATE_MODE, SHEET, END = 512, 0x22, 0x85, 0x0A
READ = 8_192  # bytes: the mode stands among the first records


def said_in(workbook: bytes) -> bool:
    """Tell whether xl/workbook.xml says that days count from 1904.

    >>> said_in(b'<workbook><workbookPr date1904="1"/>'), said_in(b"<workbook><workbookPr/>")
    (True, False)
    """
    return SAID.search(workbook) is not None


def said_in_xls(file: IO[bytes]) -> bool:
    """Tell whether an .xls says that days count from 1904."""
    file.seek(0)
    while head := file.read(SECTOR):
        if head.startswith(GLOBALS):
            return _mode(head + file.read(READ)) == 1
    return False


def _mode(records: bytes) -> int:
    place = 0
    while place + 6 <= len(records):
        kind, size = (int.from_bytes(records[place + at : place + at + 2], "little") for at in (0, 2))
        if kind == DATE_MODE:
            return int.from_bytes(records[place + 4 : place + 6], "little")
        if kind in (SHEET, END):
            break
        place += 4 + size
    return 0


def counted_from_1900(rows: Rows, places: Sequence[int]) -> Rows:
    """Give rows with the numbers of days in these columns as if they counted from 1900."""
    for line, cells in rows:
        for place in places:
            if place < len(cells) and NUMBER.fullmatch(cells[place]):
                number = int(cells[place]) + LATER
                cells[place] = str(number) if number >= LEAST else cells[place]
        yield line, cells
