"""Phone fields: the number that counts, what stands beside it, and what is known of it."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from processors.cleansing.base import ALL_ON, CACHED, Cleaned
from processors.cleansing.channels import OTHERS, other_channels
from processors.cleansing.phone_gone import without_gone
from processors.cleansing.phone_home import home_of
from processors.cleansing.phone_mask import PhoneMask, find_masks, may_be_masked
from processors.cleansing.phone_numbers import Number, numbers, one_mobile
from processors.cleansing.phone_plan import is_short_service, mainland_mobile, operator_of
from processors.cleansing.phone_text import narrow, written

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
_PLAIN = 64  # characters
_NOT_DIGIT = re.compile(r"\D")
_LOCAL = re.compile(r"[2-9]\d{6,7}")
_ROUNDED = re.compile(r"1\.\d{1,5}[eE]\+?10")  # what spreadsheets leave of a number: 1.38E+10
_RANK = {"mobile": 0, "mobile_or_landline": 1, "landline": 2, "service": 3}


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
    return one_mobile(text) if text.isascii() and not may_be_masked(text) else None


@lru_cache(CACHED)
def clean_phone(raw: str, region: str = "CN", area_code: str = "", off: frozenset[str] = ALL_ON) -> Cleaned:
    """Cleanse a phone field; the value is one valid number in E.164 form, or None.

    Of several numbers the first mobile wins, then the first landline; `others` holds the rest. One that its own field
    says nobody can be reached at (空号, 已停用, 旧号) is none of them. Details: `kind` (`mobile`, `landline`,
    `mobile_or_landline`, `service`), `country`, `extension`, `others` and their `other_extensions`, `wechat_same` (the
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
    found = numbers(text, region, area_code)
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
        if extensions := {each.e164: each.extension for each in found if each is not best and each.extension}:
            details["other_extensions"] = extensions
    if best.e164 != raw:
        notes.append(E164)
    return Cleaned(raw, best.e164, tuple(notes), _details(best) | details)
