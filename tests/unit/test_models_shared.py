"""The checks that every classifier must pass, found by the registry: River's own, and ours."""

import math
import random
from collections.abc import Callable, Hashable
from typing import Any

import msgspec
import pytest
from river import base, checks

from online_models.features import NAMES
from online_models.registry import classifiers

Row = dict[Hashable, Any]
FOUND = classifiers()
RIVER = [
    pytest.param(check, model, id=f"{name}-{getattr(check, '__name__', check)}-{number}")
    for name, model in FOUND.items()
    for number, check in enumerate(checks.yield_checks(model()))
]
HOSTILE = [
    float("nan"),
    float("inf"),
    -float("inf"),
    1e308,
    -1e308,
    "a word",
    "",
    None,
    [1],
    {"a": 1},
    10**400,
    True,
    b"x",
]


@pytest.fixture(params=FOUND.values(), ids=FOUND)
def made(request: pytest.FixtureRequest) -> base.Classifier:
    model: base.Classifier = request.param()
    return model


def stream(count: int, seed: int = 0) -> list[tuple[Row, bool]]:
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        row: Row = {name: round(chance.gauss(0, 1), 3) for name in NAMES[:6]}
        row["colour"] = chance.choice(["red", "green", "blue"])
        odds = 1.5 * row[NAMES[0]] - row[NAMES[1]]
        found.append((row, chance.random() < 1 / (1 + math.exp(-odds))))
    return found


def taught(model: base.Classifier, rows: list[tuple[Row, bool]]) -> base.Classifier:
    for row, label in rows:
        model.learn_one(row, label)
    return model


def said(model: base.Classifier, row: Row) -> float:
    return float(model.predict_proba_one(row)[True])


def test_there_are_models() -> None:
    assert {"PurchaseClassifier", "TableClassifier"} <= set(FOUND)


@pytest.mark.parametrize(("check", "model"), RIVER)
def test_river_s_checks(check: Callable[[base.Classifier], None], model: type[base.Classifier]) -> None:
    check(model())


def test_it_works_before_any_learning(made: base.Classifier) -> None:
    assert 0.0 < said(made, {}) < 1.0
    assert 0.0 < said(made, stream(1)[0][0]) < 1.0


def test_it_learns(made: base.Classifier) -> None:
    taught(made, stream(1_500))
    right = sum((said(made, row) > 0.5) == label for row, label in stream(300, seed=1))
    assert right > 200


def test_inputs_are_untouched(made: base.Classifier) -> None:
    for row, label in stream(40):
        before = msgspec.msgpack.encode(row)
        said(made, row)
        made.learn_one(row, label)
        assert msgspec.msgpack.encode(row) == before


def test_it_is_deterministic(made: base.Classifier) -> None:
    other = type(made)()
    rows = stream(200)
    assert [said(taught(made, [one]), one[0]) for one in rows] == [said(taught(other, [one]), one[0]) for one in rows]


@pytest.mark.parametrize("count", [0, 20, 130, 600, 1_100])
def test_it_survives_being_written_down(made: base.Classifier, count: int) -> None:
    rows = stream(1_200)
    taught(made, rows[:count])
    back = type(made).from_bytes(made.as_bytes())  # type: ignore[attr-defined]
    assert back.as_bytes() == made.as_bytes()  # type: ignore[attr-defined]
    rest = rows[count : count + 60]
    assert [said(taught(made, [one]), one[0]) for one in rest] == [said(taught(back, [one]), one[0]) for one in rest]


def test_missing_and_new_features_do_no_harm(made: base.Classifier) -> None:
    taught(made, stream(100))
    for row, label in stream(50, seed=2):
        del row[NAMES[2]]
        row["a new one"] = 5.0
        assert 0.0 <= said(made, row) <= 1.0
        made.learn_one(row, label)


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value)[:12])
def test_hostile_values_do_no_harm(made: base.Classifier, value: object) -> None:
    taught(made, stream(400))
    row = stream(1, seed=3)[0][0]
    before = said(made, row)
    for _ in range(3):
        made.learn_one({**row, NAMES[3]: value}, True)
        assert 0.0 <= said(made, {**row, NAMES[3]: value}) <= 1.0
    assert abs(said(made, row) - before) < 0.25


def test_ten_million_categories_do_not_fill_the_memory(made: base.Classifier) -> None:
    taught(made, stream(1_100))
    before = len(made.as_bytes())  # type: ignore[attr-defined]
    for number, (row, label) in enumerate(stream(4_500, seed=4)):
        made.learn_one({**row, "colour": f"category {number}"}, label)
    assert len(made.as_bytes()) < before + 1_500_000  # type: ignore[attr-defined]
    assert 0.0 < said(made, stream(1)[0][0]) < 1.0
