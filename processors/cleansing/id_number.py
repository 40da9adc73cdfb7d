"""Identity numbers of mainland China: checked, hashed under a key, shown masked."""

import re
import unicodedata
from datetime import date
from functools import lru_cache
from hashlib import blake2b

from processors.cleansing.base import ALL_ON, CACHED, Cleaned
from processors.cleansing.divisions import divisions
from processors.cleansing.text import bounded, unseen_removed

NORMAL, UPGRADED, DOCUMENT, INVALID, MASKED, NO_KEY = (
    "id_number.normal",
    "id_number.15_digits",
    "id_number.document",
    "id_number.invalid",
    "id_number.masked",
    "id_number.no_key",
)

LEAST_KEY = 16  # bytes
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_NUMBER = re.compile(r"(?<![0-9A-Za-z])(\d{17}[0-9Xx]|\d{15})(?![0-9A-Za-z])")
_JOINT = r"[\s\-\u00ad\u200b-\u200f\u2060\ufeff]?"
_WRITTEN = re.compile(  # in any width, in groups, with what does not print: 330106 19990616 3676
    rf"(?<![\dA-Za-z])\d(?:{_JOINT}\d){{14,16}}(?:{_JOINT}[\dXxＸｘ])?(?![\dA-Za-z])"
)
_WRITTEN_X = re.compile("(?<=[0-9]{17})[*×хХΧ✕](?![0-9A-Za-z*])")  # signs in place of the check character X
_LABEL = re.compile(r"^[\u3400-\u9fffA-Za-z ]{0,12}[:：]\s*|^[\u3400-\u9fff]{2,12}\s*")
# Passports of China, permits for Hong Kong, Macau and Taiwan, for those who live there, foreigners' cards until 2023.
_PASSPORT = re.compile(
    r"(?:[EGDSP]\d{8}|E[A-HJ-NP-Z]\d{7}|C[A-HJ-NP-Z]\d{7}|[CWLT]\d{8}|[HM]\d{8}(?:\d{2})?|[A-Z]{3}\d{12})"
)
_TAIWAN_PERMIT = re.compile(r"(?:台胞证|台湾居民来往大陆通行证)\D{0,6}(\d{8})(?:\d{2})?(?!\d)")
_HOMES = {"83": "71"}  # a residence permit of Taiwan
_HONG_KONG = re.compile(r"([A-Z]{1,2})(\d{6})\(?([\dA])\)?")
_TAIWAN = re.compile(r"([A-Z])([1289]\d{8})")
_TAIWAN_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"  # A is 10
_HASHED = re.compile(r"id1-[0-9a-f]{32}")
_OLD_AND_NEW = (
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83"
)
_PROVINCES = frozenset(_OLD_AND_NEW.split())


