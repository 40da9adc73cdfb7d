import copy
import math
import random

import numpy as np
import pytest

from online_models.calibration import Calibrator
from online_models.linear import LARGEST_VARIANCE, BayesianLogistic, logit, sigmoid
from online_models.losses import log_loss, measure
from online_models.mixture import Mixture

WEIGHTS = np.array([-1.0, 2.0, 0.0, -0.5])


def examples(count: int, seed: int = 0) -> list[tuple[np.ndarray, int]]:
    rng = np.random.default_rng(seed)
    xs = np.column_stack([np.ones(count), rng.normal(size=(count, 3))])
    return [(x, int(rng.random() < sigmoid(float(x @ WEIGHTS)))) for x in xs]


def fresh(walk: float = 0.0, size: int = 4) -> BayesianLogistic:
    return BayesianLogistic(np.zeros(size), np.ones(size), walk)


def test_one_pass_finds_what_newton_s_method_finds_on_all_examples() -> None:
    rows = examples(4_000)
    xs, ys = np.array([x for x, _ in rows]), np.array([y for _, y in rows])
    batch = np.zeros(4)
    for _ in range(20):
        p = 1 / (1 + np.exp(-xs @ batch))
        hessian = (xs * (p * (1 - p))[:, None]).T @ xs + np.eye(4)
        batch += np.linalg.solve(hessian, xs.T @ (ys - p) - batch)
    model = fresh()
    for x, y in rows:
        model.learn(x, y)
    assert model.weights == pytest.approx(batch, abs=0.06)  # a third of a standard deviation
    assert np.diag(model.covariance) == pytest.approx(np.diag(np.linalg.inv(hessian)), rel=0.25)


def test_features_need_no_common_scale() -> None:
    plain, scaled = fresh(), BayesianLogistic(np.zeros(4), np.array([1.0, 1e-6, 1.0, 1.0]))
    for x, y in examples(500):
        plain.learn(x, y)
        scaled.learn(x * np.array([1.0, 1e3, 1.0, 1.0]), y)
    x = examples(1, seed=9)[0][0]
    assert scaled.log_odds(x * np.array([1.0, 1e3, 1.0, 1.0])) == pytest.approx(plain.log_odds(x), rel=1e-6)


def test_a_weight_of_three_is_about_three_examples() -> None:
    heavy, often = fresh(), fresh()
    for x, y in examples(300):
        heavy.learn(x, y, weight=3.0)
        for _ in range(3):
            often.learn(x, y)
    assert heavy.weights == pytest.approx(often.weights, abs=0.15)


def test_the_covariance_stays_symmetric_and_positive() -> None:
    model = fresh(walk=1e-5)
    for x, y in examples(2_000):
        model.learn(x, y)
    assert (model.covariance == model.covariance.T).all()
    assert np.linalg.eigvalsh(model.covariance).min() > 0


def test_bounding_keeps_a_covariance_a_covariance() -> None:
    model = fresh()
    for x, y in examples(50):
        model.learn(x, y)
    model.loosen(1e6)
    assert np.diag(model.covariance).max() <= LARGEST_VARIANCE * (1 + 1e-9)
    assert np.linalg.eigvalsh(model.covariance).min() > -1e-9


def test_walking_weights_follow_a_change_that_the_others_do_not() -> None:
    still, walking = fresh(), fresh(walk=1e-3)
    for x, y in examples(3_000):
        still.learn(x, y)
        walking.learn(x, y)
    for x, y in examples(300, seed=1):
        still.learn(x, 1 - y)
        walking.learn(x, 1 - y)
    assert walking.weights[1] < 0 < still.weights[1]


@pytest.mark.parametrize("count", [0, 5, 8, 203])
def test_written_down_between_any_two_examples_it_goes_on_to_the_same_bits(count: int) -> None:
    model, rows = fresh(walk=1e-6), examples(300)
    for x, y in rows[:count]:
        model.learn(x, y)
    back = BayesianLogistic.from_plain(model.as_plain())
    for x, y in rows[count:]:
        model.learn(x, y)
        back.learn(x, y)
    assert back.as_plain() == model.as_plain()


def test_a_copy_is_independent_and_whole() -> None:
    model = fresh()
    clone = copy.deepcopy(model)
    for x, y in examples(100):
        clone.learn(x, y)
    assert model.weights.tolist() == [0.0] * 4
    again = fresh()
    for x, y in examples(100):
        again.learn(x, y)
    assert clone.as_plain() == again.as_plain()


