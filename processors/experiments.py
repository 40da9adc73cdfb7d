"""Comparing variants while they run, honestly: intervals that hold at every moment somebody looks.

For each variant the beta-binomial mixture gives a confidence sequence (Robbins, "Statistical methods related to the law
of the iterated logarithm", 1970; with the mixture over all rates): with n trials and s successes, the rates p for which
    B(s + 1, n - s + 1) / (p^s (1 - p)^(n - s)) < 1 / alpha
contain the true rate at all times at once with probability 1 - alpha (Ville's inequality). Looking every hour and
stopping when one likes is allowed. The difference of two variants lies between the differences of their limits, each
at alpha / 2.
"""

from collections.abc import Callable, Sequence
from math import inf, lgamma, log
from typing import NamedTuple

STEPS = 60  # halvings of an interval: beyond the precision of a float


class Variant(NamedTuple):
    """What came of a variant: how many leads had their time, how many of them converted within it."""

    name: str
    trials: int
    successes: int


class Interval(NamedTuple):
    """Limits of a rate, or of a difference of rates."""

    low: float
    high: float


class Comparison(NamedTuple):
    """A variant against the first one: the difference of conversion rates, and whether it is settled."""

    name: str
    against: str
    difference: float
    interval: Interval

    @property
    def settled(self) -> bool:
        """Whether the interval leaves 0 out: one is better, whenever this is looked at."""
        return self.interval.low > 0 or self.interval.high < 0


def rate_interval(trials: int, successes: int, alpha: float = 0.05) -> Interval:
    """Return the always-valid interval of a conversion rate; ValueError when the counts make no sense."""
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} successes in {trials} trials")
    if not 0 < alpha < 1:
        raise ValueError("alpha lies between 0 and 1")
    failures = trials - successes
    bound = lgamma(successes + 1) + lgamma(failures + 1) - lgamma(trials + 2) + log(alpha)

    def inside(rate: float) -> bool:
        return _times(successes, rate) + _times(failures, 1 - rate) > bound

    best = successes / trials if trials else 0.5
    low = 0.0 if inside(0.0) else _edge(inside, best, 0.0)
    high = 1.0 if inside(1.0) else _edge(inside, best, 1.0)
    return Interval(low, high)


def _times(count: int, rate: float) -> float:
    """Return the log of `rate` to the power of `count`; 0 to the power of 0 is 1."""
    if count == 0:
        return 0.0
    return count * log(rate) if rate > 0 else -inf


def _edge(inside: Callable[[float], bool], good: float, bad: float) -> float:
    """Return where a stretch from a point inside to one outside leaves the interval, on the outer side."""
    for _ in range(STEPS):
        middle = (good + bad) / 2
        if inside(middle):
            good = middle
        else:
            bad = middle
    return bad


def compare(variants: Sequence[Variant], alpha: float = 0.05) -> list[Comparison]:
    """Compare every variant with the first. All comparisons hold together with probability 1 - alpha."""
    if len(variants) < 2:
        return []
    share = alpha / len(variants)
    base, *others = variants
    first = rate_interval(base.trials, base.successes, share)
    return [_against(base, first, other, rate_interval(other.trials, other.successes, share)) for other in others]


def _against(base: Variant, first: Interval, other: Variant, second: Interval) -> Comparison:
    difference = _rate(other) - _rate(base)
    return Comparison(other.name, base.name, difference, Interval(second.low - first.high, second.high - first.low))


def _rate(variant: Variant) -> float:
    return variant.successes / variant.trials if variant.trials else 0.0
