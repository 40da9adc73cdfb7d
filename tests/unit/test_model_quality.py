"""Quality in metrics: over the last labels, by age of the label, by model version, by segment."""

import random
from typing import Any

import msgspec
import pytest

from online_models.ages import age_of, measure_by_age
from online_models.losses import measure
from schemas.effects import Example
from schemas.fact import Origin
from schemas.times import DAY, HOUR
from streams.metrics import MODEL_EVIDENCE, MODEL_QUALITY
from streams.stages.learning_metrics import WINDOW, Quality
from tests.unit.detector_bench import NINE
from tests.unit.test_purchase import bench, price

HORIZON = 7 * DAY


def label(number: int, outcome: int, after: int = HORIZON, **more: Any) -> Example:
    """Return an example as `matured` makes it: told when the horizon has passed, whenever the outcome came."""
    data = {"kind": "label", "asked_at": number, "label_at": number + HORIZON, "label": outcome,
            "outcome_at": number + after, "probability": 0.3, "model": "v", "segment": "s", **more}  # fmt: skip
    return Example(entity=f"lead:{number}", at=number, origin=Origin("facts", "b", 0, number), data=data)


def corrected(told: Example, now: int) -> Example:
    return msgspec.structs.replace(told, data={**told.data, "label": now, "was": 1 - now})


def shown(quality: Quality) -> tuple[dict[tuple[str, ...], float], dict[tuple[str, ...], float]]:
    quality.show()
    return tuple(
        {tuple(sample.labels.values()): sample.value for one in gauge.collect() for sample in one.samples}
        for gauge in (MODEL_QUALITY, MODEL_EVIDENCE)
    )  # type: ignore[return-value]


def story(count: int = 3_000) -> list[Example]:
    chance, told = random.Random(1), []
    for number in range(count):
        bought = int(chance.random() < 0.3)
        after = int(chance.uniform(0, 7) * DAY) if bought else HORIZON
        probability = min(1.0, max(0.0, chance.gauss(0.4 if bought else 0.25, 0.1)))
        more = {"probability": probability, "model": f"v{number // 300}", "segment": f"s{number % 100}"}
        told.append(label(number, bought, after, **more))
    return told


def test_the_labels_of_prometheus_are_bounded() -> None:
    quality = Quality()
    for number, one in enumerate(story()):
        quality.published(f"v{number // 300}")
        quality.note(one)
    figures, evidence = shown(quality)
    assert 0.45 < figures["log_loss", "all", "all"] < 0.65
    assert {name for name, by, _ in figures if by == "all"} == {"auc", "average_precision", "log_loss", "brier", "ece"}
    assert {value for _, by, value in figures if by == "version"} == {"v6", "v7", "v8", "v9", "older"}
    assert {value for by, value in evidence if by == "age"} == {"1d", "3d", "7d", "none"}
    segments = [number for (by, _), number in evidence.items() if by == "segment"]
    assert len(segments) == 17
    assert sum(segments) == 3_000


def test_by_age_each_bucket_has_figures_whose_means_are_those_of_all() -> None:
    quality = Quality()
    for one in story():
        quality.note(one)
    figures, evidence = shown(quality)
    ages = {value: number for (by, value), number in evidence.items() if by == "age"}
    assert sum(ages.values()) == 3_000
    assert {name for name, by, _ in figures if by == "age"} == {"auc", "log_loss", "brier"}, "one outcome: no ece"
    for name in ("log_loss", "brier"):
        mean = sum(number * figures[name, "age", age] for age, number in ages.items()) / 3_000
        assert mean == pytest.approx(figures[name, "all", "all"])
    orders = {age: number for age, number in ages.items() if age != "none"}
    mean = sum(number * figures["auc", "age", age] for age, number in orders.items()) / sum(orders.values())
    assert mean == pytest.approx(figures["auc", "all", "all"])
    assert figures["auc", "age", "none"] == pytest.approx(figures["auc", "all", "all"])


def test_a_cancellation_corrects_the_figures_of_all_and_is_an_age_of_its_own() -> None:
    told = [label(number, number % 2, DAY) for number in range(200)]
    quality, without = Quality(), Quality()
    for one in told:
        quality.note(one)
    for one in told[1:120:2]:
        quality.note(corrected(one, 0))
    for number, one in enumerate(told):
        without.note(one if number >= 120 or not one.data["label"] else label(number, 0))
    figures, evidence = shown(quality)
    assert (evidence["age", "1d"], evidence["age", "cancelled"], evidence["age", "none"]) == (40, 60, 100)
    assert ("log_loss", "age", "cancelled") in figures
    assert ("log_loss", "age", "1d") not in figures, "40 labels say nothing"
    same, _ = shown(without)
    assert same["brier", "all", "all"] == figures["brier", "all", "all"]
    quality.note(corrected(told[1], 1))  # another order stands after all
    _, evidence = shown(quality)
    assert (evidence["age", "1d"], evidence["age", "cancelled"]) == (41, 59)


def test_what_is_no_label_and_a_correction_of_what_is_forgotten_change_nothing() -> None:
    quality, told = Quality(), [label(number, 1, HOUR) for number in range(WINDOW + 5)]
    for one in told:
        quality.note(one)
    quality.note(corrected(told[0], 0))
    quality.note(label(-1, 1, probability="x"))
    quality.note(msgspec.structs.replace(told[0], data={"kind": "behaviours"}))
    _, evidence = shown(quality)
    assert evidence == {("all", "all"): WINDOW, ("age", "1d"): WINDOW, ("version", "older"): WINDOW,
                        ("segment", "s"): WINDOW}  # fmt: skip
    assert len(quality._by_question) == WINDOW


def test_ages() -> None:
    assert [age_of(1, after) for after in (0, DAY, DAY + 1, 3 * DAY, 8 * DAY, 31 * DAY)] == [
        "1d", "1d", "3d", "3d", "30d", "later",
    ]  # fmt: skip
    assert age_of(0, HORIZON) == "none"
    assert measure_by_age([], [], []) == {}
    (only,) = measure_by_age([0.2, 0.4], [0, 0], ["none", "none"]).values()
    assert (only.rows, only.auc) == (2, None)
    assert only.log_loss == measure([0.2, 0.4], [0, 0]).log_loss


def test_the_event_path_tells_when_the_outcome_came() -> None:
    made, told = bench(), []
    for entity, days in (("lead:a", 0.5), ("lead:b", 2), ("lead:c", 6), ("lead:d", 9)):
        price(made, NINE, entity)
        told.append((NINE + int(days * DAY), entity))
    quality = Quality()
    for at, entity in told:
        made.until(at)
        for one in made.examples:
            quality.note(one)
        made.fact("order_placed", at, entity, order_id=f"o-{entity}", amount="10")
    made.until(NINE + 20 * DAY)
    for one in made.examples:
        quality.note(one)
    made.fact("order_cancelled", NINE + 10 * DAY, "lead:b", order_id="o-lead:b")
    asked = {row.question[0]: row.age for row in quality._rows if row.question[1] == NINE}
    assert asked == {"lead:a": "1d", "lead:b": "3d", "lead:c": "7d", "lead:d": "none"}
