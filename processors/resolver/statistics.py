"""What is counted of the records that have come. Every figure is the same in whatever order they came."""

from bisect import insort
from collections import Counter
from collections.abc import Iterable, Iterator

from processors.resolver.profile import Profile

SAMPLE = 160
"""Records whose pairs show how often two people agree by chance: those with the least hashes of content."""
PSEUDO = 20.0
"""As many records as a default weighs against what is counted."""


class Statistics:
    """How many records there are, how many have each value, and a sample of them that no order can change."""

    def __init__(self) -> None:
        self.records = 0
        self.values: Counter[tuple[str, str]] = Counter()
        self.holders: Counter[str] = Counter()
        self._sample: list[tuple[str, Profile]] = []

    def add(self, profile: Profile) -> None:
        """Count a record whose content has not been seen before."""
        self.records += 1
        for field, value in values_of(profile):
            self.values[field, value] += 1
            self.holders[field] += 1
        if len(self._sample) < SAMPLE or profile.content < self._sample[-1][0]:
            insort(self._sample, (profile.content, profile), key=lambda entry: entry[0])
            del self._sample[SAMPLE:]

    def add_all(self, profiles: Iterable[Profile]) -> None:
        """Count records, see `add`."""
        for profile in profiles:
            self.add(profile)

    def frequency(self, field: str, value: str, default: float) -> float:
        """Return the share of a value among the records that hold the field; `default` while little is known."""
        return (self.values[field, value] + PSEUDO * default) / (self.holders[field] + PSEUDO)

    @property
    def sample(self) -> list[Profile]:
        """The sampled records, by hash."""
        return [profile for _, profile in self._sample]


def values_of(profile: Profile) -> Iterator[tuple[str, str]]:
    """Yield each field and value of a record whose frequency tells how much an agreement is worth."""
    yield from (("name", token) for token in dict.fromkeys(profile.name))
    for field, value in (("birth_date", profile.birth_date), ("postcode", profile.postcode)):
        if value:
            yield field, value
    if profile.company:
        yield "company", " ".join(profile.company)
    yield from profile.texts
    yield from profile.made
