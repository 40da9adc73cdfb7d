"""The purchase detector as tables of cases: when it scores, episodes, labels, hostile values, models that fail."""

import math
import random
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from online_models.features import NAMES
from online_models.features.channels import BY_TYPE
from online_models.in_force import models_of, prior_of
from online_models.record import NAME, ModelRecord, encode_model, version_of
from processors.detector import Context
from processors.detectors.purchase import DETECTOR
from processors.models import NO_MODELS
from processors.purchase.moments import BY_REPS, moment
from schemas.fact import Fact, ModelChange, Origin
from schemas.rules import RuleBook, load_rule_book
from schemas.times import DAY, HOUR, MINUTE
from tests.unit.detector_bench import NINE, Bench

BOOK = load_rule_book("learning: {sampled: 1.0}")


def model(weights: Mapping[str, float], bias: float = -3.0, examples: int = 1_000) -> ModelChange:
    """Return a published model that weighs a few features; with 1,000 examples it is sure of itself."""
    record = ModelRecord(
        format=1, features="purchase-1", names=NAMES, weights=tuple(weights.get(name, 0.0) for name in NAMES),
        means=(0.0,) * len(NAMES), bias=bias, examples=examples, positives=examples // 2, sure_after=50,
    )  # fmt: skip
    snapshot = encode_model(record)
    return ModelChange(name=NAME, version=version_of(snapshot), snapshot=snapshot)


PRICE = model({"price_page_views.count.8h": 6.0, "forms.count.8h": 1.0})


def bench(book: RuleBook = BOOK, change: ModelChange = PRICE) -> Bench:
    made = Bench(book)
    made.control(change)
    return made


def price(made: Bench, at: int, entity: str = "lead:a") -> None:
    made.fact("page_viewed", at, entity, url="https://example.com/pricing")


def likely(made: Bench) -> list[Any]:
    return [signal for signal in made.signals if signal.kind == "purchase_likely"]


def test_it_is_called_for_what_the_features_count_and_for_nothing_else() -> None:
    assert DETECTOR.facts == set(BY_TYPE)
    assert {kind for kind in BY_TYPE if BY_TYPE[kind] == "r"} == BY_REPS


@pytest.mark.parametrize(
    ("count", "intends", "kind", "scored"),
    [
        (1, False, "page_viewed", "if_drawn"),
        (2, False, "page_viewed", "never"),
        (4, False, "page_viewed", "always"),
        (5, False, "page_viewed", "never"),
        (8, False, "page_viewed", "never"),
        (16, False, "page_viewed", "always"),
        (5, True, "page_viewed", "always"),
        (5, False, "order_placed", "if_drawn"),
        (4, False, "order_placed", "always"),
        (1, False, "followed_up", "never"),
        (4, True, "followed_up", "never"),
    ],
)
def test_moments(count: int, intends: bool, kind: str, scored: str) -> None:
    assert moment(kind, count, intends) == scored


def test_a_crawler_is_scored_a_handful_of_times() -> None:
    assert sum(moment("page_viewed", count, False) != "never" for count in range(1, 100_001)) == 9


def test_who_is_likely_to_buy_is_told_with_reasons_to_the_rep() -> None:
    made = bench()
    made.fact("form_submitted", NINE, form="f", phone="13800138000", name="张三")
    made.fact("lead_assigned", NINE + 1, lead="lead:a", rep_id="r1", region="华东")
    price(made, NINE + MINUTE)
    (told,) = likely(made)
    assert told.severity == "info"
    assert told.rule == "purchase.likely"
    assert told.model == PRICE.version
    assert 0.6 < told.evidence["probability"] < 1
    assert not told.evidence["unsure"]
    assert told.evidence["learned_from"] == {"examples": 1_000, "positives": 500}
    assert told.evidence["reasons"][0]["group"] == "price page views"
    assert "查看价格页" in told.title["zh"]
    assert "Visits to price pages" in told.title["en"]


def test_once_an_episode_that_ends_below_the_margin_or_after_a_horizon() -> None:
    made = bench()
    price(made, NINE)
    price(made, NINE + HOUR)
    assert len(likely(made)) == 1
    made.fact("form_submitted", NINE + 2 * DAY, form="f")  # the price page has faded: below 0.5
    price(made, NINE + 2 * DAY + HOUR)
    assert len(likely(made)) == 2
    price(made, NINE + 3 * DAY)
    assert len(likely(made)) == 2
    price(made, NINE + 10 * DAY + HOUR)  # never seen to fall, but nothing was above for a horizon
    assert len(likely(made)) == 3


