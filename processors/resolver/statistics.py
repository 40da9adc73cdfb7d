"""What is counted of the records that have come. Every figure is the same in whatever order they came."""

from collections import Counter
from collections.abc import Iterator
from heapq import nsmallest

from processors.resolver.likeness import spoken
from processors.resolver.profile import Profile

SAMPLE = 160
"""Records whose pairs show how often two people agree by chance: those with the least hashes of content."""
PSEUDO = 20.0
"""As many records as a default weighs against what is counted."""


class Statistics:
    """How many different records there are, and how many have each value, under how many names."""

    def __init__(self, names_per_number: int = 8) -> None:
        self._most_names = names_per_number
        self._profiles: dict[str, Profile] = {}
        self._values: Counter[tuple[str, str]] = Counter()
        self._holders: Counter[str] = Counter()
        self._names: dict[tuple[str, str], Counter[str]] = {}

    @property
    def records(self) -> int:
        """How many different records there are."""
        return len(self._profiles)

    def add(self, profile: Profile) -> None:
        """Count a record whose content is new."""
        self._profiles[profile.content] = profile
        self._count(profile, 1)

    def remove(self, profile: Profile) -> None:
        """Count a record no more."""
        del self._profiles[profile.content]
        self._count(profile, -1)

    def _count(self, profile: Profile, times: int) -> None:
        for field, value in values_of(profile):
            self._values[field, value] += times
            self._holders[field] += times
        name = initials(profile)
        if name:
            for number in numbers_of(profile):
                self._names.setdefault(number, Counter())[name] += times

    def frequency(self, field: str, value: str, default: float) -> float:
        """Return the share of a value among the records that hold the field; `default` while little is known."""
        return (self._values[field, value] + PSEUDO * default) / (self._holders[field] + PSEUDO)

    def holders_of(self, field: str, value: str) -> int:
        """Return how many different records hold a value."""
        return self._values[field, value]

    def public(self, field: str, value: str) -> bool:
        """Tell whether a number, address or device is used under so many names that it belongs to nobody."""
        names = self._names.get(("phone", value) if field == "phone_verified" else (field, value))
        return names is not None and len(names) > self._most_names and len(+names) > self._most_names

    def sample(self) -> list[Profile]:
        """Return the records with the least hashes: the same ones in whatever order they came."""
        return [self._profiles[content] for content in nsmallest(SAMPLE, self._profiles)]


def initials(profile: Profile) -> str:
    """Return the first letters of a name's parts, sorted: what a typo or a swap nearly always leaves."""
    return "".join(sorted(spoken(part)[:1] for part in profile.called))


def numbers_of(profile: Profile) -> list[tuple[str, str]]:
    """Return each field and value that many may share without being one: switchboards, shops' devices."""
    found = [("phone", phone.digits) for phone in profile.phones]
    if profile.email:
        found.append(("email", profile.email))
    if profile.accounts:
        found += profile.accounts
    if profile.made:
        found += [each for each in profile.made if each[0] == "device"]
    return found


def values_of(profile: Profile) -> Iterator[tuple[str, str]]:
    """Yield each field and value of a record whose frequency tells how much an agreement is worth."""
    yield from (("name", token) for token in dict.fromkeys(profile.called))
    for field, value in (("birth_date", profile.birth_date), ("postcode", profile.postcode)):
        if value:
            yield field, value
    if profile.company and profile.name:
        yield "company", " ".join(profile.company)
    yield from profile.texts
    yield from profile.made
