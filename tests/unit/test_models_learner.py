import random

import msgspec
import pytest

from online_models.examples import take
from online_models.features import NAMES, SIZE, vector
from online_models.health import Behaviour, HealthLearner
from online_models.learner import Drift, Learner
from online_models.linear import sigmoid
from online_models.prior import Prior
from online_models.purchase import PurchaseClassifier
from online_models.record import LARGEST, BadModel, decode_model, encode_model, version_of
from online_models.scorer import Scorer
from schemas.times import DAY
from tests.unit.models_facts import BEGIN, fact, order, random_state, state_of

Rows = list[tuple[list[float], int]]


def rows(count: int, seed: int = 0, turned: float = 1.0) -> Rows:
    chance = random.Random(seed)
    weight = random.Random(99)
    truth = [weight.gauss(0, 0.5) for _ in range(SIZE)]
    made = []
    for _ in range(count):
        x = vector(random_state(chance, chance.randint(1, 12)), BEGIN + 60 * DAY)
        odds = turned * (sum(a * b for a, b in zip(truth, x, strict=True)) - 1.0)
        made.append((x, int(chance.random() < sigmoid(odds))))
    return made


def taught(examples: Rows, learner: Learner | None = None) -> Learner:
    learner = learner or Learner()
    for x, y in examples:
        learner.learn(x, y)
    return learner


def test_before_any_learning_the_rule_book_speaks_and_the_score_is_unsure() -> None:
    scorer = Scorer(Learner(Prior(base_rate=0.1, weights={}, sure_after=5)).model())
    score = scorer.score([0.0] * SIZE)
    assert score.probability == pytest.approx(0.1)
    assert score.unsure


def test_scores_are_sure_once_there_is_evidence_of_both_kinds() -> None:
    learner = Learner(Prior(sure_after=20))
    for label in [1] * 30 + [0] * 19:
        learner.learn([0.0] * SIZE, label)
    assert learner.model().unsure
    learner.learn([0.0] * SIZE, 0)
    assert not learner.model().unsure


def test_a_visit_to_the_price_page_raises_the_first_score() -> None:
    scorer = Scorer(Learner().model())
    plain, price = (vector(state_of(fact("page_viewed", url=url)), BEGIN + 1) for url in ("/blog", "/pricing"))
    assert scorer.score(price).probability > scorer.score(plain).probability
    assert scorer.explain(price)[0].group == "price page views"
    assert set(scorer.explain(price)[0].words) == {"zh", "en"}


def test_the_scorer_says_what_the_learner_says() -> None:
    learner = taught(rows(300))
    scorer = Scorer(decode_model(learner.snapshot()))
    for x, _ in rows(50, seed=1):
        assert scorer.score(x).probability == pytest.approx(learner.probability(x), rel=1e-9)


def test_contributions_add_up_to_the_difference_from_the_average_lead() -> None:
    learner = taught(rows(300))
    scorer, record = Scorer(learner.model()), learner.model()
    x = rows(1, seed=2)[0][0]
    average = list(record.means)
    gap = sum(part.log_odds for part in scorer.explain(x, most=99))
    weights = [record.slope * weight for weight in record.weights]
    assert gap == pytest.approx(sum(w * (a - b) for w, a, b in zip(weights, x, average, strict=True)))


def test_a_published_model_is_small_plain_and_gives_the_same_bits_again() -> None:
    data = taught(rows(200)).snapshot()
    assert len(data) <= LARGEST
    assert isinstance(msgspec.msgpack.decode(data), dict)
    x = rows(1, seed=3)[0][0]
    assert Scorer(decode_model(data)).score(x) == Scorer(decode_model(data)).score(x)
    assert version_of(data) == version_of(taught(rows(200)).snapshot())


@pytest.mark.parametrize("count", [0, 1, 131, 260])
def test_a_restored_learner_goes_on_to_the_same_bits(count: int) -> None:
    examples = rows(300)
    learner = taught(examples[:count])
    back = Learner.restore(learner.checkpoint())
    taught(examples[count:], learner)
    taught(examples[count:], back)
    assert back.snapshot() == learner.snapshot()
    assert back.checkpoint() == learner.checkpoint()


@pytest.mark.parametrize(
    ("vector_", "label", "weight"),
    [
        ([float("nan")] * SIZE, 1, 1.0),
        ([float("inf")] * SIZE, 1, 1.0),
        ([1e308] * SIZE, 0, 1.0),
        (["a"] * SIZE, 0, 1.0),
        ([None] * SIZE, 0, 1.0),
        ([0.0] * (SIZE - 1), 0, 1.0),
        ([0.0] * SIZE, 2, 1.0),
        ([0.0] * SIZE, None, 1.0),
        ([0.0] * SIZE, 1, 0.0),
        ([0.0] * SIZE, 1, float("nan")),
        ([0.0] * SIZE, 1, 1e9),
    ],
)
def test_hostile_examples_change_nothing_but_a_counter(vector_: list[float], label: int, weight: float) -> None:
    learner = taught(rows(50))
    before = msgspec.msgpack.decode(learner.checkpoint())
    assert learner.learn(vector_, label, weight) == []
    after = msgspec.msgpack.decode(learner.checkpoint())
    assert learner.unusable == 1
    before["counts"][3] = 1
    assert after == before


