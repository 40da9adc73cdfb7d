"""Whether a comparison, or its judgement, could matter: most records under one key are of two people.

The most that could be found is an upper bound of the score. Below the threshold of a question the verdict is
`DIFFERENT` whatever else is found, unless an identifier that links alone is the same. What is cheap to compare is
compared here, and the most is taken of the rest: so a crowd of one name in one district is told apart.
"""

import re
from bisect import bisect_right
from math import inf

from processors.cleansing.hanzi import is_han, reading
from processors.resolver.compare import EMPLOYERS, PLACES, Agreement, address_level, company_level, house_level, worth
from processors.resolver.glance import fits
from processors.resolver.likeness import (
    date_level,
    digits_level,
    email_level,
    may_have_typos,
    run_together,
    spoken,
)
from processors.resolver.profile import Phone, Profile
from processors.resolver.weights import Weights

_PLAIN = re.compile("[0-9\u3400-\u9fff]*")
_ROUNDING = 1e-6  # bits: the order of a sum
_DIFFER = 0
_BOUNDED = ("address", "company", "birth_date", "postcode")


def needed_bits(weights: Weights) -> float:
    """Return the bits of findings below which every verdict but of identifiers that link alone is `DIFFERENT`."""
    return min(weights.rules.review_from, weights.rules.same_from) - weights.prior - _ROUNDING


