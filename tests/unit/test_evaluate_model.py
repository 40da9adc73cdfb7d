import csv
import json
import math
import random
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from streams.commands.evaluate import COMMANDS, evaluate

METRICS = {"auc", "average_precision", "log_loss", "brier", "ece"}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return written(tmp_path / "t.csv", 600)


def written(path: Path, count: int, yes: str = "Yes", no: str = "No", delimiter: str = ",") -> Path:
    chance = random.Random(1)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(["id", "when", "x", "kind", "member", "bought"])
        for number in range(count):
            x, kind = chance.gauss(0, 1), chance.choice(["a", "b", ""])
            label = yes if chance.gauss(0, 1) < x + (kind == "a") else no
            cell = "" if chance.random() < 0.05 else f"{x:.3f}"
            writer.writerow([f"row-{number}", "2024-01-01 10:00", cell, kind, chance.choice(["TRUE", "FALSE"]), label])
    return path


def run(*args: object) -> dict[str, object]:
    result = CliRunner().invoke(evaluate, ["model", *map(str, args), "--json"])
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_the_report_has_the_contract_s_form(table: Path) -> None:
    found = run(table, "--label", "bought", "--drop", "id")
    assert set(found) == {"rows", "positives", "base_rate", "frozen", "online"}
    assert found["rows"] == 600
    assert all(set(found[name]) == METRICS for name in ("base_rate", "frozen", "online"))  # type: ignore[call-overload]


def test_online_beats_the_base_rate_and_late_labels_cost_little(table: Path) -> None:
    at_once = run(table, "--label", "bought", "--score-from", "0.5")
    late = run(table, "--label", "bought", "--score-from", "0.5", "--delay", "50")
    assert at_once["rows"] == 300
    for found in (at_once, late):
        assert found["online"]["auc"] > 0.75 > found["base_rate"]["auc"]  # type: ignore[index]
        assert found["online"]["log_loss"] < found["base_rate"]["log_loss"]  # type: ignore[index]
    assert at_once != late


def test_labels_later_than_the_file_teach_nothing(table: Path) -> None:
    found = run(table, "--label", "bought", "--delay", "600")
    assert found["online"]["auc"] == 0.5  # type: ignore[index]
    assert found["online"] == found["frozen"]


def test_no_label_is_seen_before_it_is_scored(tmp_path: Path) -> None:
    """Labels that nothing predicts must not be predicted: a leak of any kind would show here."""
    chance = random.Random(5)
    lines = ["x,y", *(f"{chance.random()},{chance.randint(0, 1)}" for _ in range(1_500))]
    path = tmp_path / "noise.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert 0.44 < run(path, "--label", "y")["online"]["auc"] < 0.56  # type: ignore[index]


@pytest.mark.parametrize(("yes", "no"), [("True", "False"), ("1", "0"), ("y", "n"), ("是", "否"), ("1.0", "0.0")])
def test_labels_in_many_words(tmp_path: Path, yes: str, no: str) -> None:
    assert run(written(tmp_path / "t.csv", 60, yes, no), "--label", "bought")["positives"] == 30


def test_other_labels_with_positive_and_other_delimiters(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", 60, "gone", "stayed", delimiter=";")
    assert run(path, "--label", "bought", "--positive", "gone")["positives"] == 30
    result = CliRunner().invoke(evaluate, ["model", str(path), "--label", "bought"])
    assert result.exit_code == 1
    assert "--positive" in result.output


def test_rows_without_a_label_are_left_out_and_said(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x,y\n1,Yes\n2,\n3,No\n\n4,Yes,extra\n5\n", encoding="utf-8")
    result = CliRunner().invoke(evaluate, ["model", str(path), "--label", "y", "--json"])
    assert json.loads(result.stdout)["rows"] == 3
    assert "2 rows without a label" in result.stderr


@pytest.mark.parametrize(
    ("content", "options", "says"),
    [
        (b"x,y\n1,Yes\n", ["--label", "z"], "no column `z`; there are: x, y"),
        (b"x,y\n1,Yes\n", ["--label", "y", "--drop", "q"], "no column `q`"),
        (b"", ["--label", "y"], "there are: none"),
        (b"x,y\n1,\n", ["--label", "y"], "no row has a label"),
        (b"x,y\n1,\xff\xfe\n", ["--label", "y"], "not a CSV file in UTF-8"),
        (b"x,y\n1,maybe\n", ["--label", "y"], "`maybe`"),
        (b"x,y\n1,a\n", ["--label", "y", "--positive", "b"], "there are: `a`"),
    ],
)
def test_errors_say_what_to_do(tmp_path: Path, content: bytes, options: list[str], says: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    result = CliRunner().invoke(evaluate, ["model", str(path), *options])
    assert result.exit_code == 1
    assert says in result.output


def odd(name: str, row: int) -> str:
    """Return a row without its label of a table that is odd in one way."""
    chance = random.Random(row)
    match name:
        case "constant":
            return "same,7"
        case "missing":
            return chance.choice(["", "NA", "null", "?", "NaN"]) + "," + chance.choice(["", "1"])
        case "huge":
            return chance.choice(["1e308", "-1e308", "inf", "nan", "1e400", "9" * 400]) + ",１２"
        case "dates":
            return f"2024-01-{row % 28 + 1:02}T10:00:00,{row % 28 + 1:02}.01.2024"
        case "categories":
            return f"c{row},{chance.random()}"
        case _:
            return ""


@pytest.mark.parametrize("name", ["constant", "missing", "huge", "dates", "categories", "short"])
def test_odd_tables_give_a_whole_report(tmp_path: Path, name: str) -> None:
    path, chance = tmp_path / "t.csv", random.Random(1)
    lines = [f"{chance.choice('01')},{odd(name, row)}" for row in range(400)]
    path.write_text("\n".join(["标签,金额 元,emoji 😀", *lines]), encoding="utf-8")
    found: Any = run(path, "--label", "标签", "--delay", 20, "--score-from", 0.5)
    assert found["rows"] == 200
    for model in ("base_rate", "frozen", "online"):
        assert all(math.isfinite(value) for value in found[model].values())
        assert 0.3 < found[model]["auc"] < 0.7, "there is nothing to learn"


def test_one_class_alone_has_no_auc(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x,y\n" + "1,Yes\n" * 40, encoding="utf-8")
    online = run(path, "--label", "y")["online"]
    assert online["auc"] is None  # type: ignore[index]
    assert online["brier"] < 0.1  # type: ignore[index]


def test_a_table_for_people(table: Path) -> None:
    result = CliRunner().invoke(evaluate, ["model", str(table), "--label", "bought"])
    assert "online model" in result.output
    assert "ECE" in result.output


def test_help_imports_no_command() -> None:
    result = CliRunner().invoke(evaluate, ["--help"])
    assert all(name in result.output for name in COMMANDS)
    assert CliRunner().invoke(evaluate, ["nothing"]).exit_code == 2
