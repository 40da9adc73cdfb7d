"""Which rule cleanses which field, and which further fields its details become."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from processors.cleansing.base import Cleaned
from processors.cleansing.email import clean_email
from processors.cleansing.options import CleansingOptions
from processors.cleansing.phone import clean_phone
from processors.cleansing.text import clean_text
from processors.cleansing.when import clean_date

Clean = Callable[[str, CleansingOptions], Cleaned]
Spread = Callable[[Cleaned], Mapping[str, Any]]


class Field(NamedTuple):
    """How one field is cleansed. `spread` gives further fields, which never replace a value that was given."""

    clean: Clean
    spread: Spread | None = None


def _line(raw: str, options: CleansingOptions) -> Cleaned:
    return clean_text(raw, options.rules.field_limit, False, options.rules.switched_off)


def _text(raw: str, options: CleansingOptions) -> Cleaned:
    return clean_text(raw, options.rules.text_limit, True, options.rules.switched_off)


def _phone(raw: str, options: CleansingOptions) -> Cleaned:
    rules = options.rules
    return clean_phone(raw, rules.region, rules.area_code, rules.switched_off)


def _email(raw: str, options: CleansingOptions) -> Cleaned:
    return clean_email(raw, options.rules.switched_off, options.rules.disposable)


def _date(raw: str, options: CleansingOptions) -> Cleaned:
    return clean_date(raw, options.rules.switched_off)


def _of_phone(cleaned: Cleaned) -> dict[str, Any]:
    details, more = cleaned.details, dict[str, Any]()
    if extension := details.get("extension"):
        more["phone_extension"] = extension
    if others := details.get("others"):
        more["phone_others"] = list(others)
    if mask := details.get("mask"):
        more["phone_masked"] = mask.pattern
    if details.get("wechat_same") and cleaned.value:
        more["wechat"] = cleaned.value.removeprefix("+86")
    return more


def _of_email(cleaned: Cleaned) -> dict[str, Any]:
    proposal = cleaned.details.get("proposal")
    return {"email_proposal": proposal} if proposal else {}


LINE, TEXT = Field(_line), Field(_text)
PHONE, EMAIL, DATE = Field(_phone, _of_phone), Field(_email, _of_email), Field(_date)

LEAD_FIELDS: dict[str, Field] = {
    "name": LINE,
    "phone": PHONE,
    "email": EMAIL,
    "birth_date": DATE,
    "region": LINE,
    "interest": LINE,
    "form": LINE,
    "message": TEXT,
}
_WORDS = dict.fromkeys(("title", "section", "product", "channel", "campaign", "feature", "module", "buyer"), LINE)
FIELDS_OF: dict[str, dict[str, Field]] = {
    "form_submitted": LEAD_FIELDS,
    "lead_updated": LEAD_FIELDS,
    "lead_imported": LEAD_FIELDS,
    "phone_changed": {"old": Field(_phone), "new": Field(_phone)},
    "contact_noted": {"topic": LINE, "note": TEXT},
    "followed_up": {"note": TEXT},
}
"""Fields by touchpoint type; a type that is not listed has `OTHER_FIELDS`."""
OTHER_FIELDS: dict[str, Field] = _WORDS
