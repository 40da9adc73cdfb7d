import csv
import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from schemas.fact import Fact
from schemas.times import DAY, HOUR
from streams.commands.evaluate import evaluate
from streams.evaluate.purchase_questions import Question, first_question
from streams.evaluate.purchase_run import PurchaseRun
from tests.unit.models_facts import fact

MONDAY = 1_714_320_000_000  # 2024-04-29 00:00 in Shanghai


def touchpoint(number: int, at: int, customer: str, kind: str = "order_placed", **data: Any) -> dict[str, Any]:
    return {
        "event_id": f"e{number}",
        "type": kind,
        "source": "shop",
        "occurred_at": datetime.fromtimestamp(at / 1000, UTC).isoformat(),
        "subject": {"ids": [{"kind": "customer", "value": customer}]},
        "data": data or {"order_id": f"o{number}", "amount": "10"},
    }


def shoppers(path: Path, customers: int = 40, days: int = 120) -> Path:
    """Half the customers order every 5 days or so, half every 60."""
    chance = random.Random(1)
    events = []
    for customer in range(customers):
        every = 5.0 if customer % 2 else 60.0
        at = MONDAY + int(chance.random() * 10 * DAY)
        while at < MONDAY + days * DAY:
            events.append((at, f"c{customer}"))
            at += int(chance.expovariate(1 / every) * DAY) + HOUR
    lines = [json.dumps(touchpoint(number, at, who)) for number, (at, who) in enumerate(sorted(events))]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def run(path: Path, *options: object) -> dict[str, Any]:
    result = CliRunner().invoke(evaluate, ["purchase", str(path), *map(str, options), "--json"])
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_the_report_has_the_contract_s_form_and_the_model_learns(tmp_path: Path) -> None:
    found = run(shoppers(tmp_path / "t.jsonl"), "--horizon", "7d", "--score-from", "2024-06-15")
    assert set(found) == {"rows", "positives", "base_rate", "recency", "frozen", "online"}
    assert 0 < found["positives"] < found["rows"]
    assert found["online"]["auc"] > 0.8
    assert found["online"]["log_loss"] < found["base_rate"]["log_loss"]


def test_by_age_the_means_are_those_of_all(tmp_path: Path) -> None:
    path = shoppers(tmp_path / "t.jsonl")
    found = run(path, "--score-from", "2024-06-15", "--by-age")
    ages = found.pop("by_age")
    assert found == run(path, "--score-from", "2024-06-15")
    assert list(ages) == ["1d", "3d", "7d", "none"]
    assert sum(one["rows"] for one in ages.values()) == found["rows"]
    assert ages["none"]["rows"] == found["rows"] - found["positives"]
    for name in ("log_loss", "brier"):
        mean = sum(one["rows"] * one[name] for one in ages.values()) / found["rows"]
        assert mean == pytest.approx(found["online"][name])
    orders = [one for age, one in ages.items() if age != "none"]
    mean = sum(one["rows"] * one["auc"] for one in orders) / found["positives"]
    assert mean == pytest.approx(found["online"]["auc"])
    shown = CliRunner().invoke(evaluate, ["purchase", str(path), "--by-age"]).stdout
    assert "order, 1d" in shown
    assert "no order" in shown


@pytest.mark.parametrize("ask", ["event", "daily", "weekly"])
def test_predictions_agree_with_the_file(tmp_path: Path, ask: str) -> None:
    path, out = shoppers(tmp_path / "t.jsonl", 10, 60), tmp_path / "p.csv"
    found = run(path, "--ask", ask, "--predictions", out)
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["entity", "asked_at", "probability", "label", "label_at"]
    assert len(rows) == found["rows"]
    assert sum(int(row["label"]) for row in rows) == found["positives"]
    events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    times = sorted(datetime.fromisoformat(event["occurred_at"]) for event in events)
    for row in rows:
        asked, told = (datetime.fromisoformat(row[name]) for name in ("asked_at", "label_at"))
        assert (told - asked).total_seconds() <= 7 * 86_400
        assert told <= times[-1]
        assert row["label"] == "0" or told in times


@pytest.mark.parametrize("policy", ["at_once", "corrected"])
def test_the_time_of_learning_is_a_choice(tmp_path: Path, policy: str) -> None:
    path = shoppers(tmp_path / "t.jsonl", 20, 80)
    other, usual = run(path, "--learn", policy), run(path)
    assert (other["rows"], other["positives"]) == (usual["rows"], usual["positives"])
    assert other["online"] != usual["online"]
    assert other["online"]["auc"] > 0.65  # answered by the model last published, as live


