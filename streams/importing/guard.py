"""Looks at a file before any parser does: what it is, whether it is locked, whether it would blow up."""

import re
import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Literal, NamedTuple
from zipfile import BadZipFile, ZipFile, ZipInfo

from streams.importing.day_zero import said_in, said_in_xls
from streams.importing.hidden import NOTHING, HiddenRows, Lines
from streams.importing.problems import FileProblem
from streams.importing.uncomputed import NOWHERE, Place, Places, Uncomputed, by_sheet, column_number, sheets_of
from streams.importing.workbook import MOST_MERGES

Format = Literal["xlsx", "xls", "csv"]
MIB = 2**20
MOST_BYTES = {"xlsx": 512 * MIB, "xls": 512 * MIB, "csv": 64 * 1024 * MIB}
MOST_ENTRIES = 10_000
MOST_UNPACKED = 2 * 1024 * MIB
MOST_RATIO = 200
RATIO_COUNTS_FROM = 16 * MIB  # a small part may be all zeros
MOST_CELLS = 20_000_000  # 32 bytes each in the parser's memory
MOST_STRINGS = 20_000_000  # 50 bytes each, and more
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OTHERS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"{\\rtf")
WEB_PAGE = re.compile(rb"[^\w<]{0,40}<(?:!doctype|html|head|meta|style|body|table|\?xml)\b", re.IGNORECASE)  # as .xls
STORED, DEFLATED = 0, 8
CHUNK = 256 * 1024
CELL = re.compile(rb"""[\s"']r\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["']""")
TAG = re.compile(rb"<(?:[\w.-]+:)?(row|c)[\s/>]")
OVERLAP = 64  # longer than a cell's reference
WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
MOST_NAMES = 4 * MIB
FORMULAS = 100  # as many may stand in any table
NONE: Mapping[str, int] = {}


class Checked(NamedTuple):
    """What a file is, by its content, and how many cells of each sheet are formulas (their last values are read).

    `laden`: the sheets that are made of formulas. `uncomputed`: the cells of each sheet whose formulas have no value.
    Under "" is what belongs to no sheet that is named.
    `from_1904`: numbers of days count from 1904. `hidden`: the hidden rows of each sheet; not known of
    an .xls.
    """

    kind: Format
    formulas: Mapping[str, int] = NONE
    laden: frozenset[str] = frozenset()
    uncomputed: Places = NOWHERE
    from_1904: bool = False
    hidden: Lines = NOTHING