class Scale:
    """The most that findings are worth at one moment, whatever the values are."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.needed = needed_bits(weights)
        self.most = {field: max(0.0, weights.most(field)) for field in _BOUNDED}
        self.address, self.company, self.phone = map(self._levels, ("address", "company", "phone"))
        self.birth_date, self.email = map(self._levels, ("birth_date", "email"))
        self.names_differ = 2 * weights.bits(Agreement("name", _DIFFER))
        self.near_name = max(0.0, weights.most("name", but_last=True))
        self.mask_fits = weights.most("phone_masked")
        self.mask_differs = weights.bits(Agreement("phone_masked", _DIFFER))
        self.mask = max(0.0, self.mask_fits)
        self.contact = max(self.mask, weights.most("phone"))

    def but_same(self, field: str) -> float:
        """Return the most that a field adds where the values are not the same."""
        return max(0.0, self.weights.most(field, but_last=True))

    def _levels(self, field: str) -> tuple[float, ...]:
        """Return the most bits of each level of a field."""
        levels = range(len(self.weights.rules_of(field).same) - 1)
        return (*[self.weights.bits(Agreement(field, level)) for level in levels], self.weights.most(field))


class Prospects:
    """What a record may have in common with others."""

    def __init__(self, profile: Profile, scale: Scale) -> None:
        self._profile, self._scale = profile, scale
        self._sure = frozenset((*profile.made, *profile.accounts))
        self._special = bool(self._sure or profile.texts or profile.id_number or profile.email)
        self._most = sum([most for field, most in scale.most.items() if getattr(profile, field)])
        if profile.phones:
            self._most += inf if any(phone.verified for phone in profile.phones) else scale.contact
        elif profile.masks:
            self._most += scale.mask
        bits = scale.weights.bits
        self._named = sum([max(scale.near_name, bits(Agreement("name", 2, word))) for word in profile.name])
        chinese = len(profile.name) == 2 and is_han(profile.name[0]) and is_han(profile.name[1])
        self._heard = [spoken(word) for word in profile.name] if chinese else []
        self._address: frozenset[str] | None = None
        self._company: frozenset[str] | None = None

    def hopeless(self, other: Profile) -> bool:
        """Tell, from what is cheap, that two records will be judged to be different. Never wrong."""
        profile, scale = self._profile, self._scale
        if not (profile.name or other.name):
            return False
        bits = self._identifiers(other) - scale.needed if self._special else -scale.needed
        if profile.name and other.name:
            bits += scale.names_differ if self._differs(other.name) else self._named
        if bits + self._most < 0:
            return True
        if profile.phones or profile.masks:
            bits += self._numbers(other)
        if profile.birth_date and other.birth_date:
            bits += scale.birth_date[date_level(profile.birth_date, other.birth_date)]
        if profile.postcode and other.postcode:
            bits += scale.most["postcode"]
        if profile.company and other.company:
            bits += scale.company[self._company_level(other)]
        if profile.address and other.address and bits + scale.most["address"] >= 0:
            bits += scale.address[self._address_level(other)]
        if profile.email and other.email and bits >= 0:
            bits += scale.email[email_level(profile.email, other.email)] - scale.but_same("email")
        return bits < 0

    def _identifiers(self, other: Profile) -> float:
        """Return the most that identifiers add; without bound where one may be the same that links records alone."""
        profile, scale = self._profile, self._scale
        bits = 0.0
        if profile.email and other.email:
            bits += inf if profile.email == other.email else scale.but_same("email")
        if profile.id_number and other.id_number:
            same = profile.id_number == other.id_number
            bits += inf if same else scale.but_same("id_number") + scale.but_same("id_valid")
        for mine, theirs in ((profile.made, other.made), (profile.accounts, other.accounts)):
            if mine and theirs:
                bits += sum([scale.but_same(kind) for kind, _ in mine]) if self._sure.isdisjoint(theirs) else inf
        return inf if profile.texts and other.texts else bits

    def _differs(self, name: tuple[str, ...]) -> bool:
        """Tell for certain that both parts of two Chinese names differ; nearly all that do are seen at once."""
        mine = self._heard
        if not mine or len(name) != 2 or name == self._profile.name:
            return False
        given = reading(name[1])
        if given in mine or (surname := spoken(name[0])) in mine:
            return False
        if is_han(name[0]) or is_han(name[1]):
            return "".join(mine) != surname + given
        return not run_together("".join(mine), surname + given)

    def _numbers(self, other: Profile) -> float:
        """Return the most that telephone numbers may add; the same one may be verified, and links alone then."""
        profile, scale = self._profile, self._scale
        if profile.phones and other.phones:
            level = _phone_level(profile.phones, other.phones)
            return inf if level > 1 else scale.phone[level]
        if profile.masks and other.masks:
            return scale.mask
        if (profile.masks and other.phones) or (profile.phones and other.masks):
            return scale.mask_fits if fits(profile, other) or fits(other, profile) else scale.mask_differs
        return 0.0

    def _address_level(self, other: Profile) -> int:
        mine, theirs = self._profile.address, other.address
        if self._address is None:
            self._address = _plain(mine)
        if not self._address:
            return address_level(mine, theirs) if self._before(other) else address_level(theirs, mine)
        return house_level(_level(self._address, theirs, PLACES), mine, theirs)

    def _company_level(self, other: Profile) -> int:
        mine, theirs = self._profile.company, other.company
        if self._company is None:
            self._company = _plain(mine)
        if not self._company:
            return company_level(mine, theirs) if self._before(other) else company_level(theirs, mine)
        return _level(self._company, theirs, EMPLOYERS)

    def _before(self, other: Profile) -> bool:
        return self._profile.content <= other.content


def _phone_level(mine: tuple[Phone, ...], theirs: tuple[Phone, ...]) -> int:
    """Return how close numbers come at most, 2 where one is the other's end."""
    level = 0
    for one in mine:
        for two in theirs:
            if one.digits.endswith(two.digits) or two.digits.endswith(one.digits):
                return 2
            level = level or digits_level(one.digits, two.digits)
    return level


def _plain(words: tuple[str, ...]) -> frozenset[str]:
    """Return words as a set if each counts for one and none may be mistyped: numbers and Chinese; else nothing."""
    if _PLAIN.fullmatch("".join(words)) or not (any(map(may_have_typos, words)) or sum(map(worth, words)) < len(words)):
        return frozenset(words)
    return frozenset()


def _level(words: frozenset[str], theirs: tuple[str, ...], bounds: tuple[float, ...]) -> int:
    """Return the level of `shared_share` of plain words and others, whose words count for a half at least."""
    shared = len(words.intersection(theirs))
    if not shared:
        return 0
    least = bisect_right(bounds, shared / min(len(words), len(theirs)))
    if bisect_right(bounds, shared / min(len(words), (len(theirs) + shared) / 2)) == least:
        return least
    return bisect_right(bounds, shared / min(len(words), sum(map(worth, theirs))))
