"""What is compared of a record: every field in the form in which it can agree with another."""

import re
import unicodedata
from collections.abc import Mapping
from hashlib import blake2b
from itertools import pairwise

import msgspec

from processors.cleansing.address import parse_address
from processors.cleansing.company import clean_company
from processors.cleansing.email import clean_email
from processors.cleansing.hanzi import is_han, simplified
from processors.cleansing.id_number import clean_id_number
from processors.cleansing.name import clean_name
from processors.cleansing.phone import masks_of, phone_alone
from processors.cleansing.phone_mask import PhoneMask
from processors.cleansing.social import clean_social
from processors.cleansing.surname import surname_of
from processors.cleansing.when import clean_date

ACCOUNTS = ("wechat", "qq", "douyin", "kuaishou")
MADE_IDS = ("wechat_unionid", "wechat_openid", "customer", "device")
FIELDS = (
    "name", "phone", "email", *ACCOUNTS, "company", "title", "address", "birth_date", "id_number", "postcode",
    "region", "interest", *MADE_IDS,
)  # fmt: skip
"""What a record may hold besides `crm:<system>` and `extra.<anything>`."""
_WORD = re.compile(r"[^\W\d_]+|\d+")
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "prof", "sir", "madam"})
_PLACE = re.compile(r"\d+(?:st|nd|rd|th)\b|[^\W\d_]+|\d+")
_ORDERED = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
ORDINALS = {word: f"{number}{_ENDINGS.get(number, 'th')}" for number, word in enumerate(_ORDERED.split(), start=1)}
_LEGAL = frozenset({"ltd", "limited", "inc", "llc", "co", "corp", "corporation", "company", "gmbh", "plc", "pty"})
_DIGITS = re.compile(r"\d+")
_UNIT = re.compile(r"[\d０-９a-zA-Z]+|[\u3400-\u9fff]")


CHANGED = "~"
"""Begins the name of a text that is a number which changed hands; it is compared with nothing."""


class Phone(msgspec.Struct, frozen=True, gc=False):
    """A number: its national digits in mainland China, else those of E.164, or as they stood if no plan knows them.

    `period`: how often it had been given up before (see `holdings`).
    """

    digits: str
    verified: bool = False
    period: int = 0


def national(e164: str) -> str:
    """Return a number as `Phone.digits` has it."""
    return e164.removeprefix("+86").lstrip("+")


