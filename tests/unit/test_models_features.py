import math
import random
from pathlib import Path

import msgspec
import pytest

from online_models.features import FEATURES, INDEX, NAMES, NEW, SIZE, update, vector
from online_models.features.channels import CHANNELS, page_of
from online_models.features.reference import reference
from online_models.features.state import MOST_COUNT, MOST_TIMES
from online_models.features.words import GROUPS
from schemas.times import DAY, HOUR, MINUTE
from tests.unit.models_facts import BEGIN, TYPES, fact, order, random_state, state_of


def named(state: object, at: int) -> dict[str, float]:
    return dict(zip(NAMES, vector(state, at), strict=True))  # type: ignore[arg-type]


def test_every_feature_has_a_name_of_its_own_a_unit_a_meaning_and_a_group_in_words() -> None:
    assert len(set(NAMES)) == SIZE == len(FEATURES)
    assert all(feature.unit and feature.meaning for feature in FEATURES)
    assert {feature.group for feature in FEATURES} <= set(GROUPS)


def test_nothing_known_is_said_to_be_missing_not_zero() -> None:
    features = named(NEW, BEGIN)
    assert features["orders.none"] == 1.0
    assert all(features[name] == 0.0 for name in NAMES if name.startswith(("orders.recency", "gap.", "money.")))


def test_the_input_state_is_untouched() -> None:
    state = state_of(order(BEGIN))
    before = msgspec.msgpack.encode(state)
    update(state, order(BEGIN + DAY))
    assert msgspec.msgpack.encode(state) == before


def test_a_fact_that_is_no_behaviour_returns_the_same_state() -> None:
    state = state_of(order(BEGIN))
    assert update(state, fact("tender_published")) is state


def test_counts_halve_with_their_half_life() -> None:
    state = state_of(fact("login", BEGIN))
    features = named(state, BEGIN + 3 * DAY)
    assert features["logins.count.3d"] == pytest.approx(math.log1p(0.5), abs=1e-3)
    assert features["logins.count.8h"] == pytest.approx(math.log1p(0.5**9), abs=1e-3)


def test_a_late_fact_counts_with_what_is_left_of_it() -> None:
    in_order = state_of(fact("login", BEGIN), fact("login", BEGIN + DAY))
    late = state_of(fact("login", BEGIN + DAY), fact("login", BEGIN))
    assert late == in_order


def test_recency_is_shared_between_the_knots_around_it() -> None:
    features = named(state_of(order(BEGIN)), BEGIN + 5 * DAY)
    shares = {name: features[name] for name in NAMES if name.startswith("orders.recency.") and features[name]}
    assert set(shares) == {"orders.recency.3d", "orders.recency.7d"}
    assert sum(shares.values()) == pytest.approx(1.0)


def test_overdue_is_measured_in_the_customer_s_own_gaps() -> None:
    weekly = state_of(*(order(BEGIN + week * 7 * DAY) for week in range(8)))
    last = BEGIN + 49 * DAY
    assert named(weekly, last + 7 * DAY)["orders.overdue.0.3"] > 0.5
    assert named(weekly, last + 90 * DAY)["orders.overdue.2"] == 1.0


def test_two_orders_of_one_visit_are_one_occasion() -> None:
    assert "g" not in state_of(order(BEGIN), order(BEGIN + HOUR))


@pytest.mark.parametrize(
    ("data", "channel"),
    [
        ({"section": "pricing"}, "q"),
        ({"section": "报价"}, "q"),
        ({"section": "blog", "url": "/pricing"}, "p"),
        ({"url": "https://x.cn/Price?a=1"}, "q"),
        ({"url": "/about", "title": "About us"}, "p"),
        ({"url": "/about", "product": "CRM"}, "g"),
        ({"title": "客户案例"}, "e"),
        ({"url": "/docs/api"}, "h"),
        ({"url": 17, "title": None}, "p"),
    ],
)
def test_pages_are_told_apart(data: dict[str, object], channel: str) -> None:
    assert page_of(data) == channel


def test_a_pause_of_more_than_half_an_hour_begins_a_new_session() -> None:
    minutes = [0, 10, 39, 70, 101]
    state = state_of(*(fact("page_viewed", BEGIN + minute * MINUTE, url="/") for minute in minutes))
    assert state["c"]["s"][1] == 3


def test_the_first_source_stays() -> None:
    first = msgspec.structs.replace(fact("login"), source="website")
    state = update(update(NEW, first), msgspec.structs.replace(fact("login"), source="app"))
    assert state["s"] == update(NEW, first)["s"]
    assert sum(named(state, BEGIN)[f"source.{group}"] for group in range(4)) == 1.0


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-5", "1e999", "abc", None, [1], {"a": 1}, float("inf"), True])
def test_an_amount_that_cannot_be_used_changes_only_a_counter(amount: object) -> None:
    with_it, without = state_of(order(BEGIN, amount)), state_of(order(BEGIN, "10"))
    assert with_it["b"] == 1
    assert {key: value for key, value in with_it.items() if key != "b"} == {
        key: value for key, value in without.items() if key != "m"
    }


@pytest.mark.parametrize("at", [-1, None, "soon", 1.5, True])
def test_a_time_that_cannot_be_used_changes_only_a_counter(at: object) -> None:
    state = state_of(order(BEGIN))
    assert update(state, fact("login", at)) == {**state, "b": 1}  # type: ignore[arg-type]


def test_a_huge_amount_and_a_far_time_stay_within_bounds() -> None:
    state = state_of(order(BEGIN, "1e308"), order(2**62, 1e308))
    assert all(math.isfinite(value) and abs(value) <= 12 for value in vector(state, 2**62))


def test_a_lead_s_features_fit_in_600_bytes_whatever_happens() -> None:
    chance = random.Random(1)
    state = NEW
    for step in range(3_000):
        kind = chance.choice([*TYPES, "order_cancelled", "customer_touched", "product_used", "ticket_opened"])
        url = chance.choice(["/pricing", "/blog", "/product", "/case", "/help"])
        mood = chance.choice(["positive", "negative", "odd"])
        state = update(state, fact(kind, BEGIN + step * HOUR, amount="123.45", mood=mood, url=url))
    full = {code: [row[0], MOST_TIMES, *([MOST_COUNT] * 4)] for code, row in state["c"].items()}
    assert set(full) == set(CHANNELS)
    assert len(msgspec.msgpack.encode({**state, "c": full, "b": MOST_TIMES, "s": 3})) <= 600


def test_a_state_survives_being_written_down() -> None:
    state = random_state(random.Random(2))
    back = msgspec.msgpack.decode(msgspec.msgpack.encode(state))
    assert vector(back, BEGIN + 99 * DAY) == vector(state, BEGIN + 99 * DAY)


def test_a_state_with_channels_of_a_later_release_is_read_for_what_is_known() -> None:
    state = state_of(order(BEGIN))
    later = {**state, "c": {**state["c"], "Z": [1, 2, 3, 4, 5, 6]}, "zz": [1]}
    assert vector(later, BEGIN + DAY) == vector(state, BEGIN + DAY)


def test_moods_weigh_by_how_new_they_are() -> None:
    worse = state_of(fact("contact_noted", BEGIN, mood="positive"), fact("contact_noted", BEGIN + 1, mood="negative"))
    assert vector(worse, BEGIN + DAY)[INDEX["mood"]] < 0


def test_the_reference_in_the_docs_is_up_to_date() -> None:
    page = Path(__file__).parents[2] / "docs" / "models-features.md"
    assert page.read_text(encoding="utf-8") == reference()