def test_hostile_vectors_are_scored_as_far_as_they_are_numbers() -> None:
    scorer = Scorer(taught(rows(50)).model())
    x = rows(1)[0][0]
    for bad in (float("nan"), float("inf"), -float("inf"), 1e308):
        spoilt = [bad if place == 3 else value for place, value in enumerate(x)]
        assert 0.0 <= scorer.score(spoilt).probability <= 1.0


def test_a_feature_that_vanishes_and_one_that_appears_break_nothing() -> None:
    learner = taught(rows(200))
    names = (*NAMES[1:], "a new one")
    other = Learner.restore(learner.checkpoint(), names=names)
    x = rows(1, seed=4)[0][0]
    x[0] = 0.0
    assert other.champion.mixture.log_odds(other._usable([*x[1:], 0.0], 0, 1.0)) == pytest.approx(  # type: ignore[arg-type]
        learner.champion.mixture.log_odds(learner._usable(x, 0, 1.0))  # type: ignore[arg-type]
    )
    other.learn([*x[1:], 1.0], 1)
    scorer = Scorer(other.model())  # a scorer of this release takes the features that it knows
    assert 0.0 < scorer.score(x).probability < 1.0


def test_a_cancelled_order_is_taken_back() -> None:
    examples = rows(400)
    clean, spoilt = taught(examples), taught(examples)
    x = examples[0][0]
    for _ in range(20):
        clean.learn(x, 0)
        spoilt.learn(x, 1)
    wrong = abs(spoilt.probability(x) - clean.probability(x))
    for _ in range(20):
        spoilt.correct(x, 1, 0)
    assert abs(spoilt.probability(x) - clean.probability(x)) < wrong / 2
    assert spoilt.positives == clean.positives


def test_a_world_turned_round_raises_an_alarm_and_a_challenger_takes_over() -> None:
    learner = taught(rows(3_000))
    drifts: list[Drift] = []
    for x, y in rows(4_000, seed=1, turned=-1.0):
        drifts += learner.learn(x, y)
    assert [drift.what for drift in drifts if drift.what != "feature"][:2] == ["loss", "champion"]


def test_a_steady_world_raises_no_alarm() -> None:
    learner = Learner()
    drifts = [drift for x, y in rows(6_000) for drift in learner.learn(x, y)]
    assert [drift for drift in drifts if drift.what in ("loss", "champion")] == []


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x80", msgspec.msgpack.encode({"format": 99}), b"\x00" * 70_000])
def test_bytes_that_are_no_model_are_refused_with_a_reason(data: bytes) -> None:
    with pytest.raises(BadModel):
        decode_model(data)
    with pytest.raises(BadModel):
        Learner.restore(data)


def test_models_with_numbers_that_are_none_or_too_many_are_refused() -> None:
    record = Learner().model()
    for spoilt in (
        msgspec.structs.replace(record, weights=(float("nan"), *record.weights[1:])),
        msgspec.structs.replace(record, weights=record.weights[1:]),
        msgspec.structs.replace(record, slope=0.0),
        msgspec.structs.replace(record, format=2),
    ):
        with pytest.raises(BadModel):
            decode_model(msgspec.msgpack.encode(spoilt))
    with pytest.raises(BadModel, match="at most"):
        encode_model(msgspec.structs.replace(record, health={"x": "y" * LARGEST}))


def test_examples_of_the_topic_teach_the_learner() -> None:
    learner = Learner()
    learner.health = HealthLearner({"logins": Behaviour(1.0), "orders": Behaviour(1.0)})
    state = state_of(order(BEGIN))
    take(learner, {"kind": "label", "asked_at": BEGIN + DAY, "features": state, "label": 1})
    take(learner, {"kind": "label", "asked_at": BEGIN + DAY, "features": state, "label": 0, "was": 1})
    take(learner, {"kind": "behaviours", "segment": "a", "values": {"logins": 3}})
    take(learner, {"kind": "outcome", "segment": "a", "values": {"logins": 3}, "good": True})
    assert (learner.examples, learner.positives, learner.corrected, learner.unusable) == (1, 0, 1, 0)
    assert learner.health.outcomes == 1
    assert Learner.restore(learner.checkpoint()).checkpoint() == learner.checkpoint()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"kind": "later"},
        {"kind": "label"},
        {"kind": "label", "asked_at": "x", "features": {}, "label": 1},
        {"kind": "label", "asked_at": 1, "features": {"c": {"o": [1]}}, "label": 1},
        {"kind": "label", "asked_at": 1, "features": 7, "label": 1},
        {"kind": "behaviours", "segment": "a", "values": {}},
    ],
)
def test_examples_that_cannot_be_read_change_only_a_counter(data: dict[str, object]) -> None:
    learner = Learner()
    before = learner.snapshot()
    assert take(learner, data) == []
    assert learner.unusable == 1
    assert learner.snapshot() == before


def test_the_scorer_says_what_the_river_model_says() -> None:
    model = PurchaseClassifier()
    for x, y in rows(200):
        model.learn_one(dict(zip(NAMES, x, strict=True)), y)
    scorer = Scorer(decode_model(model.learner.snapshot()))
    for x, _ in rows(50, seed=1):
        theirs = model.predict_proba_one(dict(zip(NAMES, x, strict=True)))[True]
        assert scorer.score(x).probability == pytest.approx(theirs, rel=1e-9)
