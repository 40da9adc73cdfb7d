"""Comparisons of variants that hold however often somebody looks: checked by looking after every single lead."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.experiments import Variant, compare, rate_interval

COUNTS = st.integers(0, 3_000).flatmap(lambda trials: st.tuples(st.just(trials), st.integers(0, trials)))


@given(COUNTS, st.floats(0.001, 0.5))
def test_an_interval_holds_the_observed_rate_and_lies_between_0_and_1(counts: tuple[int, int], alpha: float) -> None:
    trials, successes = counts
    low, high = rate_interval(trials, successes, alpha)
    assert 0 <= low <= high <= 1
    assert not trials or low <= successes / trials <= high


@given(COUNTS)
def test_less_risk_is_a_wider_interval(counts: tuple[int, int]) -> None:
    wide, narrow = rate_interval(*counts, 0.01), rate_interval(*counts, 0.1)
    assert wide.low <= narrow.low
    assert narrow.high <= wide.high


@given(COUNTS)
def test_successes_and_failures_are_mirror_images(counts: tuple[int, int]) -> None:
    trials, successes = counts
    one, other = rate_interval(trials, successes), rate_interval(trials, trials - successes)
    assert one.low == pytest.approx(1 - other.high, abs=1e-9)
    assert one.high == pytest.approx(1 - other.low, abs=1e-9)


def test_nothing_is_known_of_nobody() -> None:
    assert rate_interval(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("trials", "successes"), [(1, 2), (-1, -1), (3, -1)])
def test_counts_that_make_no_sense_are_refused(trials: int, successes: int) -> None:
    with pytest.raises(ValueError, match="successes in"):
        rate_interval(trials, successes)


@pytest.mark.parametrize("rate", [0.02, 0.3])
def test_looking_after_every_lead_is_wrong_no_more_often_than_promised(rate: float) -> None:
    """Over many looks the interval misses the true rate in at most alpha of the runs; a fixed one in far more."""
    chance, alpha, runs = random.Random(7), 0.1, 200
    always, fixed = 0, 0
    for _ in range(runs):
        missed, peeked, successes = False, False, 0
        for trials in range(1, 401):
            successes += chance.random() < rate
            if trials % 8 == 0:
                low, high = rate_interval(trials, successes, alpha)
                missed = missed or not low <= rate <= high
                spread = 1.645 * (max(rate * (1 - rate), 1e-9) / trials) ** 0.5
                peeked = peeked or abs(successes / trials - rate) > spread
        always += missed
        fixed += peeked
    assert always <= alpha * runs
    assert fixed > 2 * alpha * runs


def test_a_clear_difference_is_settled_and_none_is_not() -> None:
    (clear,) = compare([Variant("a", 2_000, 100), Variant("b", 2_000, 240)])
    assert clear.settled
    assert clear.interval.low > 0
    assert clear.difference == pytest.approx(0.07)
    (same,) = compare([Variant("a", 2_000, 100), Variant("b", 2_000, 104)])
    assert not same.settled
    (early,) = compare([Variant("a", 10, 0), Variant("b", 10, 5)])
    assert not early.settled


def test_one_variant_is_compared_with_nobody_and_many_share_the_risk() -> None:
    assert compare([Variant("a", 5, 1)]) == []
    two = compare([Variant("a", 500, 50), Variant("b", 500, 90)])[0]
    three = compare([Variant("a", 500, 50), Variant("b", 500, 90), Variant("c", 500, 60)])[0]
    assert three.interval.low < two.interval.low < two.interval.high < three.interval.high