def test_what_is_no_model_is_refused() -> None:
    plain = fresh().as_plain()
    with pytest.raises(ValueError, match="do not make a model"):
        BayesianLogistic.from_plain({**plain, "covariance": plain["covariance"][:-8]})
    with pytest.raises(ValueError, match="finite"):
        BayesianLogistic.from_plain({**plain, "weights": np.full(4, np.nan).tobytes()})


def test_correcting_a_label_nearly_undoes_it() -> None:
    right, wrong = fresh(), fresh()
    rows = examples(500)
    for number, (x, y) in enumerate(rows):
        right.learn(x, y)
        wrong.learn(x, y if number % 50 else 1 - y)
    before = np.abs(wrong.weights - right.weights).sum()
    for number, (x, y) in enumerate(rows):
        if number % 50 == 0:
            wrong.correct(x, 1 - y, y)
    assert np.abs(wrong.weights - right.weights).sum() < before / 2


def test_the_mixture_is_one_linear_model() -> None:
    mixture = Mixture.from_prior(np.zeros(4), np.ones(4), (0.0, 1e-4))
    for x, y in examples(200):
        mixture.learn(x, y)
    x = examples(1, seed=5)[0][0]
    assert mixture.log_odds(x) == pytest.approx(float(mixture.weights() @ x))
    assert sum(mixture.shares) == pytest.approx(1.0)


def test_the_mixture_turns_to_the_member_that_does_better() -> None:
    mixture = Mixture.from_prior(np.zeros(4), np.ones(4), (0.0, 1e-3))
    for part in range(20):
        for x, y in examples(200, seed=part):
            mixture.learn(x, y if part % 2 else 1 - y)
    assert mixture.shares[1] > 0.9


def test_calibration_learns_the_true_slope_and_shift() -> None:
    chance, calibrator = random.Random(3), Calibrator()
    for _ in range(20_000):
        z = chance.gauss(0, 2)
        calibrator.learn(z, int(chance.random() < sigmoid(0.5 * z - 0.7)))
    assert calibrator.slope == pytest.approx(0.5, abs=0.06)
    assert calibrator.shift == pytest.approx(-0.7, abs=0.1)
    assert Calibrator.from_plain(calibrator.as_plain()).as_plain() == calibrator.as_plain()


def test_calibration_never_turns_the_order_of_scores_round() -> None:
    calibrator = Calibrator()
    for _ in range(2_000):
        calibrator.learn(2.0, 0)
        calibrator.learn(-2.0, 1)
    assert calibrator(1.0) > calibrator(-1.0)


def test_metrics_of_a_hand_made_case() -> None:
    found = measure([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])
    assert found.auc == pytest.approx(0.75)
    assert found.average_precision == pytest.approx((1 / 1 + 2 / 3) / 2)
    assert found.brier == pytest.approx((0.01 + 0.16 + 0.4225 + 0.04) / 4)
    assert found.ece == pytest.approx((0.1 + 0.4 + 0.65 + 0.2) / 4)
    assert found.log_loss == pytest.approx(-math.log(0.9 * 0.6 * 0.35 * 0.8) / 4)


def test_metrics_count_ties_half_and_say_nothing_of_one_class() -> None:
    assert measure([0.5, 0.5], [0, 1]).auc == 0.5
    assert measure([0.5, 0.5], [1, 1]).auc is None
    assert measure([], []).brier is None


def test_metrics_agree_with_scikit_learn() -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(4)
    p = np.round(rng.random(500), 2)
    y = (rng.random(500) < p).astype(np.int64)
    found = measure(p, y)
    assert found.auc == pytest.approx(sklearn.roc_auc_score(y, p))
    assert found.average_precision == pytest.approx(sklearn.average_precision_score(y, p))
    assert found.brier == pytest.approx(sklearn.brier_score_loss(y, p))


def test_log_loss_of_certainty_is_finite() -> None:
    assert log_loss(0.0, 1) == pytest.approx(34.5, abs=0.1)
    assert log_loss(1.0, 0) < 40
    assert sigmoid(1e308) < 1 <= sigmoid(1e308) + 1e-12
    assert math.isfinite(logit(0.0))
