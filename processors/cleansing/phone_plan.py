"""The numbering plan: what kind a number is, and for mainland mobiles the operator that was given its segment."""

import re
from functools import cache, lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumber, PhoneNumberType

_KINDS = {
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.PAGER: "mobile",
    PhoneNumberType.FIXED_LINE: "landline",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "mobile_or_landline",
    PhoneNumberType.VOIP: "landline",
    PhoneNumberType.PERSONAL_NUMBER: "mobile_or_landline",
}
# Segments as the ministry gave them out; since 2019 a number may have been carried to another operator.
_OPERATORS = {
    "中国移动": (
        "134 135 136 137 138 139 147 150 151 152 157 158 159 165 1703 1705 1706 172 178 182 183 184 187 188 195 197 198"
    ),
    "中国联通": "130 131 132 145 155 156 166 167 1704 1707 1708 1709 171 175 176 185 186 196",
    "中国电信": (
        "133 1349 149 153 162 1700 1701 1702 173 17400 17401 17402 17403 17404 17405 177 180 181 189 190 191 193 199"
    ),
    "中国广电": "192",
}
_VIRTUAL = ("162", "165", "167", "170", "171")
_SEGMENTS = {segment: name for name, segments in _OPERATORS.items() for segment in segments.split()}
# Numbers of service desks and emergency calls: they have no E.164 form and reach nobody's lead.
_SHORT = re.compile(r"110|112|119|12[0-9]|1[0-2]\d{3}|12\d{3,4}|123\d{2}|9[56]\d{3,4}|116114|118114|10[01]\d{3}")


@cache
def mainland_mobile() -> re.Pattern[str]:
    """Return the pattern of valid mainland mobile numbers, 11 digits, from the metadata of `phonenumbers`."""
    metadata = PhoneMetadata.metadata_for_region("CN")
    if metadata is None or metadata.mobile is None or metadata.mobile.national_number_pattern is None:
        raise LookupError("this version of phonenumbers knows no mobile numbers of mainland China")
    return re.compile(metadata.mobile.national_number_pattern)


@lru_cache(4_096)
def operator_of(segment: str) -> tuple[str, bool] | None:
    """Return the operator of a mainland mobile number by its first digits, and whether a reseller runs it."""
    for width in (5, 4, 3):
        if name := _SEGMENTS.get(segment[:width]):
            return name, segment.startswith(_VIRTUAL)
    return None


def kind_of(number: PhoneNumber) -> str | None:
    """Return `mobile`, `landline`, `mobile_or_landline` or `service`; None for a number that is not valid."""
    kind = phonenumbers.number_type(number)
    return None if kind == PhoneNumberType.UNKNOWN else _KINDS.get(kind, "service")


@lru_cache(8_192)
def is_line(e164: str) -> bool:
    """Tell whether a number in E.164 form is for certain a landline or a service's: a place's, and no person's."""
    if e164.startswith("+86"):
        return mainland_mobile().fullmatch(e164[3:]) is None
    return kind_of(phonenumbers.parse(e164)) in ("landline", "service")


@lru_cache(8_192)
def is_line_here(digits: str) -> bool:
    """Tell whether the national digits of a number would be those of a landline or a service in mainland China."""
    if mainland_mobile().fullmatch(digits) or not digits.isdecimal():
        return False
    return kind_of(PhoneNumber(country_code=86, national_number=int(digits))) in ("landline", "service")


def is_short_service(digits: str) -> bool:
    """Tell whether digits are a mainland short number (10086, 95588, 12345): callable, but without E.164 form."""
    return _SHORT.fullmatch(digits) is not None
