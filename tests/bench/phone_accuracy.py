"""Measure phone numbers on libphonenumber's example numbers.

Usage: python -m tests.bench.phone_accuracy example_numbers_e164.csv

First line: numbers in E.164 form, read under the default region CN. Second line: those that the installed metadata
calls valid, written in the international, national and RFC 3966 format, the last two also under their own region.
"""

import csv
import sys
from pathlib import Path

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from processors.cleansing.phone import clean_phone

FORMATS = (PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL, PhoneNumberFormat.RFC3966)


def valid(e164: str) -> phonenumbers.PhoneNumber | None:
    """Return a number that the installed metadata calls valid, else None."""
    try:
        number = phonenumbers.parse(e164)
    except NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def written(number: phonenumbers.PhoneNumber, region: str) -> list[tuple[str, str]]:
    """Return the ways to write a number, each with the region under which it must be understood."""
    ways = []
    for form in FORMATS:
        text = phonenumbers.format_number(number, form)
        if form != PhoneNumberFormat.NATIONAL:
            ways.append((text, "CN"))
        if form != PhoneNumberFormat.NATIONAL or region != "001":
            ways.append((text, region))
    return ways


def main(path: Path) -> None:
    """Print both lines, and every miss of the second."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    plain = sum(clean_phone(row["e164"]).value == row["e164"] for row in rows)
    print(f"E.164: {plain} of {len(rows)}")
    right = total = 0
    for row in rows:
        number = valid(row["e164"])
        for text, region in written(number, row["region"]) if number else []:
            total += 1
            right += clean_phone(text, region).value == row["e164"]
    print(f"formatted: {right} of {total}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
