"""Phone numbers: E.164 through `phonenumbers`, and the habits of people who write them in China."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from processors.cleansing.base import ALL_ON, CACHED, Cleaned
from processors.cleansing.channels import OTHERS, other_channels
from processors.cleansing.phone_gone import without_gone
from processors.cleansing.phone_home import home_of
from processors.cleansing.phone_mask import PhoneMask, find_masks, may_be_masked
from processors.cleansing.phone_plan import is_short_service, kind_of, mainland_mobile, operator_of
from processors.cleansing.phone_text import Piece, named_area, narrow, pieces, unabridged, written

E164, DIGITS, EXTENSION, SEVERAL, WECHAT, MASKED, INVALID, SERVICE, AREA, GONE, ROUNDED = (
    "phone.e164",
    "phone.chinese_digits",
    "phone.extension",
    "phone.several",
    "phone.wechat_same",
    "phone.masked",
    "phone.invalid",
    "phone.service",
    "phone.area_code",
    "phone.gone",
    "phone.rounded",
)

_NORMAL = re.compile(r"\+86(1[3-9]\d{9})")
_MOBILE = re.compile(
    r"(?<![\d+])(?:\(?(?:\+|0{0,2})\s*86\)?[\s.-]*)?\(?0?(1[3-9]\d(?:[\s.-]*\d){8})(?=$|\D|0?1[3-9]\d{9}(?!\d))"
)
_ONE_MOBILE = re.compile(r"\s*\(?(?:(?:\+|0{0,2})\s*86\)?[\s.-]*)?0?(1[3-9]\d(?:[\s.-]*\d){8})\s*")
_ABROAD = re.compile(r"\+\s*(?!86)[1-9][\d\s().-]*\d")
_RUN = re.compile(r"(?:\+|\(\+?)?\d[\d\s().-]*\d")
_SPACES = re.compile(r"\s+")
_PLAIN = 64  # characters
_NOT_DIGIT = re.compile(r"\D")
_LOCAL = re.compile(r"[2-9]\d{6,7}")
_DASHED_EXTENSION = re.compile(r"^(.*\d{7,8}|[48]00[ -]\d{3}[ -]\d{4})\s*-\s*(\d{1,5})$")
_NEIGHBOUR = re.compile(r"\(?(?:852|853|886)\)?-?\d{4}-?\d{4,5}")  # Hong Kong, Macau, Taiwan without a plus
_ROUNDED = re.compile(r"1\.\d{1,5}[eE]\+?10")  # what spreadsheets leave of a number: 1.38E+10
_RANK = {"mobile": 0, "mobile_or_landline": 1, "landline": 2, "service": 3}


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
    return [] if text else found


def _shared_area(found: Sequence[Number], area_code: str) -> str:
    """Return the area code of what has none: that of the landline in front of it (0571-88123456, 88123457)."""
    landline = next((one for one in reversed(found) if one.country == "CN" and one.kind == "landline"), None)
    if landline is None:
        return area_code
    number = phonenumbers.parse(landline.e164)
    width = phonenumbers.length_of_geographical_area_code(number)
    return f"0{str(number.national_number)[:width]}" if width else area_code


def _further_line(piece: Piece, found: Sequence[Number]) -> Number | None:
    """Return the landline of which a piece holds only where it differs from the one in front (0571-88123456/57)."""
    if not found or found[-1].kind != "landline" or found[-1].country != "CN" or found[-1].extension:
        return None
    line = unabridged(found[-1].e164, piece)
    return _parsed(line, "CN") if line else None


def _numbers(text: str, region: str, area_code: str) -> list[Number]:
    """Return the valid numbers in a field, each once, in the order in which they stand."""
    if region == "CN" and (only := _ONE_MOBILE.fullmatch(text)):  # most fields: no need to look for more
        digits = _NOT_DIGIT.sub("", only[1])
        if mainland_mobile().fullmatch(digits):
            return [Number("+86" + digits, "mobile", "CN")]
    found: list[Number] = []
    if region != "CN" and (whole := _parsed(text, region)):
        found.append(whole)
    else:
        area_code = (region == "CN" and named_area(text)) or area_code
        for piece in pieces(text):
            if region == "CN" and (line := _further_line(piece, found)):
                found.append(line)
            elif region == "CN":
                found += _in_piece(piece, _shared_area(found, area_code))
            elif number := _parsed(piece.text, region):
                found.append(number)
    first: dict[str, Number] = {}
    for number in found:
        first.setdefault(number.e164, number)
    return list(first.values())


def masks_of(cleaned: Cleaned) -> tuple[PhoneMask, ...]:
    """Return all masked numbers of a phone field."""
    mask = cleaned.details.get("mask")
    return () if mask is None else (mask, *cleaned.details.get("other_masks", ()))


def _details(number: Number) -> dict[str, Any]:
    details: dict[str, Any] = {"kind": number.kind, "country": number.country}
    if number.extension:
        details["extension"] = number.extension
    return details


def _origin(e164: str, kind: str) -> dict[str, Any]:
    """Return what is known of where a mainland number was given out, and by whom."""
    details: dict[str, Any] = {}
    if kind == "mobile" and (operator := operator_of(e164[3:8])):
        details["operator"], details["virtual"] = operator
    if home := home_of(e164, kind):
        details["province"] = home.province
        if home.city:
            details["city"] = home.city
    return details


def _nothing(raw: str, text: str, masks: Sequence[PhoneMask], notes: list[str], details: dict[str, Any]) -> Cleaned:
    """Return the result for a field without a valid number: masked, a service desk's short number, or unusable."""
    digits = _NOT_DIGIT.sub("", text)
    if masks:
        notes += [MASKED, SEVERAL] if len(masks) > 1 else [MASKED]
    elif is_short_service(digits):
        notes.append(SERVICE)
        details |= {"kind": "service", "country": "CN"}
    elif _LOCAL.fullmatch(digits):
        notes.append(AREA)
    elif raw.strip() and GONE not in notes and (digits or "channels" not in details):
        notes.append(INVALID)
    return Cleaned(raw, None, tuple(notes), details)


