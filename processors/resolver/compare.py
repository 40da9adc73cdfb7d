"""Compare two records field by field. What comes out depends on the two alone, never on what else is known."""

from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from processors.cleansing.hanzi import is_han
from processors.cleansing.phone_plan import is_line_here
from processors.cleansing.surname import surname_of
from processors.resolver import likeness
from processors.resolver.profile import CHANGED, Profile

PLACES = (0.2, 0.45, 0.7, 0.9)  # shares of an address where the levels begin
EMPLOYERS = PLACES[1:]  # of a company
BOTH_MASKED = "*"
_OTHER_HOUSE = 2  # the closest that two addresses are whose numbers all differ, or of which none is a house's
_SAME_TOWN = 1  # the closest where nothing but divisions agrees: millions live there
_DIVISIONS = ("省", "市", "区", "县", "旗", "州", "盟")


class Agreement(NamedTuple):
    """One finding: a field (`extra.<anything>` is one of its own), its level, the value if both have the same."""

    field: str
    level: int
    value: str = ""


Comparison = tuple[Agreement, ...]


@lru_cache(65_536)
def worth(word: str) -> float:
    """Return what a word of an address counts: numbers and long words tell more."""
    return 1.0 if word.isdigit() or len(word) > 4 or not word.isascii() else 0.5


def compare(left: Profile, right: Profile) -> Comparison:
    """Return what agrees and what differs between two records; what one of them lacks says nothing."""
    if right.content < left.content:
        left, right = right, left
    return tuple(_findings(left, right))


def _findings(left: Profile, right: Profile) -> Iterator[Agreement]:
    people = bool(left.name), bool(right.name)
    if people[0] == people[1] and not _are_parts(
        left, right
    ):  # where nobody is named, what the company is called is compared word by word
        field = "surname" if _surname_only(left) or _surname_only(right) else "name" if all(people) else "called"
        for level, token in likeness.name_levels(left.called, right.called):
            yield Agreement(field, level, token if level else "")
    if left.birth_date and right.birth_date:
        level = likeness.date_level(left.birth_date, right.birth_date)
        yield Agreement("birth_date", level, left.birth_date if level == 3 else "")
    if left.address and right.address:
        yield Agreement("address", address_level(left.address, right.address))
    if left.postcode and right.postcode:
        yield Agreement("postcode", likeness.digits_level(left.postcode, right.postcode), left.postcode)
    if left.company and right.company and any(people):
        level = company_level(left.company, right.company)
        yield Agreement("company", level, " ".join(left.company) if level == 3 else "")
    yield from _contacts(left, right)
    yield from _ids(left, right)
    others = dict(right.texts)
    for name, value in left.texts:
        if name in others and not name.startswith(CHANGED):
            level = likeness.text_level(value, others[name])
            yield Agreement(name, level, value if level == 2 else "")


def address_level(left: tuple[str, ...], right: tuple[str, ...]) -> int:
    """Compare the words of two addresses; those of the record with the lesser content are `left`."""
    return house_level(bisect_right(PLACES, likeness.shared_share(left, right, worth)), left, right)


def house_level(level: int, left: tuple[str, ...], right: tuple[str, ...]) -> int:
    """Return the level of two addresses by how many words they share, as far as these may mean one house."""
    if level > _OTHER_HOUSE and not likeness.one_number(left, right):
        level = _OTHER_HOUSE
    if level > _SAME_TOWN:
        common = set(left).intersection(right)
        if not any(_has_digit(word) for word in common) and any(map(is_han, common)):
            return _SAME_TOWN if all(map(_is_division, common)) else _OTHER_HOUSE
    return level


def _has_digit(word: str) -> bool:
    return word[0].isdigit() or word[-1].isdigit()


def _is_division(word: str) -> bool:
    return len(word) > 2 or word.endswith(_DIVISIONS)


def company_level(left: tuple[str, ...], right: tuple[str, ...]) -> int:
    """Compare the words of two companies; those of the record with the lesser content are `left`."""
    return bisect_right(EMPLOYERS, likeness.shared_share(left, right, worth))


def is_shared(finding: Agreement) -> bool:
    """Tell whether what agrees is a contact of an office or a household: a landline, or a mailbox like info@."""
    field, level, value = finding
    if field == "email":
        return level == 2 and value != ""
    return field == "phone" and level == 2 and is_line_here(value)


