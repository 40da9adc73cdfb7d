"""Refusals inside decoding, and the checks of a JSON value as a whole: depth, numbers, NUL characters."""

from math import isfinite
from typing import Any, NoReturn

from schemas.outcome import Reason, Refusal

DEEPEST = 16
SCALARS = frozenset((str, int, bool, type(None)))
LONGEST_KEY = 64  # characters of a key that a pointer shows


class Refused(Exception):
    """Carries a refusal out of a step of decoding; never leaves `processors.decode`."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def fail(reason: Reason, pointer: str, message: str) -> NoReturn:
    """Refuse: raises Refused. `message` says what would be right, never what stood there."""
    raise Refused(Refusal(reason, pointer, message))


def step_into(pointer: str, key: object) -> str:
    """Return the JSON pointer (RFC 6901) of a member of what `pointer` points to."""
    return f"{pointer}/{str(key)[:LONGEST_KEY].replace('~', '~0').replace('/', '~1')}"


def check_json(value: Any, pointer: str = "", depth: int = 1) -> None:
    """Refuse a value that nests more than 16 levels deep or holds what JSON cannot: NaN, infinity, other types."""
    if depth > DEEPEST:
        fail("too_deep", pointer, f"at most {DEEPEST} levels of nesting")
    members = value.items() if type(value) is dict else enumerate(value)
    for key, member in members:
        kind = type(member)
        if kind in SCALARS or (kind is float and isfinite(member)):
            continue
        if kind is not dict and kind is not list:
            fail("bad_field", step_into(pointer, key), "a JSON value; numbers must be finite")
        check_json(member, step_into(pointer, key), depth + 1)


def deeper_than(value: Any, levels: int) -> bool:
    """Return whether a JSON value nests more than so many levels deep."""
    members = value.values() if type(value) is dict else value
    for member in members:
        kind = type(member)
        if (kind is dict or kind is list) and (levels == 1 or deeper_than(member, levels - 1)):
            return True
    return False


def without_nul(value: Any) -> Any:
    """Return a JSON value without NUL characters: they mean nothing and no database takes them."""
    if type(value) is str:
        return value.replace("\x00", "")
    if type(value) is dict:
        return {key.replace("\x00", ""): without_nul(member) for key, member in value.items()}
    return [without_nul(member) for member in value] if type(value) is list else value