def test_the_same_file_gives_the_same_bits(tmp_path: Path) -> None:
    path = shoppers(tmp_path / "t.jsonl", 10, 60)
    assert run(path) == run(path)


def test_lines_that_are_no_touchpoints_are_counted_and_repeats_do_not_count_twice(tmp_path: Path) -> None:
    path = shoppers(tmp_path / "t.jsonl", 5, 60)
    clean = run(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines[:9], lines[3], "{", *lines[9:]]), encoding="utf-8")
    result = CliRunner().invoke(evaluate, ["purchase", str(path), "--json"])
    assert json.loads(result.stdout) == clean
    assert "1 rejected, 1 repeated" in result.stderr


def test_a_file_without_touchpoints_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text("nothing\n", encoding="utf-8")
    result = CliRunner().invoke(evaluate, ["purchase", str(path)])
    assert result.exit_code == 1
    assert "not one of 1 lines" in result.output


def test_predictions_that_cannot_be_written_are_refused_at_once(tmp_path: Path) -> None:
    path = shoppers(tmp_path / "t.jsonl", 2, 20)
    gone = tmp_path / "gone" / "p.csv"
    result = CliRunner().invoke(evaluate, ["purchase", str(path), "--predictions", str(gone)])
    assert result.exit_code == 2
    assert f"there is no folder {gone.parent}" in result.output
    result = CliRunner().invoke(evaluate, ["phones", str(path), str(gone)])
    assert result.exit_code == 2
    assert f"there is no folder {gone.parent}" in result.output


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text("", encoding="utf-8")
    assert run(path)["online"]["auc"] is None


def order(at: int, number: int = 0, entity: str = "lead:a") -> Fact:
    return fact("order_placed", at, entity, order_id=f"o{number}", amount="10")


def asked(facts: list[Fact], ask: str = "daily") -> list[Question]:
    found: list[Question] = []
    PurchaseRun(7 * DAY, ask, None, "matured", found.append).run(facts)  # type: ignore[arg-type]
    return found


def test_periods_begin_at_midnight_in_shanghai() -> None:
    assert first_question(MONDAY, "daily") == MONDAY + DAY
    assert first_question(MONDAY - 1, "daily") == MONDAY
    assert datetime.fromtimestamp((first_question(MONDAY, "weekly") + 8 * HOUR) / 1000, UTC).weekday() == 0


def test_only_questions_with_a_known_label_count() -> None:
    found = asked([order(MONDAY + HOUR), order(MONDAY + 20 * DAY)])
    times = [(question.asked_at - MONDAY) // DAY for question in found]
    assert times == list(range(1, 14))
    assert [question.label for question in found] == [0] * 12 + [1]


def test_an_order_at_the_very_moment_of_the_question_is_known_not_asked_for() -> None:
    found = asked([order(MONDAY + HOUR), order(MONDAY + DAY, 1), order(MONDAY + 30 * DAY, 2)])
    assert found[0].asked_at == MONDAY + DAY
    assert found[0].label == 0


def test_a_cancelled_order_is_no_order() -> None:
    cancel = fact("order_cancelled", MONDAY + 4 * DAY, order_id="o1")
    found = asked([order(MONDAY + HOUR), order(MONDAY + 3 * DAY, 1), cancel, order(MONDAY + 30 * DAY, 2)])
    assert [question.label for question in found[:3]] == [0, 0, 0]


def test_a_late_event_is_counted_when_it_arrives_and_never_before() -> None:
    late = order(MONDAY + 2 * DAY, 1)
    found = asked([order(MONDAY + HOUR), order(MONDAY + 5 * DAY, 2, "lead:b"), late, order(MONDAY + 30 * DAY, 3)])
    own = [question for question in found if question.entity == "lead:a"]
    assert own[0].label == 1
    day_three = next(question for question in own if question.asked_at == MONDAY + 3 * DAY)
    in_time = asked([order(MONDAY + HOUR), late, order(MONDAY + 5 * DAY, 2, "lead:b"), order(MONDAY + 30 * DAY, 3)])
    assert day_three.vector != next(q for q in in_time if q.asked_at == MONDAY + 3 * DAY).vector
