"""Blocking keys of the event path: fewer than those of `blocking`, each so telling that few records share it.

A key is 8 bytes of a hash, since a library of a million leads holds ten million of them: two that fall together
cost a comparison, no more. A number is looked for among masks and a mask among numbers, so that two numbers that one
mask would fit are not compared because of that.
"""

from collections.abc import Iterator
from functools import cache, lru_cache
from hashlib import blake2b
from struct import Struct
from typing import NamedTuple

from processors.cleansing.email import standing
from processors.cleansing.gazetteer import places
from processors.cleansing.hanzi import is_han
from processors.cleansing.phone_mask import PhoneMask
from processors.cleansing.reference import words
from processors.resolver.blocking import sound
from processors.resolver.likeness import spoken
from processors.resolver.profile import Profile, national
from schemas.identity import IdKey

GRAMMAR = 2
"""Which keys there are. Raise it with a change: records that stand already are given theirs (`whetstone prepare`)."""

_HASH, _whole = blake2b(digest_size=8), Struct(">q").unpack
_HEAD, _TAIL, _LONG_HEAD = 3, 4, 7
SHARED_FIELDS = frozenset({"phone", "phone_verified", "email", "device", "wechat", "qq", "douyin", "kuaishou"})
"""Fields whose values many may share: their records can be found by the value alone, see `value_key`."""


class Keys(NamedTuple):
    """Under which keys a record is kept, and under which it looks for others."""

    kept: tuple[int, ...]
    looked: tuple[int, ...]


def live_keys(profile: Profile) -> Keys:
    """Return the keys of a record."""
    full = _full_name(profile.name)
    both = [_hashed(key) for key in _both(profile, full)]
    numbers, masks = list(_numbers(profile, full)), [mask_key(mask) for mask in profile.masks]
    masks += [f"3{mask.ends[0][:_HEAD]}{full}" for mask in profile.masks if full and len(mask.ends[0]) >= _HEAD]
    both += [_hashed(_number(digits)) for digits in profile.changed_hands]
    kept = [*both, *[_hashed("N" + key) for key in numbers], *[_hashed("M" + key) for key in masks if key]]
    looked = [*both, *[_hashed("M" + key) for key in numbers], *[_hashed("N" + key) for key in masks if key]]
    return Keys(tuple(dict.fromkeys(kept)), tuple(dict.fromkeys(looked)))


@lru_cache(8_192)
def value_key(field: str, value: str) -> int | None:
    """Return the key under which all records are that hold a value many may share; None for other fields."""
    match field:
        case "phone" | "phone_verified":
            return _hashed(_number(value))
        case "email":
            return _hashed("@" + value)
        case "device" | "wechat" | "qq" | "douyin" | "kuaishou":
            return _hashed(f"{field}:{value}")
        case _:
            return None


def named(key: IdKey) -> str:
    """Return an identifier as it stands in what ties two leads, its value as profiles have it: `<field>:<value>`."""
    value = national(key.value) if key.kind == "phone" else standing(key.value)[0] if key.kind == "email" else key.value
    return f"{key.kind}:{value}"


def named_values(value: str) -> list[tuple[str, str]]:
    """Return field and value of the identifiers (see `named`) in the value of a tie."""
    return [(field, rest) for line in value.split("\n") for field, _, rest in [line.partition(":")]]


def keys_named(value: str) -> list[int]:
    """Return the keys under which all records are that hold one of the identifiers in the value of a tie."""
    return [key for each in named_values(value) if (key := value_key(*each)) is not None]


@lru_cache(8_192)
def numbers_key(mask: PhoneMask) -> int | None:
    """Return the key under which all numbers are that a mask may fit, None where no key holds them all."""
    key = mask_key(mask)
    return _hashed("N" + key) if key else None


def mask_key(mask: PhoneMask) -> str:
    """Return what a mask shows at both ends, or a long beginning; empty where it shows less."""
    head, tail = mask.ends
    head = head.removeprefix("0")
    if len(head) >= _HEAD and len(tail) >= _TAIL:
        return f"e{head[:_HEAD]}{tail[-_TAIL:]}"
    return f"h{head[:_LONG_HEAD]}" if len(head) >= _LONG_HEAD else ""


