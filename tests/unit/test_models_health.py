import random
from itertools import pairwise

import pytest

from online_models.health import MOST_SEGMENTS, MOST_SHARE, Behaviour, HealthLearner, HealthModel, bounded
from online_models.learner import Learner
from online_models.quantiles import MOST_POINTS, QuantileSketch, rank
from online_models.record import encode_model

BEHAVIOURS = {
    "logins": Behaviour(1.0),
    "depth": Behaviour(1.0),
    "orders": Behaviour(1.0),
    "open_tickets": Behaviour(1.0, more_is_good=False),
    "browsing": Behaviour(1.0),
}


def population(learner: HealthLearner, count: int, segment: str = "edu", seed: int = 0, scale: float = 1.0) -> None:
    chance = random.Random(seed)
    for _ in range(count):
        learner.observe(segment, {name: chance.expovariate(1 / scale) for name in BEHAVIOURS})


def test_points_add_up_to_the_index_and_unknown_behaviours_leave_the_weighting() -> None:
    learner = HealthLearner(BEHAVIOURS)
    population(learner, 500)
    model = learner.model()
    whole = model.index("edu", dict.fromkeys(BEHAVIOURS, 1.0))
    assert whole.value == pytest.approx(sum(whole.points.values()))
    assert whole.coverage == pytest.approx(1.0)
    part = model.index("edu", {"logins": 99.0})
    assert part.value == 100.0
    assert part.coverage == pytest.approx(0.2)
    assert model.index("edu", {}) == (50.0, {}, 0.0)


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_more_of_what_is_good_never_lowers_the_index_and_of_what_is_bad_never_raises_it(name: str) -> None:
    learner = HealthLearner(BEHAVIOURS)
    population(learner, 500)
    chance = random.Random(1)
    for _ in range(500):  # outcomes that contradict every direction
        values = {behaviour: chance.expovariate(1) for behaviour in BEHAVIOURS}
        learner.outcome("edu", values, good=values["open_tickets"] > values["logins"])
    model = learner.model()
    values = dict.fromkeys(BEHAVIOURS, 1.0)
    indexes = [model.index("edu", {**values, name: step / 4}).value for step in range(40)]
    if not BEHAVIOURS[name].more_is_good:
        indexes.reverse()
    assert all(after >= before - 1e-9 for before, after in pairwise(indexes))


def test_weights_follow_the_outcomes_but_none_takes_over() -> None:
    learner = HealthLearner(BEHAVIOURS)
    population(learner, 500)
    before = learner.weights()
    chance = random.Random(2)
    for _ in range(1_000):
        values = {name: chance.expovariate(1) for name in BEHAVIOURS}
        learner.outcome("edu", values, good=values["orders"] > 0.7)
    after = learner.weights()
    assert before["orders"] == pytest.approx(0.2)
    assert after["orders"] == pytest.approx(MOST_SHARE)
    assert sum(after.values()) == pytest.approx(1.0)
    assert min(after.values()) >= 0.0


def test_a_small_segment_borrows_from_the_whole() -> None:
    learner = HealthLearner(BEHAVIOURS)
    population(learner, 2_000, "big")
    population(learner, 2, "small", scale=100.0)
    population(learner, 2_000, "other", scale=100.0)
    model = learner.model()
    assert model.ranks("small", {"logins": 3.0})["logins"] == pytest.approx(
        model.ranks("", {"logins": 3.0})["logins"], abs=0.1
    )
    assert model.ranks("other", {"logins": 3.0})["logins"] < 0.15
    assert model.ranks("never seen", {"logins": 3.0}) == model.ranks("", {"logins": 3.0})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e308, "many", None, True])
def test_values_that_cannot_be_used_change_nothing_but_a_counter(value: float) -> None:
    learner = HealthLearner(BEHAVIOURS)
    population(learner, 50)
    before = learner.model().as_plain()
    learner.observe("edu", {"logins": value})
    assert learner.unusable == 1
    assert learner.model().as_plain() == before
    assert learner.model().ranks("edu", {"logins": value}) == {}


def test_segments_are_bounded_and_the_record_stays_below_64_kib() -> None:
    names = {f"behaviour_number_{number}": Behaviour(1.0) for number in range(24)}
    learner = Learner()
    learner.health = HealthLearner(names)
    chance = random.Random(3)
    for segment in range(100):
        for _ in range(3):
            learner.health.observe(f"segment {segment}", {name: chance.gauss(0, 1e6) for name in names})
    assert len(learner.health.model().quantiles) == MOST_SEGMENTS + 1
    encode_model(learner.model())


def test_a_learner_and_a_model_survive_being_written_down() -> None:
    learner = HealthLearner(BEHAVIOURS)
    population(learner, 300)
    learner.outcome("edu", {"logins": 2.0}, good=True)
    back = HealthLearner.from_plain(learner.as_plain())
    assert back.as_plain() == learner.as_plain()
    population(back, 10, seed=5)
    population(learner, 10, seed=5)
    assert back.model().as_plain() == learner.model().as_plain()
    model = HealthModel.from_plain(learner.model().as_plain())
    values = dict.fromkeys(BEHAVIOURS, 1.0)
    assert model.index("edu", values).value == pytest.approx(learner.model().index("edu", values).value, abs=1e-3)
    with pytest.raises(ValueError, match="levels"):
        HealthModel.from_plain({**model.as_plain(), "levels": [0.5]})


@pytest.mark.parametrize("behaviours", [{}, {"a": Behaviour(0.0)}, {str(n): Behaviour(1.0) for n in range(25)}])
def test_behaviours_that_make_no_index_are_refused(behaviours: dict[str, Behaviour]) -> None:
    with pytest.raises(ValueError, match="behaviour"):
        HealthLearner(behaviours)


@pytest.mark.parametrize("weights", [[1, 0, 0, 0, 0], [5, 4, 0.1, 0.1, 0.1], [1, 1, 1, 1, 1], [9, 1], [1]])
def test_bounded_shares(weights: list[float]) -> None:
    shares = bounded(weights)
    limit = max(MOST_SHARE, 1 / len(weights))
    assert sum(shares) == pytest.approx(1.0)
    assert all(0 <= share <= limit + 1e-9 for share in shares)


def test_quantiles_of_many_values_in_few_points() -> None:
    chance, sketch = random.Random(4), QuantileSketch()
    for _ in range(20_000):
        sketch.add(chance.gauss(0, 1))
    levels = sketch.quantiles()
    assert levels == sorted(levels)
    assert levels[5] == pytest.approx(0.0, abs=0.06)
    assert levels[8] == pytest.approx(1.2816, abs=0.08)
    assert len(sketch.as_plain()[0]) <= MOST_POINTS
    assert rank(levels, 0.0) == pytest.approx(0.5, abs=0.03)
    assert rank(levels, -99.0) == 0.0
    assert rank(levels, 99.0) == 1.0


def test_quantiles_follow_a_population_that_moves() -> None:
    sketch = QuantileSketch()
    for number in range(300_000):
        sketch.add(float(number % 100) + (500.0 if number > 100_000 else 0.0))
    assert sketch.quantiles()[5] > 500


def test_many_equal_values_rank_in_the_middle_of_their_share() -> None:
    sketch = QuantileSketch()
    for number in range(1_000):
        sketch.add(0.0 if number % 10 else 5.0)
    assert 0.3 < rank(sketch.quantiles(), 0.0) < 0.6


def test_a_sketch_without_values_says_so() -> None:
    with pytest.raises(ValueError, match="no value"):
        QuantileSketch().quantiles()