def test_between_the_bounds_an_episode_goes_on() -> None:
    wavering = model({"price_page_views.count.8h": 6.0}, bias=-3.9)
    made = bench(change=wavering)
    price(made, NINE)
    assert likely(made) == []
    price(made, NINE + MINUTE)
    assert len(likely(made)) == 1
    made.fact("form_submitted", NINE + 5 * HOUR, form="f")  # about 0.55
    price(made, NINE + 5 * HOUR + MINUTE)
    assert len(likely(made)) == 1


def test_an_order_makes_snapshots_positive_and_a_cancelled_one_takes_it_back() -> None:
    made = bench()
    price(made, NINE, "lead:a")
    price(made, NINE, "lead:b")
    price(made, NINE, "lead:c")
    for entity in ("lead:a", "lead:b"):
        made.fact("order_placed", NINE + 2 * DAY, entity, order_id=f"o-{entity}", amount="10")
    made.fact("order_cancelled", NINE + 3 * DAY, "lead:b", order_id="o-lead:b")
    labels = labels_until(made, NINE + 9 * DAY)
    first = {entity: label for entity, asked, label, was in labels if asked == NINE and was is None}
    assert first == {"lead:a": 1, "lead:b": 0, "lead:c": 0}
    made.fact("order_cancelled", NINE + 9 * DAY + HOUR, "lead:a", order_id="o-lead:a")
    corrected = [(one.data["label"], one.data["was"]) for one in made.examples if "was" in one.data]
    assert corrected == [(0, 1)]


def labels_until(made: Bench, end: int) -> list[tuple[str, int, int, int | None]]:
    made.until(end)
    return [(one.entity, one.data["asked_at"], one.data["label"], one.data.get("was")) for one in made.examples]


def test_labels_carry_the_score_the_model_and_the_segment() -> None:
    made = bench()
    made.fact("account_profiled", NINE - HOUR, industry="education")
    price(made, NINE)
    made.until(NINE + 9 * DAY)
    (one,) = [example.data for example in made.examples if example.data["kind"] == "label"]
    assert one["model"] == PRICE.version
    assert one["segment"] == "education"
    assert one["probability"] == pytest.approx(likely(made)[0].evidence["probability"], abs=1e-4)
    assert one["label_at"] == one["asked_at"] + 7 * DAY


def test_the_memory_is_forgotten_when_nothing_is_open() -> None:
    made = bench()
    price(made, NINE)
    made.fact("order_placed", NINE + DAY, order_id="o", amount="10")
    made.until(NINE + 40 * DAY)
    state = made.state("lead:a", "purchase")
    assert state["m"]["s"] == []
    assert "due" not in state


def test_a_model_takes_effect_at_its_place_in_the_log() -> None:
    made = Bench(BOOK)
    price(made, NINE)
    assert likely(made) == [], "the rule book believes in nobody at once"
    made.control(PRICE)
    price(made, NINE + HOUR)
    made.control(model({}, bias=-3.0))
    price(made, NINE + 12 * DAY)
    assert [signal.model for signal in likely(made)] == [PRICE.version]


def test_a_model_that_cannot_be_read_is_reported_and_the_former_stays_in_force() -> None:
    made = bench()
    broken = ModelChange(name=NAME, version="x", snapshot=b"\xc1 not msgpack")
    partition = made.partition
    partition.begin(0)
    partition.append(broken)
    partition.finish()
    assert [failure.detector for failure in partition.failures] == ["models"]
    partition.failures.clear()
    price(made, NINE)
    assert [signal.model for signal in likely(made)] == [PRICE.version]


def test_the_rule_book_switches_it_off_and_an_override_for_some() -> None:
    made = bench(load_rule_book("purchase: {enabled: false}"))
    price(made, NINE)
    assert likely(made) == []
    assert "purchase" not in msgspec.msgpack.decode(made.partition.blobs["lead:a"]).get("d", {})
    book = load_rule_book("overrides: [{when: {source: website}, set: {purchase: {threshold: 0.95}}}]")
    made = bench(book)
    made.fact("form_submitted", NINE, form="f", phone="13800138000")
    price(made, NINE + 1)
    assert likely(made) == [], "0.93 is not above 0.95"