def _numbers(profile: Profile, full: str) -> Iterator[str]:
    for phone in profile.phones:
        yield f"e{phone.digits[:_HEAD]}{phone.digits[-_TAIL:]}"
        yield f"h{phone.digits[:_LONG_HEAD]}"
        if full:
            yield f"3{phone.digits[:_HEAD]}{full}"


def _both(profile: Profile, full: str) -> Iterator[str]:
    for phone in profile.phones:
        yield _number(phone.digits)
        if full:
            yield f"7{phone.digits[:_LONG_HEAD]}{full}"
            yield f"4{phone.digits[-_TAIL:]}{full}"
    for mask in profile.masks:
        _, tail = mask.ends
        if full and len(tail) >= _TAIL:
            yield f"4{tail[-_TAIL:]}{full}"
    if profile.email:
        local, _, host = profile.email.partition("@")
        yield "@" + profile.email
        if len(local) > 5:
            yield "l" + local
        yield f"s{''.join(sorted(filter(str.isalnum, profile.email)))}"
        if host not in words("email_domains"):
            yield from (f"g{host[:3]}{sound(spoken(word))}" for word in profile.name)
    if profile.id_number:
        yield "i" + profile.id_number
    for kind, value in (*profile.made, *profile.accounts):
        yield f"{kind}:{value}"
    yield from _of_people(profile, full)


def _of_people(profile: Profile, full: str) -> Iterator[str]:
    date = profile.birth_date
    if date and full:
        yield f"y{date[:4]}{full}"
        yield f"m{date[4:]}{full}"
    if date and profile.name:
        initials = sorted(spoken(word)[:1] for word in profile.name)
        yield f"d{date}{''.join(initials)}"
        if full:  # a part of the name alone, or one mistyped at its beginning
            yield from (f"d{date}{each}" for each in initials)
    if date and profile.email:
        yield f"b{date}{profile.email[:1]}"
    if profile.company:
        yield f"w{_brand(profile.company, named=full != '')}:{full}"
    if profile.postcode:
        yield from (f"c{profile.postcode}{spoken(word)[:3]}" for word in profile.name)
    if full:
        for token in _places(profile.address):
            yield f"a{token}:{full}"
        if profile.postcode:
            yield f"z{profile.postcode}:{full}"
    if profile.address:
        yield from _houses(profile.address)


def _houses(address: tuple[str, ...]) -> Iterator[str]:
    """Yield the key of an address that says a house, or a room of one, whoever is named there.

    One number alone is a house in an address of Latin letters, in a Chinese one a block of flats.
    """
    numbers = [token for token in address if token.isdigit()]
    if len(numbers) > 1:
        yield f"n{'-'.join(numbers[:4])}:{address[min(2, len(address) - 1)]}"
    elif numbers and (street := next((word for word in address if word.isascii() and len(word) > _HEAD), "")):
        yield f"n{numbers[0]}:{street}"


@lru_cache(8_192)
def _brand(company: tuple[str, ...], *, named: bool) -> str:
    """Return what a company goes by: of a Chinese name two characters behind its places, four where nobody is named."""
    if not is_han(company[0]):
        return company[0]
    name = "".join([pair[0] for pair in company]) + company[-1][-1]
    while place := next((name[:size] for size in (4, 3, 2) if len(name) > size + 1 and name[:size] in _regions()), ""):
        name = name[len(place) :]
    return name[: 2 if named else 4]


@cache
def _regions() -> frozenset[str]:
    return places() | {"中国"}


def _places(address: tuple[str, ...]) -> tuple[str, ...]:
    """Return the district, or of an address without one its longest words."""
    if len(address) > 2 and address[2].endswith(("区", "县", "市", "旗")):
        return address[2:3]
    return tuple(sorted((word for word in address if not word.isdigit()), key=lambda word: (-len(word), word))[:2])


def _number(digits: str) -> str:
    """Return the key of a number: its end, since some lack the country code; whole where an extension is its end."""
    return "p" + (digits if ";" in digits else digits[-10:])


def _full_name(name: tuple[str, ...]) -> str:
    """Return how a whole name is read, whatever the order of its parts; empty for a part of one."""
    return " ".join(sorted([spoken(word) for word in name])) if len(name) > 1 else ""


def _hashed(key: str) -> int:
    digest = _HASH.copy()  # half the cost of a new one
    digest.update(key.encode("utf-8", "surrogatepass"))
    return int(_whole(digest.digest())[0])