def check(path: Path) -> Checked:
    """Look through a file. Raises FileProblem when it must not be parsed, OSError when it cannot be read."""
    size = path.stat().st_size
    if size == 0:
        raise FileProblem("empty")
    with path.open("rb") as file:
        start = file.read(8)
        kind = _kind(start, file)
        if size > MOST_BYTES[kind]:
            raise FileProblem("too_large", limit=MOST_BYTES[kind] // MIB)
        if kind == "xlsx":
            return _check_archive(file)
        return Checked(kind, from_1904=kind == "xls" and said_in_xls(file))


def _kind(start: bytes, file: IO[bytes]) -> Format:
    if start.startswith(b"PK"):
        return "xlsx"
    if start == OLE:
        if any(ENCRYPTED in chunk for chunk in _overlapping(file)):
            raise FileProblem("password")
        return "xls"
    if start.startswith(OTHERS):
        raise FileProblem("unknown_format")
    if WEB_PAGE.match((start + file.read(512)).replace(b"\0", b"")):
        raise FileProblem("web_page")
    return "csv"


def _overlapping(file: IO[bytes]) -> Iterator[bytes]:
    before = b""
    while chunk := file.read(CHUNK):
        yield before + chunk
        before = chunk[-len(ENCRYPTED) :]


def _check_archive(file: IO[bytes]) -> Checked:
    try:
        with ZipFile(file) as archive:
            entries = archive.infolist()
    except (BadZipFile, ValueError, NotImplementedError) as error:
        raise FileProblem("corrupt") from error
    if WORKBOOK not in {entry.filename.lower() for entry in entries}:
        raise FileProblem("unknown_format")
    if len(entries) > MOST_ENTRIES:
        raise FileProblem("bomb", why=f"{len(entries)} parts")
    total = 0
    for entry in entries:
        _check_entry(entry)
        total += entry.file_size
        if total > MOST_UNPACKED:
            raise FileProblem("bomb", why=f"> {MOST_UNPACKED // MIB} MiB")
    parts = {entry.filename.lower(): part for entry in entries if any(part := _check_part(file, entry))}
    workbook = _beginning(file, entries, WORKBOOK)
    sheets = sheets_of(workbook, _beginning(file, entries, RELATIONS)) if parts else {}
    formulas = Counter[str]()
    for name, part in parts.items():
        formulas[sheets.get(name, "")] += part.formulas
    laden = frozenset(sheets.get(name, "") for name, part in parts.items() if part.laden)
    places = {name: part.uncomputed for name, part in parts.items() if part.uncomputed}
    hidden = {sheets[name]: part.hidden for name, part in parts.items() if part.hidden and name in sheets}
    return Checked("xlsx", formulas, laden, by_sheet(places, sheets) if places else NOWHERE, said_in(workbook), hidden)


def _beginning(file: IO[bytes], entries: Sequence[ZipInfo], name: str) -> bytes:
    """Return a part's first bytes, nothing if there is no such part."""
    text = b""
    for entry in entries:
        if entry.filename.lower() == name:
            for chunk in _unpacked(file, entry):
                text += chunk
                if len(text) > MOST_NAMES:
                    break
    return text


def _check_entry(entry: ZipInfo) -> None:
    if entry.flag_bits & 1:
        raise FileProblem("password")
    if entry.header_offset < 0 or entry.compress_type not in (STORED, DEFLATED):
        raise FileProblem("corrupt_part", part=entry.filename)
    if entry.file_size > RATIO_COUNTS_FROM and entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
        raise FileProblem("bomb", why=f"1 : {entry.file_size // max(entry.compress_size, 1)}")


class _Part(NamedTuple):
    """How many formulas a part has, whether it is made of them, which are without a value; which rows are hidden."""

    formulas: int
    laden: bool
    uncomputed: set[Place]
    hidden: Collection[int]


def _check_part(file: IO[bytes], entry: ZipInfo) -> _Part:
    """Unpack a part and throw it away: sizes in the directory may lie.

    Every part counts as a sheet: where sheets are, the workbook itself says, and may say anything.
    """
    span, uncomputed, hidden = Span(), Uncomputed(), HiddenRows()
    size = 0
    for chunk in _unpacked(file, entry):
        size += len(chunk)
        if size > entry.file_size:
            raise FileProblem("bomb", why=f"{entry.filename} > {entry.file_size}")
        span.feed(chunk)
        uncomputed.feed(chunk)
        hidden.feed(chunk)
    laden = span.formulas > FORMULAS and span.formulas * 2 > span.cells
    return _Part(span.formulas, laden, uncomputed.places, hidden.lines)


class Span:
    """How far a sheet reaches, its merged cells, or texts (the parser's memory depends on them), and its formulas.

    A cell may say where it stands; one that does not stands right of the one before it, in the row after the last.
    """

    def __init__(self) -> None:
        self.rows = self.cells = self.formulas = 0
        self._merges = self._strings = 0
        self._tags = self._in_row = self._widest = 0
        self._columns: set[bytes] = set()
        self._before = b""

    def feed(self, chunk: bytes) -> None:
        """Take the next piece of a part's XML. Raises FileProblem when it has more than the parser should hold."""
        text = self._before + chunk
        found = CELL.findall(text)
        self._columns.update(column for column, _ in found)
        self.rows = max(self.rows, max((int(row) for _, row in found), default=0))
        self.cells += len(found)
        self.formulas += chunk.count(b"<f>") + chunk.count(b"<f ") + chunk.count(b"<f/>")
        self._merges += chunk.count(b"mergeCell")
        self._strings += chunk.count(b"si>") + 2 * chunk.count(b"si/>")  # each has a tag at its begin and end
        self._before = chunk[-OVERLAP:]
        self._count(chunk)
        width = max(self._widest, max((column_number(column.decode()) for column in self._columns), default=0))
        rows = max(self.rows, self._tags)
        if rows * width > MOST_CELLS:
            raise FileProblem("too_many_cells", rows=rows, columns=width)
        if self._merges > MOST_MERGES:
            raise FileProblem("too_many_merges", limit=MOST_MERGES)
        if self._strings > 2 * MOST_STRINGS:
            raise FileProblem("too_many_strings", limit=MOST_STRINGS)

    def _count(self, chunk: bytes) -> None:
        """Count rows, and cells from one row to the next."""
        first, *others = b"".join(TAG.findall(chunk)).split(b"row")
        self._in_row += len(first)
        self._widest = max(self._widest, self._in_row, max(map(len, others), default=0))
        self._tags += len(others)
        if others:
            self._in_row = len(others[-1])


def _unpacked(file: IO[bytes], entry: ZipInfo) -> Iterator[bytes]:
    file.seek(entry.header_offset)
    header = file.read(30)
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise FileProblem("corrupt_part", part=entry.filename)
    file.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
    unpacker = zlib.decompressobj(-15)
    left = entry.compress_size
    try:
        while left and (packed := file.read(min(CHUNK, left))):
            left -= len(packed)
            if entry.compress_type == STORED:
                yield packed
                continue
            while packed and not unpacker.eof:
                yield unpacker.decompress(packed, CHUNK)
                packed = unpacker.unconsumed_tail
        yield unpacker.flush()
    except zlib.error as error:
        raise FileProblem("corrupt_part", part=entry.filename) from error
    if left:
        raise FileProblem("corrupt_part", part=entry.filename)
