"""Identifiers of people in normal form: what two touchpoints must share to be about the same person."""

import re
from functools import lru_cache

from processors.cleansing.base import ALL_ON, CACHED
from processors.cleansing.fields import LEAD_FIELDS
from processors.cleansing.options import CleansingOptions
from processors.cleansing.phone import is_normal_mobile
from processors.cleansing.social import clean_social, is_filler
from processors.cleansing.text import clean_text, says_nothing
from schemas.identity import IdKey

_LONGEST = 200
_EXTENSION = ";ext="  # as RFC 3966 writes it
_PROXIED = 3  # digits of an extension that a platform gives out; one or two are more often a slip
_MADE_BY_PROGRAM = re.compile(r"[!-~]{2,200}")


def cleanse_identifier(kind: str, value: str, options: CleansingOptions) -> IdKey | None:
    """Return an identifier's normal form, None when it is unusable.

    A phone is a valid number in E.164 form (a masked or invalid one identifies nobody), a mobile one that a platform
    lends with its extension (`+8618412345678;ext=1234`), an e-mail address its normal form, an identity number its
    hash (None without a key). Ids of networks are in their normal form; ids that programs made (`wechat_unionid`,
    `device`, `crm:…`) are trimmed, their case is kept, at most 200 characters.
    """
    if kind == "phone" and is_normal_mobile(value):
        return IdKey(kind, value)
    match kind:
        case "phone":
            normal = _number(value, options)
        case "email" | "id_number":
            normal = LEAD_FIELDS[kind].clean(value, options).value
        case "wechat" | "qq":
            normal = clean_social(kind, value, ALL_ON).value
        case "douyin" | "kuaishou":
            plain = _plain(value)
            normal = None if not plain or is_filler(plain) else clean_social(kind, plain, ALL_ON).value or plain
        case _:
            normal = _plain(value)
    return None if normal is None else IdKey(kind, normal)


def _number(value: str, options: CleansingOptions) -> str | None:
    """Return a number; with the extension where that, on a mobile one, tells the people whom a platform hides."""
    cleaned = LEAD_FIELDS["phone"].clean(value.replace(_EXTENSION, "转"), options)
    extension = str(cleaned.details.get("extension", ""))
    proxy = len(extension) >= _PROXIED and cleaned.value is not None and cleaned.details["kind"] == "mobile"
    return f"{cleaned.value}{_EXTENSION}{extension}" if proxy else cleaned.value


@lru_cache(CACHED)
def _plain(value: str) -> str | None:
    """Return a trimmed identifier; one that is too long is refused, since cutting it could make two people one."""
    if _MADE_BY_PROGRAM.fullmatch(value):
        return None if says_nothing(value) else value
    cleaned = clean_text(value, len(value) + 1)
    return cleaned.value if cleaned.value and len(cleaned.value) <= _LONGEST else None
