"""A first look at two records that share a key: most share a name and nothing else that could be compared."""

from operator import ne

from processors.resolver.likeness import spoken
from processors.resolver.profile import Profile

_MOST_SLIPS = 2  # between two numbers that may be one: two digits swapped


def may_agree(left: Profile, right: Profile) -> bool:
    """Tell whether two records with one key in common have anything else in which they may agree."""
    if (
        (left.email and right.email)
        or (left.birth_date and right.birth_date)
        or (left.company and right.company)
        or (left.address and right.address)
        or (left.postcode and right.postcode)
        or (left.id_number and right.id_number)
        or (left.made and right.made)
        or (left.accounts and right.accounts)
    ):
        return True
    if left.masks or right.masks:
        return not (left.name and right.name) or not _spoken(left).isdisjoint(_spoken(right))
    return any(slips(one.digits, other.digits) <= _MOST_SLIPS for one in left.phones for other in right.phones)


def _spoken(profile: Profile) -> set[str]:
    return {spoken(word) for word in profile.name}


def fits(masked: Profile, numbered: Profile) -> bool:
    """Tell whether a mask of one record fits a number of another."""
    return any(mask.matches("+86" + phone.digits) for mask in masked.masks for phone in numbered.phones)


def slips(one: str, other: str) -> int:
    """Return in how many places two numbers differ; 0 where their lengths do, since then a digit may be missing."""
    return sum(map(ne, one, other)) if len(one) == len(other) else 0