def _surname_only(profile: Profile) -> bool:
    """Tell whether a Chinese name is a surname alone (王总): a whole household has it."""
    return len(profile.name) == 1 and surname_of(profile.name[0]) == profile.name[0]


def _are_parts(left: Profile, right: Profile) -> bool:
    """Tell whether of one Chinese name the surname is said and of the other all but that: 张先生 may be 伟杰."""
    if len(left.name) != 1 or len(right.name) != 1:
        return False
    surnames = [surname_of(name) for name in (*left.name, *right.name)]
    return (
        sorted(map(bool, surnames)) == [False, True]
        and is_han(left.name[0])
        and is_han(right.name[0])
        and (surnames[0] == left.name[0] or surnames[1] == right.name[0])
    )


def _contacts(left: Profile, right: Profile) -> Iterator[Agreement]:
    if left.email and right.email:
        level = _mailbox_level(left, right)
        same = level == 3
        if same and not (left.email_sure and right.email_sure):
            level = 2  # an office's: see `is_shared`
        yield Agreement("email", level, left.email if same else "")
    if left.phones and right.phones:
        yield from _phones(left, right)
    elif (left.masks and (right.masks or right.phones)) or (right.masks and left.phones):
        fitting = (*_masks_fit(left, right), *_masks_fit(right, left))
        level, number = max(fitting, key=_surest, default=(0, ""))
        yield Agreement("phone_masked", level, number)
    others = dict(right.accounts)
    for kind, value in left.accounts:
        if kind in others:
            level = likeness.digits_level(value, others[kind])
            yield Agreement(kind, level, value if level == 2 else "")


def _mailbox_level(left: Profile, right: Profile) -> int:
    """Compare two mailboxes; one that is near says nothing that the names do not say.

    li.wei@ at two hosts is spelled by the name, and t.watson@ beside w.watson@ at one host are Thomas and William.
    """
    level = likeness.email_level(left.email, right.email)
    if level == 1 and likeness.spells(left.email.partition("@")[0], (*left.name, *right.name)):
        return 0
    if level == 2 and left.email.partition("@")[2] == right.email.partition("@")[2]:
        return 0 if any(not each for each, _ in likeness.name_levels(left.name, right.name)) else 2
    return level


def _phones(left: Profile, right: Profile) -> Iterator[Agreement]:
    """Compare numbers; the same one in different periods belongs to different holders and says nothing."""
    pairs = [(a, b) for a in left.phones for b in right.phones if a.digits != b.digits or a.period == b.period]
    if not pairs:
        return
    level, number = max((likeness.phone_level(a.digits, b.digits), max(a.digits, b.digits)) for a, b in pairs)
    yield Agreement("phone", level, number if level == 2 else "")
    sure = [a.digits for a, b in pairs if a.digits == b.digits and a.verified and b.verified]
    if sure:
        yield Agreement("phone_verified", 1, min(sure))


def _surest(fit: tuple[int, str]) -> tuple[int, bool, str]:
    level, number = fit
    return level, number != BOTH_MASKED, number


def _masks_fit(left: Profile, right: Profile) -> Iterator[tuple[int, str]]:
    """Yield level and number where a mask of `left` fits one of `right`; `*` where both are masked the same way.

    The level says how many digits are seen: 1 three or fewer, 2 four, 3 more.
    """
    for mask in left.masks:
        level = min(3, max(1, sum(map(str.isdigit, mask.pattern)) - 2))
        for phone in right.phones:
            if mask.matches("+86" + phone.digits):
                yield level, phone.digits
        if mask in right.masks:
            yield level, BOTH_MASKED


def _ids(left: Profile, right: Profile) -> Iterator[Agreement]:
    if left.id_number and right.id_number:
        level = likeness.number_level(left.id_number, right.id_number)
        yield Agreement("id_number", level, left.id_number if level == 2 else "")
        if left.id_valid and right.id_valid and not level:
            yield Agreement("id_valid", 0)
    others = dict(right.made)
    for kind, value in left.made:
        if kind in others:
            same = value == others[kind]
            yield Agreement(kind, int(same), value if same else "")
