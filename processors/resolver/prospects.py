"""Whether a comparison, or its judgement, could matter: most records under one key are of two people.

The most that could be found is an upper bound of the score. Below the threshold of a question the verdict is
`DIFFERENT` whatever else is found, unless an identifier that links alone is the same.
"""

from math import inf

from processors.cleansing.hanzi import is_han, reading
from processors.resolver.compare import Agreement
from processors.resolver.glance import fits, slips
from processors.resolver.likeness import run_together, spoken
from processors.resolver.profile import Profile
from processors.resolver.weights import Weights

_ROUNDING = 1e-6  # bits: the order of a sum
_FAR = 2  # slips of two numbers of one length, more than which no comparison takes for a typo
_NAME, _PHONE, _MASK = Agreement("name", 0), Agreement("phone", 0), Agreement("phone_masked", 0)
_OTHERS = ("address", "company", "birth_date", "postcode", "email")


def needed_bits(weights: Weights) -> float:
    """Return the bits of findings below which every verdict but of identifiers that link alone is `DIFFERENT`."""
    return min(weights.rules.review_from, weights.rules.same_from) - weights.prior - _ROUNDING


class Prospects:
    """What a record may have in common with others; worth making for a record that has many beside it."""

    def __init__(self, profile: Profile, weights: Weights) -> None:
        self._profile, self._weights = profile, weights
        self._needed = needed_bits(weights)
        self._special = bool(
            profile.made or profile.accounts or profile.texts or profile.id_number or profile.email
            or any(phone.verified for phone in profile.phones)
        )  # fmt: skip
        self._rest = [(field, max(0.0, weights.most(field))) for field in _OTHERS if getattr(profile, field)]
        contact = ("phone_masked", "phone") if profile.phones else ("phone_masked",) if profile.masks else ()
        self._most = sum([bits for _, bits in self._rest]) + max((0.0, *map(weights.most, contact)))
        near = weights.most("name", but_last=True)
        self._named = sum([max(0.0, near, weights.bits(Agreement("name", 2, word))) for word in profile.name])
        chinese = len(profile.name) == 2 and all(map(is_han, profile.name))
        self._heard = [spoken(word) for word in profile.name] if chinese else []

    def hopeless(self, other: Profile) -> bool:
        """Tell, from the names and what is cheap, that two records will be judged to be different. Never wrong."""
        if (self._special and self._may_be_sure(other)) or not (self._profile.name or other.name):
            return False
        bits = 0.0
        if self._profile.name and other.name:
            bits = 2 * self._weights.bits(_NAME) if self._differs(other.name) else self._named
        if bits + self._most < self._needed:
            return True
        bits += sum([most for field, most in self._rest if getattr(other, field)])
        return bits + self._numbers(other) < self._needed

    def _may_be_sure(self, other: Profile) -> bool:
        """Tell whether an identifier may be the same that links two records alone, or keeps them apart."""
        profile = self._profile
        return bool(
            (profile.made and other.made)
            or (profile.accounts and other.accounts)
            or (profile.texts and other.texts)
            or (profile.id_number and other.id_number)
            or (profile.email and profile.email == other.email)
            or (profile.phones and other.phones)
        )

    def _differs(self, name: tuple[str, ...]) -> bool:
        """Tell for certain that both parts of two Chinese names differ; nearly all that do are seen at once."""
        mine = self._heard
        if not mine or len(name) != 2:
            return False
        given = reading(name[1])
        if given in mine or (surname := spoken(name[0])) in mine:
            return False
        return not run_together("".join(mine), surname + given)

    def _numbers(self, other: Profile) -> float:
        """Return the most that telephone numbers may add; nearly all pairs differ in too many places for a typo."""
        profile, weights = self._profile, self._weights
        if profile.phones and other.phones:
            pairs = [(one.digits, two.digits) for one in profile.phones for two in other.phones]
            if all(len(one) == len(two) and slips(one, two) > _FAR for one, two in pairs):
                return weights.bits(_PHONE)
            same = any(one.endswith(two) or two.endswith(one) for one, two in pairs)
            return inf if same else weights.most("phone", but_last=True)
        if profile.masks and other.masks:
            return max(0.0, weights.most("phone_masked"))
        if (profile.masks and other.phones) or (profile.phones and other.masks):
            return weights.most("phone_masked") if fits(profile, other) or fits(other, profile) else weights.bits(_MASK)
        return 0.0
