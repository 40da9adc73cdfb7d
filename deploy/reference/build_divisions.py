"""Build `processors/cleansing/data/divisions.tsv.xz` and `streets.tsv.xz` from a checkout of the sources in NOTICE.

Usage: python deploy/reference/build_divisions.py FOLDER OUT, where FOLDER holds `modood_*` and `cpca_adcodes.csv`.
"""

import csv
import json
import lzma
import sys
from collections import defaultdict
from pathlib import Path

HONG_KONG = (
    "中西区 湾仔区 东区 南区 油尖旺区 深水埗区 九龙城区 黄大仙区 观塘区 荃湾区 屯门区 元朗区 北区 大埔区 西贡区 沙田区 "
    "葵青区 离岛区"
)
MACAU = "花地玛堂区 圣安多尼堂区 望德堂区 大堂区 风顺堂区 嘉模堂区 路氹填海区 圣方济各堂区"
NOT_PLACES = ("省直辖县级行政区划", "自治区直辖县级行政区划", "市辖区", "县")


def rows(path: Path) -> list[dict[str, str]]:
    """Return the records of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def mainland(folder: Path) -> dict[str, str]:
    """Return adcode → name of provinces, prefectures and counties of the mainland."""
    places = {row["code"] + "0000": row["name"] for row in rows(folder / "modood_provinces.csv")}
    for row in rows(folder / "modood_cities.csv"):
        if row["name"] not in NOT_PLACES:
            places[row["code"] + "00"] = row["name"]
    for row in rows(folder / "modood_areas.csv"):
        if (row["code"] not in places and row["name"] not in places.values()) or not row["code"].endswith("00"):
            places[row["code"]] = row["name"]
    places.pop("620201", None)  # Jiayuguan has no districts; the source repeats the city as its own district
    return places


def former(folder: Path, places: dict[str, str]) -> dict[str, str]:
    """Return adcode → name of divisions that older data knows and newer data does not."""
    old = {row["adcode"][:6]: row["name"] for row in rows(folder / "cpca_adcodes.csv")}
    return {code: name for code, name in old.items() if places.get(code) != name and name not in NOT_PLACES}


def taiwan(folder: Path) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return places with codes of our own (Taiwan has one adcode) and the towns of each county."""
    tree = json.loads((folder / "modood_HK-MO-TW.json").read_text("utf-8"))["台湾省"]
    places, towns = {"710000": "台湾省"}, {}
    for number, (name, below) in enumerate(tree.items(), start=1):
        if name.endswith("市"):
            city = f"71{number:02}00"
            places[city] = name
            places |= {f"{city[:4]}{index:02}": district for index, district in enumerate(below, start=1)}
        else:
            county = f"7190{number:02}"
            places[county], towns[county] = name, below
    return places, towns


def special() -> dict[str, str]:
    """Return the districts of Hong Kong and Macau under the adcodes that map services use."""
    places = {"810000": "香港特别行政区", "820000": "澳门特别行政区"}
    for prefix, names in (("810", HONG_KONG), ("820", MACAU)):
        places |= {f"{prefix}{index:03}": name for index, name in enumerate(names.split(), start=1)}
    return places


def streets(folder: Path, towns: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return adcode → names of its streets, towns and townships."""
    result: dict[str, list[str]] = defaultdict(list, towns)
    for row in rows(folder / "modood_streets.csv"):
        area = "620200" if row["areaCode"] == "620201" else row["areaCode"]
        result[area].append(row["name"])
    return result


def main(folder: Path, out: Path) -> None:
    """Write both files."""
    places = mainland(folder)
    old = former(folder, places)
    island, towns = taiwan(folder)
    places |= special() | island
    lines = [f"{code}\t{name}" for code, name in sorted(places.items())]
    lines += [f"{code}\t{name}\tformer" for code, name in sorted(old.items())]
    write(out / "divisions.tsv.xz", lines)
    by_area = streets(folder, towns)
    write(out / "streets.tsv.xz", [f"{code}\t{','.join(by_area[code])}" for code in sorted(by_area)])


def write(path: Path, lines: list[str]) -> None:
    """Write lines, compressed, always to the same bytes."""
    path.write_bytes(lzma.compress(("\n".join(lines) + "\n").encode(), preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
