"""Build `processors/cleansing/data/hanzi.txt.xz` from the packages pypinyin and opencc (see NOTICE).

Usage: python deploy/reference/build_hanzi.py OUT_FOLDER

A line is a syllable without tone, a tab, and the characters that are read so first of all; the last line is `=`, a
tab, and pairs of a traditional character and its simplified form.
"""

import lzma
import sys
from collections import defaultdict
from pathlib import Path

import opencc
from pypinyin import Style, lazy_pinyin

CHARACTERS = [chr(code) for first, last in ((0x3400, 0x4DBF), (0x4E00, 0x9FFF)) for code in range(first, last + 1)]

KEPT = "乾"  # as names have it (乾县, 乾安县): 干 only where it means dry


def main(out: Path) -> None:
    """Write the file."""
    read: dict[str, list[str]] = defaultdict(list)
    for char in CHARACTERS:
        [syllable] = lazy_pinyin(char, style=Style.NORMAL, errors="default")
        if syllable != char and syllable.isascii():
            read[syllable].append(char)
    convert = opencc.OpenCC("t2s").convert
    changed = ((char, convert(char)) for char in CHARACTERS if char not in KEPT)
    pairs = [char + simple for char, simple in changed if len(simple) == 1 and simple != char]
    lines = [f"{syllable}\t{''.join(chars)}" for syllable, chars in sorted(read.items())] + [f"=\t{''.join(pairs)}"]
    text = "\n".join(lines) + "\n"
    (out / "hanzi.txt.xz").write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
