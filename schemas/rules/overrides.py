"""Overrides: other values for an industry, region, source or grade. Validated when the book is read, merged once."""

from collections.abc import Iterable, Mapping
from functools import reduce
from itertools import product
from math import prod
from typing import Any, NamedTuple, Self

from pydantic import Field, model_validator

from schemas.rules.base import Section
from schemas.rules.names import Grade

DIMENSIONS = ("industry", "region", "source", "grade")
MOST_COMBINATIONS = 20_000


class Key(NamedTuple):
    """Whom a rule is asked for."""

    industry: str | None = None
    region: str | None = None
    source: str | None = None
    grade: str | None = None


class When(Section):
    """Whom an override is for: all that are named must fit; a list fits when one of its values does."""

    industry: str | tuple[str, ...] | None = Field(None, description="Industry, as `account_profiled` gives it")
    region: str | tuple[str, ...] | None = Field(None, description="Sales region of the lead")
    source: str | tuple[str, ...] | None = Field(None, description="Front end that created the lead")
    grade: Grade | tuple[Grade, ...] | None = Field(None, description="Grade of the lead, A to D")

    @model_validator(mode="after")
    def _names_someone(self) -> Self:
        if not any(self.values(name) for name in DIMENSIONS):
            raise ValueError(f"name at least one of {', '.join(DIMENSIONS)}; for everybody, change the section itself")
        return self

    def values(self, dimension: str) -> tuple[str, ...]:
        """Return the values that fit in one dimension; empty when it does not matter."""
        value = getattr(self, dimension)
        if value is None:
            return ()
        return (value,) if isinstance(value, str) else tuple(value)

    def fits(self, key: Key) -> bool:
        """Return whether the override holds for this key."""
        for dimension, asked in zip(DIMENSIONS, key, strict=True):
            values = self.values(dimension)
            if values and asked not in values:
                return False
        return True


class Override(Section):
    """Other values of some keys, for some leads. Those further down are stronger; lists replace lists."""

    when: When = Field(description="Whom it is for")
    set: dict[str, dict[str, Any]] = Field(min_length=1, description="Section → key → value, as in the book itself")


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with changes laid over it, mapping by mapping; anything else is replaced."""
    result = dict(base)
    for name, value in changes.items():
        held = result.get(name)
        result[name] = merged(held, value) if isinstance(held, Mapping) and isinstance(value, Mapping) else value
    return result


def layered(base: Mapping[str, Any], section: str, overrides: Iterable[Override]) -> dict[str, Any]:
    """Return a section's document with the overrides that touch it laid over it in turn."""
    touching = (override.set[section] for override in overrides if section in override.set)
    return reduce(merged, touching, dict(base))


def mentioned(overrides: Iterable[Override]) -> dict[str, list[str]]:
    """Return the values that the overrides name, per dimension, each once."""
    found: dict[str, dict[str, None]] = {name: {} for name in DIMENSIONS}
    for override in overrides:
        for name in DIMENSIONS:
            found[name].update(dict.fromkeys(override.when.values(name)))
    return {name: list(values) for name, values in found.items()}


def layers(overrides: tuple[Override, ...], section: str) -> list[tuple[int, ...]]:
    """Return every set of overrides (by index) that can hold for a section together, the empty one left out.

    Raises ValueError when the values named make too many combinations to check them all.
    """
    touching = [(index, one) for index, one in enumerate(overrides) if section in one.set]
    named = [[None, *values] for values in mentioned(one for _, one in touching).values()]
    if prod(map(len, named)) > MOST_COMBINATIONS:
        raise ValueError(
            f"overrides of {section} name too many combinations; over {MOST_COMBINATIONS:,} cannot be checked"
        )
    found: dict[tuple[int, ...], None] = {}
    for combination in product(*named):
        key = Key(*combination)
        found[tuple(index for index, one in touching if one.when.fits(key))] = None
    found.pop((), None)
    return list(found)
