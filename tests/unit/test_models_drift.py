import random

import numpy as np
import pytest
from river import drift

from online_models.challenge import PATIENCE, Challenge
from online_models.drift import BLOCK, FeatureWatch, PageHinkley
from online_models.linear import BayesianLogistic
from online_models.mixture import Mixture


def values(seed: int, rises_at: int, count: int) -> list[float]:
    chance = random.Random(seed)
    return [chance.gauss(1.0 if number >= rises_at else 0.0, 1.0) for number in range(count)]


@pytest.mark.parametrize("seed", range(5))
def test_the_same_alarms_as_river_s_page_hinkley(seed: int) -> None:
    theirs, ours = drift.PageHinkley(mode="up"), PageHinkley()
    for value in values(seed, 2_000, 4_000):
        theirs.update(value)
        assert ours.update(value) == theirs.drift_detected


def test_written_down_and_read_back_it_goes_on_alike() -> None:
    one, other = PageHinkley(), PageHinkley()
    stream = values(7, 600, 2_000)
    for value in stream[:700]:
        one.update(value)
    other.resume(one.as_plain())
    assert [one.update(value) for value in stream[700:]] == [other.update(value) for value in stream[700:]]


def watched(watch: FeatureWatch, blocks: int, shift: float, seed: int) -> list[int]:
    rng = np.random.default_rng(seed)
    positions: list[int] = []
    for x in rng.normal(size=(blocks * BLOCK, 3)) + np.array([0.0, shift, 0.0]):
        if watch.update(x):
            positions += [moved.position for moved in watch.moved()]
    return positions


def test_a_feature_that_moves_is_named_once_and_steady_ones_never() -> None:
    watch = FeatureWatch(3)
    assert watched(watch, 300, 0.0, 1) == []
    assert watched(watch, 20, 1.0, 2) == [1]


def test_a_watch_survives_being_written_down() -> None:
    watch = FeatureWatch(3)
    watched(watch, 140, 0.0, 1)
    watch.update(np.ones(3))
    back = FeatureWatch.from_plain(watch.as_plain())
    assert watched(back, 20, 2.0, 3) == watched(watch, 20, 2.0, 3) == [1]


def challenge() -> Challenge:
    return Challenge(Mixture([BayesianLogistic(np.zeros(2), np.ones(2))]))


def test_a_challenger_that_is_better_replaces() -> None:
    chance, duel = random.Random(1), challenge()
    verdicts = [duel.judge(chance.random() + 0.1, chance.random()) for _ in range(3_000)]
    assert "replaces" in verdicts


def test_a_challenger_that_is_no_better_hardly_ever_replaces() -> None:
    replaced = 0
    for seed in range(100):
        chance, duel = random.Random(seed), challenge()
        replaced += any(duel.judge(chance.random(), chance.random()) == "replaces" for _ in range(500))
    assert replaced <= 1


def test_a_challenger_is_given_up_in_the_end() -> None:
    duel = challenge()
    for _ in range(PATIENCE - 1):
        assert duel.judge(0.5, 0.5) == "open"
    assert duel.judge(0.5, 0.5) == "given_up"
