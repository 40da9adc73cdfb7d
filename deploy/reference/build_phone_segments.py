"""Build `processors/cleansing/data/phone_segments.bin.xz` from jionlp's `phone_location.txt` (see NOTICE).

Usage: python deploy/reference/build_phone_segments.py phone_location.txt OUT_FOLDER

The file is one line of JSON (`cities`: [province, city, area code], `prefixes`: three digits each), a line end, then
for each prefix 10,000 little-endian 16-bit numbers: the place of 0000…9999 in `cities`, 0 where nothing is known.
"""

import json
import lzma
import sys
from array import array
from pathlib import Path


def read(path: Path) -> tuple[list[list[str]], dict[str, "array[int]"]]:
    """Return the cities (the first is nowhere) and prefix → place of each of its 10,000 segments."""
    cities = [["", "", ""]]
    segments: dict[str, array[int]] = {}
    for line in path.read_text("utf-8").splitlines():
        if not line.startswith("\t"):
            where, area, _ = (line + "\t\t").split("\t")[:3]
            province, _, city = where.partition(" ")
            cities.append([province, city or province, area])
            continue
        _, prefix, ranges = line.split("\t")
        places = segments.setdefault(prefix, array("H", bytes(20_000)))
        for part in ranges.split(","):
            first, _, last = part.partition("-")
            for number in range(int(first), int(last or first) + 1):
                places[number] = len(cities) - 1
    return cities, segments


def main(source: Path, out: Path) -> None:
    """Write the file."""
    cities, segments = read(source)
    head = json.dumps({"cities": cities, "prefixes": sorted(segments)}, ensure_ascii=False, separators=(",", ":"))
    body = b"".join(segments[prefix].tobytes() for prefix in sorted(segments))
    packed = lzma.compress(head.encode() + b"\n" + body, preset=9 | lzma.PRESET_EXTREME)
    (out / "phone_segments.bin.xz").write_bytes(packed)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
