import random
from typing import Any

import pytest

from online_models.losses import measure
from online_models.table import TableClassifier
from online_models.table.cells import is_missing, moment, number
from online_models.table.columns import NumberColumn, TimeColumn, WordColumn, knots_of, plan_column
from online_models.table.counts import CountTables, gain
from online_models.table.plan import MOST_COLUMNS, Plan

Rows = list[tuple[dict[str, Any], int]]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("3.5", 3.5), (" 12 % ", 12.0), ("1,200.5", 1200.5), ("1,2", None), ("-1,200", -1200.0), ("abc", None),
        ("", None), ("nan", None), ("inf", None), ("1e308", 1e308), (True, 1.0), (None, None), (10**400, None),
        (7, 7.0),
    ],
)  # fmt: skip
def test_numbers(cell: object, value: float | None) -> None:
    assert number(cell) == value


@pytest.mark.parametrize(
    ("cell", "missing"), [("", True), (" NA ", True), (None, True), (float("nan"), True), ("0", False), (0, False)]
)
def test_missing_cells(cell: object, missing: bool) -> None:
    assert is_missing(cell) is missing


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [
        ("1970-01-02", 86_400.0), ("1970-01-01T01:00:00+08:00", 3_600.0), ("1970/01/01 00:01", 60.0),
        ("01/02/1970", 86_400.0), ("20240101", None), ("12.5", None), ("hello world", None), (5, None),
        ("9999-99-99", None),
    ],
)  # fmt: skip
def test_moments(cell: object, seconds: float | None) -> None:
    assert moment(cell) == seconds


def test_columns_are_told_apart() -> None:
    assert isinstance(plan_column(["1", "2.5", "", "3"], 8), NumberColumn)
    assert isinstance(plan_column(["a", "b", "", "a"], 8), WordColumn)
    assert isinstance(plan_column(["2024-01-01", "2024-02-01", ""], 8), TimeColumn)
    assert plan_column(["", "", ""], 8) is None
    assert plan_column(["x"] * 50, 8) is None
    assert plan_column([f"id-{n}" for n in range(100)], 8) is None
    assert isinstance(plan_column(["TRUE", "FALSE"] * 50, 8), WordColumn)


def test_a_value_that_many_rows_share_is_a_knot_of_its_own() -> None:
    values = [0.0] * 700 + [float(number) for number in range(1, 301)]
    knots = knots_of(values, 8)
    assert 0.0 in knots
    assert len(knots) >= 6


def test_the_shares_of_a_number_add_up_to_one_and_missing_is_marked() -> None:
    column = NumberColumn.planned([float(number) for number in range(100)], 8)
    for value in ("-5", "0", "33.3", "99", "1e300"):
        out: list[float] = []
        column.write(value, out)
        assert sum(out[:-2]) == pytest.approx(1.0)
        assert abs(out[-2]) <= 4.0
        assert out[-1] == 0.0
    out = []
    assert column.write("no number", out) == -1
    assert out[-1] == 1.0
    assert sum(out[:-1]) == 0.0


def test_counts_say_nothing_of_cells_never_seen_and_much_of_clear_ones() -> None:
    tables = CountTables(2, [(0, 1)])
    for _ in range(100):
        tables.learn([1, 1], 1)
        tables.learn([2, 1], 0)
    out: list[float] = []
    tables.write([1, 9], out)
    assert out[0] > 1.0
    assert out[1:] == [0.0, 0.0]
    assert tables.base_rate == pytest.approx(0.5)


def test_gain_tells_a_telling_column_from_chance() -> None:
    chance = random.Random(1)
    labels = [chance.randint(0, 1) for _ in range(500)]
    assert gain(labels, labels) > 0.6
    assert gain([chance.randint(0, 30) for _ in labels], labels) < 0.02
    assert gain([1, 2], [1, 1]) == 0.0


def test_a_plan_takes_the_telling_columns_of_many() -> None:
    chance = random.Random(2)
    labels = [chance.randint(0, 1) for _ in range(300)]
    rows = [{f"c{n}": chance.random() for n in range(100)} | {"told": label + chance.random()} for label in labels]
    plan = Plan.of(rows, labels)
    assert "told" in plan.columns
    assert len(plan.columns) == MOST_COLUMNS
    assert plan.size < 400


def stream(count: int, seed: int = 0, turned: bool = False) -> Rows:
    chance = random.Random(seed)
    rows: Rows = []
    for _ in range(count):
        a, b, kind = chance.random(), chance.random(), chance.choice("xyz")
        likely = 0.9 if (abs(a - 0.5) < 0.2) != (kind == "x") else 0.1
        label = int((chance.random() < likely) != turned)
        rows.append(({"a": f"{a:.4f}", "b": "" if chance.random() < 0.1 else f"{b:.3f}", "kind": kind}, label))
    return rows


def prequential(model: TableClassifier, rows: Rows) -> float | None:
    said = []
    for row, label in rows:
        said.append(model.probability(row))
        model.learn_one(dict(row), label)
    half = len(rows) // 2
    return measure(said[half:], [label for _, label in rows[half:]]).auc


def test_bent_lines_and_pairs_see_what_no_straight_line_does() -> None:
    auc = prequential(TableClassifier(), stream(3_000))
    assert auc is not None
    assert auc > 0.85  # the best that is possible is 0.90


def test_it_follows_a_world_that_turns_round() -> None:
    model = TableClassifier()
    prequential(model, stream(2_000))
    auc = prequential(model, stream(4_000, seed=1, turned=True))
    assert auc is not None
    assert auc > 0.8
