"""Measure address parsing on other people's data.

Usage: python -m tests.bench.address_accuracy ncap FILE_spans.csv [--misses]
       python -m tests.bench.address_accuracy vectors vectors.csv [--misses]
       python -m tests.bench.address_accuracy speed FILE_spans.csv

NCAP annotates the text on the surface: levels are compared where annotated, after taking suffixes of rank and of
peoples off. A county-level city may be tagged city or district, so these two may be swapped. `strict` does not allow
that swap. `all`: every level that a row annotates; `three`: the rows that annotate all three.
"""

import csv
import sys
import time
from collections import Counter
from pathlib import Path

from processors.cleansing.address import Address, parse_address
from processors.cleansing.gazetteer import stem_of
from processors.cleansing.text import clean_text

LEVELS = (("prov", "province"), ("city", "city"), ("district", "district"))


def rows(path: str) -> list[dict[str, str]]:
    """Return the records of a CSV file."""
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def parsed(text: str) -> Address:
    """Parse as the cleansing does."""
    return parse_address(clean_text(text).value or "")


def same(gold: str, name: str) -> bool:
    """Tell whether two names are the same without rank and peoples."""
    return bool(gold) and bool(name) and (gold == name or stem_of(gold) == stem_of(name))


def ncap(path: str, misses: bool) -> None:
    """Print accuracy per level and of all three, where annotated."""
    right, total, strict = Counter[str](), Counter[str](), Counter[str]()
    false = 0
    for row in rows(path):
        found = parsed(row["address"])
        levels = [(tag, attribute) for tag, attribute in LEVELS if row[tag]]
        if not levels:
            false += bool(found.province or found.city or found.district)
            continue
        good = {}
        exact = {}
        for tag, attribute in levels:
            exact[tag] = same(row[tag], getattr(found, attribute))
            others = (found.city, found.district) if tag != "prov" else (found.province,)
            good[tag] = any(same(row[tag], other) for other in others)
            total[tag] += 1
            right[tag] += good[tag]
            strict[tag] += exact[tag]
        for tag in ("all", "three") if len(levels) == len(LEVELS) else ("all",):
            total[tag] += 1
            right[tag] += all(good.values())
            strict[tag] += all(exact.values())
        if misses and not all(exact.values()):
            gold = [row[tag] for tag, _ in LEVELS]
            kind = "MISS" if not all(good.values()) else "swap"
            print(kind, row["address"], gold, [found.province, found.city, found.district], found.notes)
    for tag in ("prov", "city", "district", "all", "three"):
        print(f"{tag:9}{right[tag] / total[tag]:.4f} strict {strict[tag] / total[tag]:.4f} of {total[tag]}")
    print(f"filled although nothing is annotated: {false}")


def vectors(path: str, misses: bool) -> None:
    """Print how many vectors of each source are right in every part they state."""
    right, total = Counter[str](), Counter[str]()
    for row in rows(path):
        found = parsed(row["input"])
        wanted = {key: row[key] for key in ("province", "city", "county", "detail", "adcode")}
        got = {
            "province": found.province,
            "city": found.city,
            "county": found.district,
            "detail": found.remainder,
            "adcode": found.adcode,
        }
        if row["source"] == "akebe":
            wanted = {key: value for key, value in wanted.items() if value}
        elif not row["adcode"]:
            wanted.pop("adcode")
        if row["note"].startswith("name="):
            wanted["name"] = row["note"].removeprefix("name=")
            got["name"] = found.contact.name if found.contact else ""
        if wanted.get("city") == "市辖区" and wanted["province"] in ("上海市", "北京市", "天津市", "重庆市"):
            wanted["city"] = wanted["province"]
        if wanted.get("city") == "" and wanted["province"] == "天津市":
            wanted["city"] = "天津市"
        bad = {
            key: (value, got[key]) for key, value in wanted.items() if value != got[key] and not same(value, got[key])
        }
        total[row["source"]] += 1
        right[row["source"]] += not bad
        if misses and bad:
            print(row["source"], row["input"], bad, found.notes)
    for source, count in total.items():
        print(f"{source}: {right[source]}/{count}")


def speed(path: str) -> None:
    """Print addresses a second of one core, no address twice."""
    texts = [clean_text(row["address"]).value or "" for row in rows(path)]
    parse_address(texts[0])
    parse_address.cache_clear()
    start = time.process_time()
    for text in texts:
        parse_address(text)
    print(f"{len(texts) / (time.process_time() - start):,.0f} addresses a second")


if __name__ == "__main__":
    command, file = sys.argv[1:3]
    if command == "speed":
        speed(file)
    else:
        {"ncap": ncap, "vectors": vectors}[command](file, "--misses" in sys.argv)
