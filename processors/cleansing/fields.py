"""Which rule cleanses which field, and which further fields its details become."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from processors.cleansing.address import clean_address
from processors.cleansing.base import Cleaned, settled
from processors.cleansing.company import clean_company
from processors.cleansing.email import clean_email
from processors.cleansing.id_number import LEAST_KEY, NO_KEY, clean_id_number, hashed
from processors.cleansing.location import clean_location, split_location
from processors.cleansing.name import name_alone
from processors.cleansing.options import CleansingOptions
from processors.cleansing.phone import GONE, masks_of, phone_alone
from processors.cleansing.phone_plan import operator_of
from processors.cleansing.postcode import clean_postcode
from processors.cleansing.social import clean_social
from processors.cleansing.text import clean_text
from processors.cleansing.title import clean_title
from processors.cleansing.when import clean_birth_date

LOCATION = "address.location"
SAME_AS_PHONE = "same_as_phone"
"""Set while a record is cleansed: its WeChat field says that the id is the phone number."""

CONTACT_MASKED = "contact_phone_masked"
"""Set while a record is cleansed: the masked number of whom its address names."""

CONTACT_EXTENSION = "contact_phone_extension"
"""Set while a record is cleansed: the extension of the number of whom its address names."""

Clean = Callable[[str, CleansingOptions], Cleaned]
Spread = Callable[[Cleaned, CleansingOptions], Mapping[str, Any]]


class Field(NamedTuple):
    """How one field is cleansed.

    `spread` gives further fields, which never replace a value that was given. `secret`: notes carry no raw value.
    `line`: nothing but a text of one line, which is nearly always clean as it comes.
    """

    clean: Clean
    spread: Spread | None = None
    secret: bool = False
    line: bool = False


def _line(raw: str, options: CleansingOptions) -> Cleaned:
    return clean_text(raw, options.rules.field_limit, False, options.rules.switched_off)


def _text(raw: str, options: CleansingOptions) -> Cleaned:
    return clean_text(raw, options.rules.text_limit, True, options.rules.switched_off)


def _phone(raw: str, options: CleansingOptions) -> Cleaned:
    rules = options.rules
    return phone_alone(raw, rules.region, rules.area_code, rules.switched_off)


def _former_phone(raw: str, options: CleansingOptions) -> Cleaned:
    rules = options.rules
    return phone_alone(raw, rules.region, rules.area_code, rules.switched_off | {GONE})


def _email(raw: str, options: CleansingOptions) -> Cleaned:
    return clean_email(raw, options.rules.switched_off, options.rules.disposable)


def _company(raw: str, options: CleansingOptions) -> Cleaned:
    rules = options.rules
    return clean_company(raw, rules.field_limit, rules.switched_off, rules.company_short_names)


def _address(raw: str, options: CleansingOptions) -> Cleaned:
    return settled(lambda text: _address_once(text, options), raw)  # what stood between two numbers may go


def _address_once(raw: str, options: CleansingOptions) -> Cleaned:
    off = options.rules.switched_off
    text, coordinates = (raw, "") if LOCATION in off else split_location(raw)
    cleaned = clean_address(text, 2 * options.rules.field_limit, off)
    if not coordinates:
        return cleaned
    return Cleaned(raw, cleaned.value, (LOCATION, *cleaned.notes), {**cleaned.details, "location": coordinates})


def _location(raw: str, options: CleansingOptions) -> Cleaned:
    return clean_location(raw, options.rules.datum, options.rules.switched_off)


def _id_number(raw: str, options: CleansingOptions) -> Cleaned:
    """Cleanse an identity number and put its hash in its place; without a key no value remains."""
    cleaned = clean_id_number(raw, options.rules.switched_off)
    if cleaned.value is None:
        return cleaned
    if len(options.id_number_key) < LEAST_KEY and not cleaned.value.startswith("id1-"):
        return Cleaned(raw, None, (*cleaned.notes, NO_KEY), cleaned.details)
    return Cleaned(raw, hashed(cleaned.value, options.id_number_key), cleaned.notes, cleaned.details)


def _social(kind: str) -> Field:
    return Field(lambda raw, options: clean_social(kind, raw, options.rules.switched_off), _of_social)


def _of_social(cleaned: Cleaned, options: CleansingOptions) -> dict[str, Any]:
    same = {SAME_AS_PHONE: True} if cleaned.details.get("same_as_phone") else {}
    return same | _beside(cleaned, options)


def _of_phone(cleaned: Cleaned, options: CleansingOptions) -> dict[str, Any]:
    details, more = cleaned.details, dict[str, Any]()
    if extension := details.get("extension"):
        more["phone_extension"] = extension
    if others := details.get("others"):
        more["phone_others"] = list(others)
        if extensions := details.get("other_extensions"):
            more["phone_other_extensions"] = dict(extensions)
    if masked := _masked(cleaned):
        more["phone_masked"] = masked
    if details.get("wechat_same") and cleaned.value and _is_mainland_mobile(cleaned.value, details):
        more["wechat"] = cleaned.value.removeprefix("+86")
    return more | _channels(details, options)


def _masked(cleaned: Cleaned) -> str:
    """Return the masked numbers of a phone field as a text in which `find_masks` finds them again."""
    return "; ".join([mask.pattern for mask in masks_of(cleaned)])


def _channels(details: Mapping[str, Any], options: CleansingOptions) -> dict[str, Any]:
    """Return the WeChat and QQ ids and the e-mail address that stood beside a value, and what that address tells."""
    found: dict[str, Any] = dict(details.get("channels", {}))
    return found | _of_email(_email(found["email"], options), options) if "email" in found else found


def _is_mainland_mobile(e164: str, details: Mapping[str, Any]) -> bool:
    return details["kind"] == "mobile" and details["country"] == "CN" and operator_of(e164[3:8]) is not None


def _of_email(cleaned: Cleaned, options: CleansingOptions) -> dict[str, Any]:
    proposal = cleaned.details.get("proposal")
    return ({"email_proposal": proposal} if proposal else {}) | _beside(cleaned, options)


def _of_name(cleaned: Cleaned, options: CleansingOptions) -> dict[str, Any]:
    details, more = cleaned.details, dict[str, Any]()
    if honorific := details.get("honorific"):
        more["salutation"] = honorific
    for name in ("title", "gender", "birth_date"):
        if name in details:
            more[name] = details[name]
    if (firm := details.get("company")) and (company := _company(firm, options).value):
        more["company"] = company
    return more | _channels(details, options) | _beside(cleaned, options)


def cleansed_name(raw: str, options: CleansingOptions) -> dict[str, Any]:
    """Return the fields that the name of a person becomes, `name` among them."""
    named = name_alone(raw, options.rules.switched_off)
    return _of_name(named, options) | ({"name": named.value} if named.value else {})


def _of_company(cleaned: Cleaned, options: CleansingOptions) -> dict[str, Any]:
    more = _channels(cleaned.details, options) | _beside(cleaned, options)
    if person := cleaned.details.get("person"):
        more |= cleansed_name(person, options)
    return more


def _beside(cleaned: Cleaned, options: CleansingOptions) -> dict[str, Any]:
    """Return what a phone number tells that stood beside a name."""
    if "phone" not in cleaned.details:
        return {}
    found = _phone(cleaned.details["phone"], options)
    return _of_phone(found, options) | ({"phone": found.value} if found.value else {})


def _of_address(cleaned: Cleaned, options: CleansingOptions) -> dict[str, Any]:
    address, contact = cleaned.details.get("address"), cleaned.details.get("contact")
    more: dict[str, Any] = {}
    if address is not None:
        parts = {name: getattr(address, name) for name in ("province", "city", "district", "street", "adcode")}
        more = {name: value for name, value in parts.items() if value}
    if (coordinates := cleaned.details.get("location")) and (place := _location(coordinates, options).value):
        more["location"] = place
    if contact is not None:
        phone = _phone(contact.phone, options)
        if masked := _masked(phone):
            more[CONTACT_MASKED] = masked
        if extension := phone.details.get("extension"):
            more[CONTACT_EXTENSION] = extension
        given = {
            "contact_name": name_alone(contact.name, options.rules.switched_off).value,
            "contact_phone": phone.value,
            "postcode": contact.postcode,
        }
        more |= {name: value for name, value in given.items() if value}
        if contact.id_number:
            found = _id_number(contact.id_number, options)
            more |= _of_id_number(found, options) | ({"id_number": found.value} if found.value else {})
    return more


def _of_id_number(cleaned: Cleaned, options: CleansingOptions) -> dict[str, Any]:
    details = cleaned.details
    found = {"id_number_masked": "masked", "birth_date": "birth_date", "gender": "gender"}
    return {name: details[key] for name, key in found.items() if key in details}


LINE, TEXT = Field(_line, line=True), Field(_text)
PHONE, EMAIL = Field(_phone, _of_phone), Field(_email, _of_email)

LEAD_FIELDS: dict[str, Field] = {
    "name": Field(lambda raw, options: name_alone(raw, options.rules.switched_off), _of_name),
    "phone": PHONE,
    "email": EMAIL,
    "wechat": _social("wechat"),
    "qq": _social("qq"),
    "douyin": _social("douyin"),
    "kuaishou": _social("kuaishou"),
    "company": Field(_company, _of_company),
    "title": Field(lambda raw, options: clean_title(raw, options.rules.switched_off)),
    "address": Field(_address, _of_address),
    "birth_date": Field(lambda raw, options: clean_birth_date(raw, options.rules.switched_off)),
    "id_number": Field(_id_number, _of_id_number, secret=True),
    "postcode": Field(lambda raw, options: clean_postcode(raw, options.rules.switched_off)),
    "location": Field(_location),
    "region": LINE,
    "interest": LINE,
    "form": LINE,
    "message": TEXT,
}
FIELDS_OF: dict[str, dict[str, Field]] = {
    "form_submitted": LEAD_FIELDS,
    "lead_updated": LEAD_FIELDS,
    "lead_imported": LEAD_FIELDS,
    "phone_changed": {"old": Field(_former_phone), "new": Field(_phone)},
    "contact_noted": {"topic": LINE, "note": TEXT},
    "followed_up": {"note": TEXT},
    "company_changed": {"company": Field(_company)},
    "tender_published": {"buyer": Field(_company), "title": LINE},
    "deal_updated": {"segment": LINE},
    "account_profiled": {"industry": LINE},
}
"""Fields by touchpoint type; a type that is not listed has `OTHER_FIELDS`."""
OTHER_FIELDS: dict[str, Field] = dict.fromkeys(("title", "section", "product", "channel", "campaign", "module"), LINE)