def test_without_models_it_does_nothing() -> None:
    fact = Fact(entity="lead:a", type="login", at=NINE, known_at=NINE, origin=Origin("t", "0", 0, 0))
    state: dict[str, Any] = {}
    after, effects = DETECTOR.on_fact(state, fact, Context("lead:a", NINE, NINE, BOOK, {}, NO_MODELS))
    assert after is state
    assert effects == ()


HOSTILE = [math.nan, math.inf, -math.inf, 1e308, -1e308, "x" * 10_000, "NaN", True, None, [], {"a": 1}, 10**400, ""]


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: str(value)[:12])
@pytest.mark.parametrize(
    ("kind", "field"), [("order_placed", "amount"), ("contact_noted", "mood"), ("page_viewed", "url")]
)
def test_a_hostile_value_changes_no_score_but_a_counter(kind: str, field: str, value: Any) -> None:
    read = models_of({NAME: {"version": "v", "snapshot": PRICE.snapshot}}, BOOK).purchase
    fact = Fact(entity="lead:a", type=kind, at=NINE, known_at=NINE, origin=Origin("t", "0", 0, 0), data={field: value})
    bare = msgspec.structs.replace(fact, data={})
    features, _ = read.updated({}, fact)
    usual, _ = read.updated({}, bare)
    assert len(msgspec.msgpack.encode(features)) <= 600
    without = {name: held for name, held in features.items() if name not in ("b", "m")}
    assert without == {name: held for name, held in usual.items() if name not in ("b", "m")}
    scored = read.score(features, NINE + HOUR)
    assert 0.0 <= scored.probability <= 1.0
    if kind != "order_placed" or "m" not in features:  # 1e308 is a large order, and bounded as such
        assert scored == read.score(usual, NINE + HOUR)


def test_ten_million_categories_leave_the_state_as_small_as_one() -> None:
    read = models_of({}, BOOK).purchase
    chance = random.Random(1)
    features: Mapping[str, Any] = {}
    for number in range(2_000):  # each another page, product, source, campaign
        data = {"url": f"/{chance.random()}", "product": str(chance.random()), "section": f"s{number}"}
        fact = Fact(entity="lead:a", type="page_viewed", at=NINE + number * 1000, known_at=NINE, data=data,
                    origin=Origin("t", "0", 0, number), source=f"source-{number}")  # fmt: skip
        features, _ = read.updated(features, fact)
    assert len(msgspec.msgpack.encode(features)) < 200


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(BY_TYPE)), st.integers(0, 40 * DAY)), min_size=1, max_size=60))
def test_whatever_happens_states_are_bounded_and_every_label_is_told_once(story: list[tuple[str, int]]) -> None:
    made, labels = bench(), []
    for number, (kind, after) in enumerate(sorted(story, key=lambda one: one[1])):
        data: dict[str, Any] = {"order_id": f"o{number % 5}", "amount": "5"} if kind.startswith("order") else {}
        made.until(NINE + after)
        labels += [one.data for one in made.examples]
        made.fact(kind, NINE + after, **data)
        labels += [one.data for one in made.examples]
    made.until(NINE + 80 * DAY)
    labels += [one.data for one in made.examples]
    told = [one["asked_at"] for one in labels if one["kind"] == "label" and "was" not in one]
    assert len(told) == len(set(told)), "a scoring was told twice"
    state = made.state("lead:a", "purchase")
    assert len(msgspec.msgpack.encode(state["f"])) <= 600
    assert state.get("m", {}).get("s", []) == []
    assert made.partition.blobs["lead:a"]


def test_the_prior_of_the_rule_book_scores_until_a_model_comes() -> None:
    book = load_rule_book("learning: {prior: {base_rate: 0.5, weights: {forms.count.8h: 2.0}}}")
    record = prior_of(book.learning).record()
    assert record.unsure
    made = Bench(book)
    made.fact("form_submitted", NINE, form="f", phone="13800138000")
    (told,) = likely(made)
    assert told.model is None
    assert told.evidence["unsure"]
    assert "依据尚少" in told.title["zh"]
