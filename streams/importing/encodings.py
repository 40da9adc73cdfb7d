"""Which encoding a text file is in: decided by strict decoding of all of it, never by a guess from its beginning."""

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from streams.importing.problems import FileProblem

CHUNK = 1 << 20
SAMPLE = 1 << 18
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Bytes of the characters in everyday use: GB 2312 level 1 and Big5 level 1, where real text mostly lies.
GB_EVERYDAY = range(0xB0, 0xD8)
BIG5_EVERYDAY = range(0xA4, 0xC7)
# Two Chinese characters or more in UTF-8, with nothing else than ASCII around: by chance no other encoding holds them.
IN_UTF8 = re.compile(rb"(?<![\x80-\xff])(?:[\xe3-\xe9\xef][\x80-\xbf]{2}){2,}(?![\x80-\xff])")
CHINESE = re.compile(rb"[\x80-\xff]{4,}")
BY_CHANCE = 2_000  # of as many texts one may look like UTF-8
GB_SIGNS, BIG5_SIGNS = range(0xA1, 0xAA), range(0xA1, 0xA4)


def encoding_of(path: Path) -> str:
    """Return the encoding of a whole text file: UTF-8, UTF-16, GB 18030 or Big5.

    GB 18030 and Big5 share most byte pairs; where both fit, the one wins in which more characters are everyday ones.
    Raises FileProblem `encoding` (which line) when none fits, `mixed_encodings` where parts are in UTF-8 and others are
    not, `unknown_format` for bytes that are no text.
    """
    with path.open("rb") as file:
        sample = file.read(SAMPLE)
    for mark, name in MARKS:
        if sample.startswith(mark):
            return _verified(path, [name])
    wide = _wide(sample)
    if wide is not None:
        return _verified(path, [wide])
    if b"\0" in sample:
        raise FileProblem("unknown_format")
    line = _first_bad_line(path, "utf-8")
    if line is None:
        return "utf-8"
    if (utf8 := _first_in_utf8(path)) is not None:
        raise FileProblem("mixed_encodings", utf8=utf8, other=line)
    return _verified(path, _chinese(sample), line)


def _wide(sample: bytes) -> str | None:
    """Return UTF-16 without a mark where its separators and line ends show: 0 in every second byte of some pairs."""
    pairs = len(sample) // 2
    if pairs < 2:
        return None
    low, high = sample[0 : pairs * 2 : 2].count(0), sample[1 : pairs * 2 : 2].count(0)
    if high > pairs // 20 and high > 4 * low:  # 一 (U+4E00) has a 0 on the other side
        return "utf-16-le"
    return "utf-16-be" if low > pairs // 20 and low > 4 * high else None


def _chinese(sample: bytes) -> list[str]:
    gb = _share(sample, GB_EVERYDAY, GB_SIGNS)
    big5 = _share(sample, BIG5_EVERYDAY, BIG5_SIGNS, low_trail=True)
    return ["gb18030", "big5hkscs"] if gb >= big5 else ["big5hkscs", "gb18030"]


def _share(sample: bytes, everyday: range, signs: range, *, low_trail: bool = False) -> float:
    """Return which share of the two-byte characters is in everyday use; punctuation does not count."""
    place = common = all_of_them = 0
    while place + 1 < len(sample):
        lead, trail = sample[place], sample[place + 1]
        if lead < 0x80:
            place += 1
            continue
        place += 2
        if lead in signs:
            continue
        all_of_them += 1
        common += lead in everyday and (trail >= 0xA1 or (low_trail and 0x40 <= trail <= 0x7E))
    return common / all_of_them if all_of_them else 1.0


def _first_in_utf8(path: Path) -> int | None:
    """Return the line of the first text in UTF-8, None where there are no more than come by chance."""
    found = texts = 0
    first: int | None = None
    for line, chunk in _whole_lines(path):
        texts += len(CHINESE.findall(chunk))
        for match in IN_UTF8.finditer(chunk):
            if _is_everyday(match[0]):
                found += 1
                first = first or line + chunk.count(b"\n", 0, match.start())
    return first if found * BY_CHANCE > texts else None


def _is_everyday(text: bytes) -> bool:
    """Tell whether bytes are UTF-8 of nothing but everyday characters, of China or of Taiwan, and punctuation."""
    for name, everyday, signs in (("gb2312", GB_EVERYDAY, GB_SIGNS), ("big5", BIG5_EVERYDAY, BIG5_SIGNS)):
        with suppress(UnicodeError):
            if all(lead in everyday or lead in signs for lead in text.decode().encode(name)[::2]):
                return True
    return False


def _whole_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Give the file in pieces that end with a line where they can, each with the number of its first line."""
    line, rest = 1, b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            end = chunk.rfind(b"\n") + 1 or len(chunk)
            piece = rest + chunk[:end]
            yield line, piece
            line += piece.count(b"\n")
            rest = chunk[end:]
    yield line, rest


def _verified(path: Path, candidates: list[str], furthest: int = 0) -> str:
    for name in candidates:
        line = _first_bad_line(path, name)
        if line is None:
            return name
        furthest = max(furthest, line)
    raise FileProblem("encoding", line=furthest)


def _first_bad_line(path: Path, name: str) -> int | None:
    """Return the line at which strict decoding fails, None when the whole file decodes."""
    decoder = codecs.getincrementaldecoder(name)("strict")
    lines = 1
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return lines + error.object[: error.start].count(b"\n")
            if not chunk:
                return None
            lines += text.count("\n")
