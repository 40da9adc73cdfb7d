"""Health with models: what the population does and what behaviours are worth is learned, within bounds."""

import random

import pytest

from online_models.health import HealthLearner
from online_models.health_rules import behaviours_of, learned_rules
from online_models.in_force import models_of, prior_of
from online_models.learner import Learner
from online_models.record import NAME, version_of
from online_models.trainer import Trainer
from schemas.effects import Example
from schemas.fact import ModelChange, Origin
from schemas.rules import RuleBook, load_rule_book
from schemas.times import DAY
from tests.unit.detector_bench import NINE, Bench

RULES = load_rule_book("learning: {health_sampled: 1.0}").health


def learner_of(values: dict[str, list[float]], segment: str = "edu") -> HealthLearner:
    made = HealthLearner(behaviours_of(RULES))
    for row in range(max(map(len, values.values()))):
        made.observe(segment, {name: column[row] for name, column in values.items() if row < len(column)})
    return made


def test_the_population_moves_to_what_customers_do_and_stays_in_order() -> None:
    chance = random.Random(5)
    logins = [chance.gauss(40, 5) for _ in range(5_000)]
    tickets = [float(chance.random() < 0.05) for _ in range(5_000)]
    made = learner_of({"login_frequency": logins, "open_tickets": tickets})
    found = learned_rules(made.model().as_plain(), RULES, "edu")
    busy = found.population.login_frequency
    assert 27 < busy.poor < 33
    assert 36 < busy.typical < 41
    assert 43 < busy.good < 50
    few = found.population.open_tickets
    assert few.poor > few.typical > few.good, "more open tickets never help, whatever was seen"
    assert found.population.browsing == RULES.population.browsing
    assert found.weights == RULES.weights, "nobody has renewed or gone yet"


def test_little_evidence_moves_little_and_a_small_segment_borrows_from_the_whole() -> None:
    few = learned_rules(learner_of({"login_frequency": [100.0] * 5}).model().as_plain(), RULES, "edu")
    assert few.population.login_frequency.typical == pytest.approx(5, abs=1.0)
    made = learner_of({"login_frequency": [40.0 + n % 7 for n in range(3_000)]}, "edu")
    made.observe("tiny", {"login_frequency": 1.0})
    plain = made.model().as_plain()
    tiny = learned_rules(plain, RULES, "tiny").population.login_frequency
    large = learned_rules(plain, RULES, "edu").population.login_frequency
    assert tiny.typical == pytest.approx(large.typical, abs=1.5)


def test_outcomes_move_weights_within_bounds() -> None:
    chance = random.Random(2)
    made = HealthLearner(behaviours_of(RULES))
    for _ in range(1_500):
        logins, pages = chance.uniform(0, 12), chance.uniform(0, 20)
        values = {"login_frequency": logins, "browsing": pages}
        made.observe("edu", values)
        made.outcome("edu", values, logins > 6)
    weights = learned_rules(made.model().as_plain(), RULES, "edu").weights
    assert weights.total == pytest.approx(1.0)
    assert weights.login_frequency > RULES.weights.login_frequency
    assert weights.login_frequency > 3 * weights.browsing
    assert max(weight for _, weight in weights.items()) <= 0.25 + 1e-9
    assert min(weight for _, weight in weights.items()) >= 0


def test_weights_that_were_learned_have_shares_of_their_own() -> None:
    book, logins = RULES.weights, frozenset({"login_frequency"})
    assert book.share(logins) == pytest.approx(0.12)
    learned = book.model_copy(update={"login_frequency": 0.25, "orders": 0.0})
    assert learned.share(logins) == pytest.approx(0.25 / learned.total)
    assert book.share(frozenset({"orders"})) == pytest.approx(0.07), (
        "and what was asked of one is no answer for another"
    )


def test_a_record_of_other_levels_changes_nothing() -> None:
    plain = learner_of({"login_frequency": [40.0] * 3_000}).model().as_plain()
    assert learned_rules({**plain, "levels": [0.0, 1.0]}, RULES, "edu") is RULES
    assert learned_rules({}, RULES, "edu") is RULES


def test_the_detector_teaches_weeks_and_ends_of_terms_and_uses_what_was_learned() -> None:
    book = load_rule_book("learning: {health_sampled: 1.0}\nhealth: {coverage: 0.1}")
    bench = Bench(book)
    taught: list[Example] = []
    for week in range(8):
        for day in range(5):
            at = NINE + (7 * week + day) * DAY
            for kind, data in (("login", {}), ("product_used", {"feature": f"f{day}", "count": 12})):
                bench.fact(kind, at, **data)
                taught += bench.examples
    bench.fact("subscription_changed", NINE + 57 * DAY, status="renewed")
    taught += bench.examples
    kinds = [one.data["kind"] for one in taught]
    assert kinds.count("behaviours") == 7
    assert kinds.count("outcome") == 1
    assert next(one.data for one in taught if one.data["kind"] == "outcome")["good"] is True
    before = bench.state("lead:a", "health")["scores"]["login_frequency"]
    learner = Learner(prior_of(book.learning))
    learner.health = learner_of({"login_frequency": [50.0 + n % 9 for n in range(4_000)]}, "-")
    snapshot = learner.snapshot()
    bench.control(ModelChange(name=NAME, version=version_of(snapshot), snapshot=snapshot))
    bench.fact("subscription_changed", NINE + 58 * DAY, status="renewed")
    assert bench.state("lead:a", "health")["scores"]["login_frequency"] < before, "five logins are few here"


def test_a_trainer_goes_on_when_the_rule_book_has_other_behaviours() -> None:
    chance = random.Random(1)
    trainer = Trainer(RuleBook())
    for number in range(60):
        values = {"login_frequency": chance.uniform(0, 9), "browsing": chance.uniform(0, 9)}
        data = {"kind": "behaviours", "segment": "edu", "values": values}
        trainer.take(Example(entity="lead:a", at=0, origin=Origin("facts", "0", 0, number), data=data))
    other = RuleBook().health.weights.model_copy(update={"browsing": 0.0, "orders": 0.12})
    health = RuleBook().health.model_copy(update={"weights": other})
    book = RuleBook().model_copy(update={"health": health})
    resumed = Trainer.restore(trainer.checkpoint(), book)
    assert resumed.learner.health is not None
    model = resumed.learner.health.model()
    assert "browsing" not in model.weights
    assert "login_frequency" in model.quantiles["edu"]
    assert models_of({}, book).health(health, "edu") is health