def is_normal_mobile(text: str) -> bool:
    """Tell whether a text is a valid mainland mobile number in E.164 form: `clean_phone` returns it as it is."""
    return (normal := _NORMAL.fullmatch(text)) is not None and mainland_mobile().fullmatch(normal[1]) is not None


def _plain_mobile(raw: str) -> Number | None:
    """Return the number of a field that is one mainland mobile in digits, signs and blanks of any width: most are."""
    if len(raw) > _PLAIN:
        return None
    text = raw if raw.isascii() else narrow(raw)
    if not text.isascii() or may_be_masked(text) or not (only := _ONE_MOBILE.fullmatch(text)):
        return None
    digits = _NOT_DIGIT.sub("", only[1])
    return Number("+86" + digits, "mobile", "CN") if mainland_mobile().fullmatch(digits) else None


@lru_cache(CACHED)
def clean_phone(raw: str, region: str = "CN", area_code: str = "", off: frozenset[str] = ALL_ON) -> Cleaned:
    """Cleanse a phone field; the value is one valid number in E.164 form, or None.

    Of several numbers the first mobile wins, then the first landline; `others` holds the rest. One that its own field
    says nobody can be reached at (空号, 已停用, 旧号) is none of them. Details: `kind`
    (`mobile`, `landline`, `mobile_or_landline`, `service`), `country`, `extension`, `others`, `wechat_same` (the
    number is also the WeChat id), `channels` (kind → WeChat or QQ id or e-mail address that stood beside it), `mask`
    (a `PhoneMask`) and `other_masks`; for mainland numbers `province` and `city` where it was given
    out, for mobiles `operator` and `virtual` (a reseller's).
    """
    cleaned = phone_alone(raw, region, area_code, off)
    if cleaned.value is None or cleaned.details["country"] != "CN":
        return cleaned
    details = {**_origin(cleaned.value, cleaned.details["kind"]), **cleaned.details}
    return Cleaned(raw, cleaned.value, cleaned.notes, details)


@lru_cache(CACHED)
def phone_alone(raw: str, region: str = "CN", area_code: str = "", off: frozenset[str] = ALL_ON) -> Cleaned:
    """Cleanse a phone field as `clean_phone`, without the details of where the number was given out and by whom."""
    if is_normal_mobile(raw):
        return Cleaned(raw, raw, (), _details(Number(raw, "mobile", "CN")))
    if ROUNDED not in off and _ROUNDED.fullmatch(raw.strip()):
        return Cleaned(raw, None, (ROUNDED,))
    if region == "CN" and (plain := _plain_mobile(raw)):
        return Cleaned(raw, plain.e164, (E164,), _details(plain))
    text, chinese, same = written(raw)
    notes: list[str] = [DIGITS] if chinese else []
    details: dict[str, Any] = {}
    if same and WECHAT not in off:
        notes.append(WECHAT)
        details["wechat_same"] = True
    if OTHERS not in off:
        text, channels = other_channels(text)
        if channels:
            notes.append(OTHERS)
            details["channels"] = channels
    if GONE not in off:
        text, gone = without_gone(text)
        if gone:
            notes.append(GONE)
    found = _numbers(text, region, area_code)
    masks = find_masks(text) if MASKED not in off and may_be_masked(text) else ()
    if masks:
        details["mask"] = masks[0]
        if len(masks) > 1:
            details["other_masks"] = masks[1:]
    if not found:
        return _nothing(raw, text, masks, notes, details)
    best = min(found, key=lambda number: _RANK[number.kind])
    others = tuple(number.e164 for number in found if number is not best)
    for rule, applies in ((SEVERAL, others), (EXTENSION, best.extension), (AREA, best.area_added)):
        if applies:
            notes.append(rule)
    if others:
        details["others"] = others
    if best.e164 != raw:
        notes.append(E164)
    return Cleaned(raw, best.e164, tuple(notes), _details(best) | details)
