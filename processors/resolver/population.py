"""What is known of how common values are, at one moment: the event path judges by it until it is counted anew.

So two events are judged alike in whatever order they come; `Statistics` counts as it goes, this does not.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from processors.resolver.profile import Profile
from processors.resolver.statistics import PSEUDO, values_of
from processors.resolver.weights import Weights
from schemas.rules.identity import IdentityRules

_WORTH_KEEPING = 2  # values seen once in a sample are as rare as those not seen


class Population(msgspec.Struct, frozen=True):
    """How many people there are, and of a sample of them how many hold each field (`holders`) and value (`counts`)."""

    people: int = 0
    holders: Mapping[str, int] = {}
    counts: Mapping[str, Mapping[str, int]] = {}

    @property
    def records(self) -> int:
        """How many people there are."""
        return self.people

    def frequency(self, field: str, value: str, default: float) -> float:
        """Return the share of a value among those who hold the field; `default` while little is known."""
        held = self.counts.get(field, {}).get(value, 0)
        return (held + PSEUDO * default) / (self.holders.get(field, 0) + PSEUDO)

    def holders_of(self, field: str, value: str) -> int:
        """Return how many of the sample hold a value; fewer than two are none."""
        return self.counts.get(field, {}).get(value, 0)


def counted(sample: Iterable[Profile], people: int) -> Population:
    """Return what a sample of records tells of all people."""
    holders: Counter[str] = Counter()
    counts: dict[str, Counter[str]] = {}
    for profile in sample:
        for field, value in values_of(profile):
            holders[field] += 1
            counts.setdefault(field, Counter())[value] += 1
    kept = {
        field: {value: count for value, count in sorted(values.items()) if count >= _WORTH_KEEPING}
        for field, values in sorted(counts.items())
    }
    return Population(people, dict(sorted(holders.items())), kept)


def weights_of(rules: IdentityRules, population: Population) -> Weights:
    """Return the weights of the event path."""
    people = max(population.people, rules.population, rules.least_population)
    return Weights(rules, msgspec.structs.replace(population, people=people), lasting=True)


def to_document(population: Population) -> bytes:
    """Return JSON of a population."""
    return msgspec.json.encode(population)


def from_document(document: bytes | str | Mapping[str, Any]) -> Population:
    """Return the population in what `to_document` gave, also where a database has taken the JSON apart."""
    if isinstance(document, Mapping):
        return msgspec.convert(document, Population)
    return msgspec.json.decode(document, type=Population)
