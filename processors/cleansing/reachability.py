"""How surely a lead can be reached, and which field would help most."""

from collections.abc import Collection, Mapping
from typing import Any, Literal, NamedTuple

from processors.cleansing.email import clean_email
from processors.cleansing.phone import is_normal_mobile, phone_alone

Grade = Literal["verified", "valid", "masked", "none"]
GRADES: tuple[Grade, ...] = ("verified", "valid", "masked", "none")
"""From the best to the worst."""

CHANNELS = ("phone", "email", "wechat", "qq", "douyin", "kuaishou")
"""Ways to reach a person, the best first."""
WANTED = (*CHANNELS, "name", "title", "company", "address")


class Reachability(NamedTuple):
    """A grade, the best channel that gives it (None for `none`), and the next best missing field (None: complete).

    `verified`: a channel that the person confirmed; `valid`: one that can be right; `masked`: only part of a phone
    number is known; `none`: no way to reach the person, however polished the rest is.
    """

    grade: Grade
    channel: str | None
    missing: str | None


def reachability(fields: Mapping[str, Any], verified: Collection[str] = ()) -> Reachability:
    """Return the reachability of a lead from its cleansed fields and the names of those that are verified."""
    usable = [channel for channel in CHANNELS if _usable(channel, fields.get(channel))]
    missing = next((field for field in WANTED if not (field in usable or _filled(field, fields))), None)
    for channel in usable:
        if channel in verified:
            return Reachability("verified", channel, missing)
    if usable:
        return Reachability("valid", usable[0], missing)
    if fields.get("phone_masked"):
        return Reachability("masked", "phone", missing)
    return Reachability("none", None, missing)


def grade(fields: Mapping[str, Any], verified: Collection[str] = ()) -> Grade:
    """Return the grade alone, which `reachability` gives too; it looks at no more fields than it must."""
    if any(_usable(channel, fields.get(channel)) for channel in CHANNELS if channel in verified):
        return "verified"
    if any(_usable(channel, fields.get(channel)) for channel in CHANNELS):
        return "valid"
    return "masked" if fields.get("phone_masked") else "none"


def _filled(field: str, fields: Mapping[str, Any]) -> bool:
    return field not in CHANNELS and bool(fields.get(field))


def _usable(channel: str, value: object) -> bool:
    """Tell whether a value is a way to a person: no service desk's number, no mailbox that is gone in ten minutes."""
    if not isinstance(value, str) or not value:
        return False
    if channel == "phone":
        if is_normal_mobile(value):
            return True
        cleaned = phone_alone(value)
        return cleaned.value is not None and cleaned.details.get("kind") != "service"
    if channel == "email":
        cleaned = clean_email(value)
        return cleaned.value is not None and not cleaned.details.get("disposable")
    return True
