"""The file of a backup: gzip over lines of text.

The first line is a header (JSON). Then, for each table, a line `{"table": …, "columns": […]}`, its rows in the text
form of PostgreSQL's COPY, and `\\.`. The last line is the seal: how many rows of each table, and the SHA-256 of all
lines before. Files of one chain name each other's digests, so that a missing or exchanged one is noticed.
"""

import gzip
import os
import zlib
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, suppress
from hashlib import sha256
from pathlib import Path
from typing import IO, NamedTuple, TypeVar

import msgspec

END = b"\\.\n"
FORMAT = "whetstone-backup-1"
LEVEL = 4
Decoded = TypeVar("Decoded")


class BadBackup(Exception):
    """A backup file is not what was written: damaged, cut off, or one of its chain is missing."""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says of itself.

    `chain` names the full backup that it belongs to, `number` counts from 1 within it; `previous` is the digest of
    the file before (empty for the first). `cluster` and `snapshot` say which database, and of which moment;
    `since` is the transaction from which on rows are in it (0: all). `ends_at`: for each partition, the offset of the
    last record whose results are included. `made_at` is ms since 1970 UTC.
    """

    format: str
    chain: str
    number: int
    previous: str
    cluster: str
    snapshot: str
    since: int
    ends_at: dict[str, int]
    made_at: int


class Seal(msgspec.Struct, frozen=True):
    """The last line."""

    rows: dict[str, int]
    sha256: str


class Table(msgspec.Struct, frozen=True):
    """The line before the rows of a table."""

    table: str
    columns: list[str]


class Part(NamedTuple):
    """The rows of one table; to be read to their end before the next one."""

    table: Table
    rows: Iterator[bytes]


Sections = AsyncGenerator[tuple[Table, AsyncGenerator[bytes]]]


def name_of(chain: str, number: int) -> str:
    """Return the name of a file."""
    return f"whetstone-{chain}-{number:05d}.backup.gz"


async def write_file(
    folder: Path, header: Header, sections: Sections, check: Callable[[Path], None]
) -> tuple[Path, dict[str, int], str]:
    """Write a file, let `check` read it, and only then give it its name; return it, its rows per table, its digest.

    `sections` give tables with blocks of COPY text. Raises OSError and BadBackup; then no file was made.
    """
    path = folder / name_of(header.chain, header.number)
    part = path.with_name(path.name + ".part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw:
            seal = await _write(raw, header, sections)
            raw.flush()
            os.fsync(raw.fileno())
        check(part)
        os.replace(part, path)
        _sync_folder(folder)
    except OSError as error:
        if error.filename or error.errno is None:  # it is named, or no fault of the disk (a time limit)
            raise
        raise OSError(error.errno, error.strerror, str(part)) from error
    finally:
        with suppress(FileNotFoundError):
            part.unlink()
    return path, seal.rows, seal.sha256


async def _write(raw: IO[bytes], header: Header, sections: Sections) -> Seal:
    digest, counts = sha256(), dict[str, int]()
    with gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=LEVEL, mtime=0) as packed:

        def put(data: bytes) -> None:
            digest.update(data)
            packed.write(data)

        put(msgspec.json.encode(header) + b"\n")
        async with aclosing(sections):
            async for table, blocks in sections:
                put(msgspec.json.encode(table) + b"\n")
                count = 0
                async with aclosing(blocks):  # a COPY that is left open keeps its connection from ending, for ever
                    async for block in blocks:
                        put(block)
                        count += block.count(b"\n")
                put(END)
                counts[table.table] = count
        seal = Seal(counts, digest.hexdigest())
        packed.write(msgspec.json.encode(seal) + b"\n")
    return seal


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def header_of(path: Path) -> Header:
    """Return the header of a file. Raises BadBackup."""
    return _header(path, next(_lines(path), b""))


def seal_of(path: Path) -> Seal:
    """Return the seal of a file that was checked."""
    last = b""
    for line in _lines(path):
        last = line
    return _decoded(path, last, Seal)


def read_parts(path: Path) -> Iterator[Part]:
    """Give the tables of a file with their rows (COPY text, a line each). Raises BadBackup."""
    digest, counts = sha256(), dict[str, int]()
    lines = _lines(path)
    first = next(lines, b"")
    _header(path, first)
    digest.update(first)

    def rows(name: str) -> Iterator[bytes]:
        for line in lines:
            digest.update(line)
            if line == END:
                return
            counts[name] += 1
            yield line
        raise BadBackup(f"{path}: it ends in the middle of the table {name}")

    for line in lines:
        if line.startswith(b'{"rows"'):
            _compare(path, _decoded(path, line, Seal), counts, digest.hexdigest())
            return
        digest.update(line)
        table = _decoded(path, line, Table)
        counts[table.table] = 0
        yield Part(table, rows(table.table))
    raise BadBackup(f"{path}: it has no seal: it was cut off")


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with gzip.GzipFile(path, "rb") as opened:
            yield from opened
    except (EOFError, OSError, zlib.error) as error:
        raise BadBackup(f"{path}: it cannot be read to its end ({type(error).__name__})") from error


def _decoded(path: Path, line: bytes, kind: type[Decoded]) -> Decoded:
    try:
        return msgspec.json.decode(line, type=kind)
    except msgspec.DecodeError as error:
        raise BadBackup(f"{path}: a line in it is not what was written") from error


def _compare(path: Path, seal: Seal, counts: dict[str, int], digest: str) -> None:
    if seal != Seal(counts, digest):
        raise BadBackup(f"{path}: what it holds is not what was written (its checksum differs)")


def _header(path: Path, line: bytes) -> Header:
    header = _decoded(path, line, Header)
    if header.format != FORMAT:
        raise BadBackup(f"{path}: its format is {header.format}, this release reads {FORMAT}")
    return header


def chains(folder: Path) -> dict[str, list[Path]]:
    """Return the files of each chain in order, the newest chain last, by their names: nothing is read."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.glob(name_of("*", 1).replace("00001", "*"))):
        found.setdefault(path.name.split("-")[1], []).append(path)
    return dict(sorted(found.items()))


def newest_chain(folder: Path) -> list[Path]:
    """Return the files of the newest chain in order; none where there is no backup. Other chains are not looked at.

    Raises BadBackup when a file of it is missing, was exchanged or cannot be read; it names the chain before it.
    """
    *older, newest = chains(folder).items() or [("", [])]
    try:
        _refuse_gaps(*newest)
    except BadBackup as error:
        if not older:
            raise
        hint = f"move the files of chain {newest[0]} away to go back to chain {older[-1][0]}"
        raise BadBackup(f"{error}; {hint}") from error
    return newest[1]


def _refuse_gaps(chain: str, paths: Sequence[Path]) -> None:
    previous = ""
    for number, path in enumerate(paths, 1):
        header = header_of(path)
        if header.chain != chain or header.number != number or header.previous != previous:
            raise BadBackup(f"{path}: the file before it is missing, or was exchanged")
        previous = seal_of(path).sha256
