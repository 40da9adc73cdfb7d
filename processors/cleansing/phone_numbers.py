"""Which valid numbers a phone field holds, in the order in which they stand."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from processors.cleansing.phone_plan import kind_of, mainland_mobile
from processors.cleansing.phone_text import EXTENSION_ALONE, Piece, named_area, pieces, unabridged

_MOBILE = re.compile(
    r"(?<![\d+])(?:\(?(?:\+|0{0,2})\s*86\)?[\s.-]*)?\(?0?(1[3-9]\d(?:[\s.-]*\d){8})(?=$|\D|0?1[3-9]\d{9}(?!\d))"
)
_ONE_MOBILE = re.compile(r"\s*\(?(?:(?:\+|0{0,2})\s*86\)?[\s.-]*)?0?(1[3-9]\d(?:[\s.-]*\d){8})\s*")
_ABROAD = re.compile(r"\+\s*(?!86)[1-9][\d\s().-]*\d")
_RUN = re.compile(r"(?:\+|\(\+?)?\d[\d\s().-]*\d")
_SPACES = re.compile(r"\s+")
_NOT_DIGIT = re.compile(r"\D")
_LOCAL = re.compile(r"[2-9]\d{6,7}")
_DASHED_EXTENSION = re.compile(
    r"^(.*\d{7,8}|[48]00[ -]\d{3}[ -]\d{4}|.*0\d{2,3}\)?[ -]?\d{3,4}[ -]\d{4})\s*-\s*(\d{1,5})$"
)
_NEIGHBOUR = re.compile(r"\(?(?:852|853|886)\)?(?:-?\d){8,9}")  # Hong Kong, Macau, Taiwan without a plus


class Number(NamedTuple):
    """One valid number: E.164, kind (see `phone_plan.kind_of`), ISO country, extension, how it was completed."""

    e164: str
    kind: str
    country: str
    extension: str = ""
    area_added: bool = False


def _parsed(text: str, region: str) -> Number | None:
    """Return what `phonenumbers` makes of `text`, None when it is no valid number."""
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    kind = kind_of(number)
    if kind is None:
        return None
    country = phonenumbers.region_code_for_number(number) or region
    extension = number.extension or ""
    return Number(phonenumbers.format_number(number, PhoneNumberFormat.E164), kind, country, extension)


def _mainland(run: str, area_code: str) -> Number | None:
    """Return the mainland (or +CC) number that a run of digits and signs is."""
    for text, extension in _with_extension(run):
        digits = _NOT_DIGIT.sub("", text)
        if _LOCAL.fullmatch(digits) and area_code and "+" not in text:
            number = _parsed(area_code + digits, "CN")
            if number:
                return number._replace(extension=extension, area_added=True)
        if number := _parsed(text, "CN"):
            return number._replace(extension=extension or number.extension)
        if digits.startswith("086") and (number := _parsed("+" + digits[1:], "CN")):
            return number._replace(extension=extension)
        if _NEIGHBOUR.fullmatch(_SPACES.sub("", text)) and (number := _parsed("+" + digits, "CN")):
            return number._replace(extension=extension)
        if "+" in text and mainland_mobile().fullmatch(digits):  # +138…: a plus where no country code follows
            return Number("+86" + digits, "mobile", "CN", extension)
    return None


def _with_extension(run: str) -> Iterator[tuple[str, str]]:
    """Yield the readings of a run: whole, then with its last hyphenated group as an extension."""
    yield run, ""
    if match := _DASHED_EXTENSION.match(run):
        yield match[1], match[2]


def _in_piece(piece: Piece, area_code: str) -> Iterator[Number]:
    """Yield the valid numbers of one piece under mainland rules: foreign ones, mobiles, then whatever remains."""
    rest, mobiles = piece.text, []
    for match in _ABROAD.finditer(piece.text):
        if number := _parsed(match[0], "CN"):
            yield number._replace(extension=number.extension or piece.extension)
            rest = rest.replace(match[0], ";", 1)
    for match in _MOBILE.finditer(rest):
        digits = _NOT_DIGIT.sub("", match[1])
        if mainland_mobile().fullmatch(digits):
            mobiles.append(Number("+86" + digits, "mobile", "CN", piece.extension))
            rest = rest.replace(match[0], ";", 1)
    yield from mobiles
    landlines: list[Number] = []
    for match in _RUN.finditer(rest):
        landlines += _in_run(match[0], _shared_area(landlines, area_code))
    for number in landlines:
        yield number._replace(extension=number.extension or piece.extension)


def _in_run(run: str, area_code: str) -> list[Number]:
    """Return the number that a run of digits and signs is, or those that blanks part it into, if nothing is left."""
    if whole := _mainland(run, area_code):
        return [whole]
    found: list[Number] = []
    text = ""
    for part in run.split():
        text = f"{text} {part}".strip()
        if number := _mainland(text, _shared_area(found, area_code)):
            found.append(number)
            text = ""
    if text and EXTENSION_ALONE.fullmatch(text) and _is_bare_landline(found):  # 028 22505965 1076
        return [*found[:-1], found[-1]._replace(extension=text)]
    return [] if text else found


def _is_bare_landline(found: Sequence[Number]) -> bool:
    """Tell whether the last number is a landline of which no extension is known."""
    return bool(found) and found[-1].kind == "landline" and found[-1].country == "CN" and not found[-1].extension


def _shared_area(found: Sequence[Number], area_code: str) -> str:
    """Return the area code of what has none: that of the landline in front of it (0571-88123456, 88123457)."""
    landline = next((one for one in reversed(found) if one.country == "CN" and one.kind == "landline"), None)
    if landline is None:
        return area_code
    number = phonenumbers.parse(landline.e164)
    width = phonenumbers.length_of_geographical_area_code(number)
    return f"0{str(number.national_number)[:width]}" if width else area_code


def _continued(piece: Piece, found: list[Number]) -> bool:
    """Add what a piece says of the landline in front, and tell if it does: where a further one differs, an extension.

    0571-88123456/57 are two lines, 0571-88123456,801 is one.
    """
    if not _is_bare_landline(found):
        return False
    if (line := unabridged(found[-1].e164, piece)) and (number := _parsed(line, "CN")):
        found.append(number)
    elif piece.after == "," and EXTENSION_ALONE.fullmatch(extension := piece.text.strip()):
        found[-1] = found[-1]._replace(extension=extension)
    else:
        return False
    return True


def one_mobile(text: str) -> Number | None:
    """Return the number of a text (ASCII) that is one mainland mobile and nothing else."""
    only = _ONE_MOBILE.fullmatch(text)
    digits = _NOT_DIGIT.sub("", only[1]) if only else ""
    return Number("+86" + digits, "mobile", "CN") if mainland_mobile().fullmatch(digits) else None


def numbers(text: str, region: str, area_code: str) -> list[Number]:
    """Return the valid numbers in a field, each once, in the order in which they stand."""
    if region == "CN" and (only := one_mobile(text)):  # most fields: no need to look for more
        return [only]
    found: list[Number] = []
    if region != "CN" and (whole := _parsed(text, region)):
        found.append(whole)
    else:
        area_code = (region == "CN" and named_area(text)) or area_code
        for piece in pieces(text):
            if region != "CN":
                found += [number] if (number := _parsed(piece.text, region)) else []
            elif not _continued(piece, found):
                found += _in_piece(piece, _shared_area(found, area_code))
    first: dict[str, Number] = {}
    for number in found:
        first.setdefault(number.e164, number)
    return list(first.values())