class Profile(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One record in comparable form. Empty: nothing is known. `content` is the hash of all the rest.

    `email_sure`: the address is well formed and of one person, not of an office or thrown away after use.
    """

    content: str = ""
    name: tuple[str, ...] = ()
    phones: tuple[Phone, ...] = ()
    masks: tuple[PhoneMask, ...] = ()
    email: str = ""
    email_sure: bool = False
    birth_date: str = ""
    address: tuple[str, ...] = ()
    postcode: str = ""
    company: tuple[str, ...] = ()
    id_number: str = ""
    id_valid: bool = False
    made: tuple[tuple[str, str], ...] = ()
    accounts: tuple[tuple[str, str], ...] = ()
    texts: tuple[tuple[str, str], ...] = ()

    @property
    def changed_hands(self) -> tuple[str, ...]:
        """The numbers (as `Phone.digits`) that changed hands at the moment of the record; nearly always none."""
        return tuple([value for name, value in self.texts if name.startswith(CHANGED)]) if self.texts else ()

    @property
    def called(self) -> tuple[str, ...]:
        """The parts of what the record is called: a person's name, or the company's where there is no person."""
        return self.name or self.company


def profile_of(fields: Mapping[str, str], region: str = "CN", verified: bool = False) -> Profile:
    """Return the comparable form of a record's fields (see `FIELDS`). Never raises; what is unusable is left out.

    `region` is the country of phone numbers without a country code; `verified` says that the phone was confirmed.
    """
    given = {name: value.strip() for name, value in fields.items() if value and value.strip()}
    phones, masks = _phones(given.get("phone", ""), region, verified)
    email = clean_email(given.get("email", ""))
    id_number = given.get("id_number", "")
    valid = clean_id_number(id_number).value if id_number else None
    profile = Profile(
        name=name_tokens(given.get("name", "")),
        phones=phones,
        masks=masks,
        email=email.details.get("mailbox") or _mistyped(given.get("email", "")),
        email_sure=not (email.value is None or email.details.get("role") or email.details.get("disposable")),
        birth_date=_birth_date(given.get("birth_date", "")),
        address=address_tokens(given.get("address", "")),
        postcode=_plain(given.get("postcode", "")),
        company=_company(given.get("company", "")),
        id_number=valid or _plain(id_number),
        id_valid=valid is not None,
        made=tuple(sorted((k, v) for k, v in given.items() if k in MADE_IDS or k.startswith("crm:"))),
        accounts=tuple(
            sorted((k, clean_social(k, given[k]).value or _plain(given[k])) for k in ACCOUNTS if k in given)
        ),
        texts=_texts(given),
    )
    return sealed(profile)


def sealed(profile: Profile) -> Profile:
    """Return a record with the hash of what it holds."""
    bare = msgspec.structs.replace(profile, content="")
    digest = blake2b(msgspec.msgpack.encode(bare), digest_size=12).hexdigest()
    return msgspec.structs.replace(profile, content=digest)


def folded(text: str) -> str:
    """Return a text for comparison: one width, lower case, accents off, simplified characters."""
    flat = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text)).casefold()
    return simplified("".join(char for char in flat if not unicodedata.combining(char)))


def name_tokens(raw: str) -> tuple[str, ...]:
    """Return the parts of a name: words of a Latin one, surname and given name of a Chinese one."""
    if not raw:
        return ()
    if is_han(raw):
        cleaned = clean_name(raw)
        name = simplified(cleaned.value or "").replace("·", "")
        surname = str(cleaned.details.get("surname") or surname_of(name) or "")
        parts = (surname, name.removeprefix(surname)) if surname and name.startswith(surname) else (name,)
        return tuple(part for part in parts if part.strip("*＊某"))
    words = _WORD.findall(re.sub(r"(?<=\w)['’`](?=\w)", "", folded(raw)))
    kept = [word for word in words if word not in _TITLES]
    return tuple(kept or words)


def address_tokens(raw: str) -> tuple[str, ...]:
    """Return an address' divisions, words and numbers; the Chinese rest as pairs of characters."""
    if not raw:
        return ()
    if not is_han(raw):
        return tuple(dict.fromkeys(_places(folded(raw))))
    found = parse_address(simplified(raw))
    divisions = [part for part in (found.province, found.city, found.district) if part]
    units = _UNIT.findall(found.remainder)
    pairs = [left + right for left, right in pairwise(units) if not (left + right).isascii()]
    return tuple(dict.fromkeys([*divisions, *pairs, *(unit for unit in units if unit.isascii())]))


def _places(text: str) -> list[str]:
    """Return the words of a Latin address, ordinals in figures: seventh is 7th. They number streets, not houses."""
    words = _PLACE.findall(re.sub(r"(?<=\w)['’`](?=\w)", "", text))
    return [ORDINALS.get(word, word) for word in words]


def _phones(raw: str, region: str, verified: bool) -> tuple[tuple[Phone, ...], tuple[PhoneMask, ...]]:
    if not raw:
        return (), ()
    cleaned = phone_alone(raw, region)
    masks = masks_of(cleaned)
    numbers = [cleaned.value, *cleaned.details.get("others", ())] if cleaned.value else []
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", raw)).lstrip("0")
    if not numbers and not masks and 7 <= len(digits) <= 15 and len(set(digits)) > 2:
        numbers = [digits]
    phones = tuple(Phone(digits, verified) for digits in sorted({national(number) for number in numbers}))
    return phones, masks


def _mistyped(raw: str) -> str:
    """Return an address that is none for certain, so that the right one may still be found near."""
    text = "".join(raw.split()).casefold()
    telling = (len(text) >= 6 and "@" in text) or (len(text) >= 8 and "." in text)
    return text[:200] if telling else ""


def _birth_date(raw: str) -> str:
    """Return eight digits, also of a date that does not exist (a typo), or what digits there are."""
    if not raw:
        return ""
    value = clean_date(raw).value
    if value:
        return value.replace("-", "")
    parts = _DIGITS.findall(raw)
    if len(parts) == 3 and len(parts[0]) == 4:
        parts[1:] = [part.zfill(2) for part in parts[1:]]  # 1967-2-30 is near 1967-02-20
    return "".join(parts)[:8]


def _company(raw: str) -> tuple[str, ...]:
    if not raw:
        return ()
    cleaned = clean_company(raw)
    value = cleaned.value or raw
    if is_han(value):
        value = str(cleaned.details.get("key") or value)
        return tuple(dict.fromkeys(left + right for left, right in pairwise(value)))
    words = list(dict.fromkeys(_WORD.findall(re.sub(r"(?<=\w)['’`](?=\w)", "", folded(value)))))
    return tuple([word for word in words if word not in _LEGAL] or words)


def _plain(raw: str) -> str:
    return "".join(char for char in folded(raw) if char.isalnum())


def _texts(given: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    extras = (
        (name, " ".join(_WORD.findall(folded(value))))
        for name, value in given.items()
        if name.startswith("extra.") or name in ("region", "title", "interest")
    )
    return tuple(sorted((name, value) for name, value in extras if value))