def check_character(digits: str) -> str:
    """Return the 18th character for the first 17 digits (GB 11643, ISO 7064 MOD 11-2)."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True)) % 11]


def _born(digits: str) -> date | None:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None
    return born if born.year >= 1900 else None


@lru_cache(CACHED)
def clean_id_number(raw: str, off: frozenset[str] = ALL_ON) -> Cleaned:
    """Check an identity number; the value is its 18 characters, or None. Store `hashed(value, key)`, never the value.

    Details: `birth_date`, `gender`, `province` (of first registration), `masked` for showing. Numbers of 15 digits
    (before 1999) are completed to 18. Passports, permits and cards of Hong Kong and Taiwan have `masked` only: a person
    has several of them, one after another and beside a mainland number, so that two would keep one person apart. A
    value that is hashed already passes unchanged.
    """
    text = unicodedata.normalize("NFKC", unseen_removed(bounded(raw))).strip()
    if not text:
        return Cleaned(raw, None)
    if _HASHED.fullmatch(text):
        return Cleaned(raw, text, (), {})
    spaced = _WRITTEN_X.sub("X", text)
    plain = _WRITTEN_X.sub("X", re.sub(r"(?<=[\dXx])[ \-]+(?=[\dXx])", "", text))
    match = _NUMBER.search(plain) or _NUMBER.search(spaced)  # a phone number beside it is no part of it
    if match is None and (document := _document(plain)):
        return Cleaned(raw, None, (DOCUMENT,), {"masked": masked(document)})
    if match is None:
        return Cleaned(raw, None, (MASKED if re.search(r"\d[*xX]{3}", text) else INVALID,))
    number, notes = match[1].upper(), []
    if len(number) == 15:
        number = number[:6] + "19" + number[6:]
        number += check_character(number)
        notes.append(UPGRADED)
    born = _born(number[6:14])
    if born is None or not _is_issued(number) or check_character(number[:17]) != number[17]:
        return Cleaned(raw, None, (INVALID,))
    if number != raw and not notes:
        notes.append(NORMAL)
    home = divisions().get(_HOMES.get(number[:2], number[:2]) + "0000")
    return Cleaned(
        raw,
        number,
        tuple(notes),
        {
            "birth_date": born.isoformat(),
            "gender": "male" if int(number[16]) % 2 else "female",
            "province": home.name if home else "",
            "masked": masked(number),
        },
    )


def _is_issued(number: str) -> bool:
    """Tell whether a number begins with a province, or with 9 and one, for a foreigner who stays for good."""
    return number[:2] in _PROVINCES or (number[0] == "9" and number[1:3] in _PROVINCES)


def _document(text: str) -> str:
    """Return the number of a passport or permit, or of an identity card of Hong Kong or Taiwan; "" if it is none."""
    if labelled := _TAIWAN_PERMIT.search(text):
        return labelled[1]
    plain = re.sub(r"[ \-]", "", _LABEL.sub("", text)).upper()
    if _PASSPORT.fullmatch(plain):
        return plain
    if (match := _HONG_KONG.fullmatch(plain)) and _checked_in_hong_kong(*match.groups()):
        return "".join(match.groups())
    return plain if (match := _TAIWAN.fullmatch(plain)) and _checked_in_taiwan(match[1], match[2]) else ""


def _checked_in_hong_kong(letters: str, digits: str, check: str) -> bool:
    """Tell whether the check character fits: weights 9 to 1 over two letters (a blank is 36) and six digits, by 11."""
    values = [36 if letter == " " else ord(letter) - 55 for letter in letters.rjust(2)] + [
        int(digit) for digit in digits
    ]
    total = sum(value * weight for value, weight in zip(values, range(9, 1, -1), strict=True))
    return (total + (10 if check == "A" else int(check))) % 11 == 0


def _checked_in_taiwan(letter: str, digits: str) -> bool:
    """Tell whether the check digit fits: weights 1, 9 over the letter's number, 8 to 1 and 1 over the digits, by 10."""
    tens, units = divmod(_TAIWAN_LETTERS.index(letter) + 10, 10)
    weighted = sum(int(digit) * weight for digit, weight in zip(digits, (8, 7, 6, 5, 4, 3, 2, 1, 1), strict=True))
    return (tens + units * 9 + weighted) % 10 == 0


def masked(number: str) -> str:
    """Return an identity number as people may see it: 110101********1234, E******78."""
    if len(number) < len(_WEIGHTS):
        return number[:1] + "*" * (len(number) - 3) + number[-2:]
    return number[:6] + "*" * 8 + number[14:]


def with_numbers_masked(text: str) -> str:
    """Return a text with the identity numbers in it as they are shown."""
    return _WRITTEN.sub(_shown, text)


def _shown(match: re.Match[str]) -> str:
    """Return digits as people may see them: masked, if they are an identity number."""
    number = clean_id_number(match[0]).value
    return match[0] if number is None else masked(number)


def hashed(number: str, key: bytes) -> str:
    """Return `id1-` and 32 hex digits that depend on the number and the key; a hashed one stays as it is.

    Raises ValueError when the key has fewer than 16 bytes: without it all numbers could be tried out.
    """
    if _HASHED.fullmatch(number):
        return number
    if len(key) < LEAST_KEY:
        raise ValueError(f"the key for identity numbers must have at least {LEAST_KEY} bytes")
    return "id1-" + blake2b(number.encode(), digest_size=16, key=key[:64], person=b"whetstone id 1").hexdigest()
