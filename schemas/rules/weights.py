"""Weights with bounds: each says why it may not be greater, and those that must add up show their sum.

    class HealthWeights(Weights):
        login_frequency: Annotated[float, Bounded(0, 0.3, "people who sign in often may only be lost in it")] = 0.1

A subclass sets `TOTAL` to what the weights must add up to, None when only their proportions count.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Annotated, Any, ClassVar, Self

from pydantic import GetCoreSchemaHandler, model_validator
from pydantic_core import PydanticCustomError, core_schema

from schemas.rules.base import Section

CLOSE = 1e-9
MOST_SHARES = 4_096  # sets of names whose share is remembered; in practice a few dozen


@dataclass(frozen=True, slots=True)
class Bounded:
    """Annotation of a weight: it lies from `low` to `high`, and `why` explains the upper bound."""

    low: float
    high: float
    why: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Check the bounds after the number itself was checked."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def _check(self, value: float) -> float:
        if self.low <= value <= self.high:
            return value
        raise PydanticCustomError(
            "weight",
            "a weight of {value} is refused: it lies from {low} to {high}, because {why}",
            {"value": f"{value:g}", "low": f"{self.low:g}", "high": f"{self.high:g}", "why": self.why},
        )

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}: {self.why}"


REPURCHASE_CYCLE = Bounded(
    0,
    0.3,
    "the repurchase cycle says when a customer usually buys, not whether this one will; above 0.3 a regular date "
    "outweighs everything the customer does, and customers who buy seldom are marked as lost",
)
RepurchaseCycleWeight = Annotated[float, REPURCHASE_CYCLE]


@cache
def _names(model: type[Section]) -> tuple[str, ...]:
    return tuple(model.model_fields)


class Weights(Section):
    """A section whose fields are weights."""

    TOTAL: ClassVar[float | None] = 1.0

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.TOTAL is not None and abs(self.total - self.TOTAL) > CLOSE:
            raise ValueError(f"the weights add up to {self.shown}; they must add up to {self.TOTAL:g}")
        if self.total <= 0:
            raise ValueError(f"the weights add up to {self.shown}; at least one must be greater than 0")
        return self

    def items(self) -> list[tuple[str, float]]:
        """Return name and weight of each, in the order of the model."""
        values = self.__dict__
        return [(name, values[name]) for name in _names(type(self))]

    @property
    def total(self) -> float:
        """Sum of the weights."""
        values = self.__dict__
        return float(sum([values[name] for name in _names(type(self))]))

    @cached_property
    def _shares(self) -> dict[frozenset[str], float]:
        return {}

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy; its shares are its own, since its weights may be others."""
        made = super().model_copy(update=update, deep=deep)
        made.__dict__.pop("_shares", None)
        return made

    def share(self, keys: frozenset[str], named: Callable[[frozenset[str]], frozenset[str]] = frozenset) -> float:
        """Return the share that these have of all weights, 0 to 1. Worked out once for each set.

        `named` makes names of keys that are none; no set may stand for other names in another call.
        """
        shares = self._shares
        found = shares.get(keys)
        if found is None:
            if len(shares) >= MOST_SHARES:
                shares.clear()
            names = named(keys)
            found = shares[keys] = sum([weight for name, weight in self.items() if name in names]) / self.total
        return found

    @property
    def shown(self) -> str:
        """The sum with its parts: `1.1 (ability 0.5 + growth 0.6)`."""
        return f"{self.total:g} ({' + '.join(f'{name} {weight:g}' for name, weight in self.items())})"
