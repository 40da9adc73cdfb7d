"""What the evaluations of models print: JSON as the contract has it, or a table for people."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import click
import orjson
from rich.console import Console
from rich.table import Table

from online_models.ages import NONE, measure_by_age
from online_models.losses import Metrics, measure

COLUMNS = {"auc": "AUC", "average_precision": "AP", "log_loss": "log loss", "brier": "Brier", "ece": "ECE"}
NAMES = {
    "base_rate": "base rate",
    "recency": "recency alone",
    "frozen": "frozen model",
    "online": "online model",
}


def report(labels: Sequence[int], predictions: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Return the report: how many rows, how many positives, and the metrics of each set of predictions."""
    found: dict[str, Any] = {"rows": len(labels), "positives": int(sum(labels))}
    for name, values in predictions.items():
        found[name] = _rounded(measure(values, labels))
    return found


def by_age(labels: Sequence[int], probabilities: Sequence[float], ages: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the quality by how long after the question its outcome came (`online_models.ages`)."""
    found = measure_by_age(probabilities, labels, ages)
    return {age: figures._asdict() for age, figures in found.items()}


def show(found: Mapping[str, Any], as_json: bool) -> None:
    """Print a report: one JSON object, or tables."""
    if as_json:
        click.echo(orjson.dumps(found).decode())
        return
    rows, positives = found["rows"], found["positives"]
    share = f" ({positives / rows:.2%})" if rows else ""
    table = Table(title=f"{rows:,} rows, {positives:,} positive{share}")
    table.add_column("")
    for heading in COLUMNS.values():
        table.add_column(heading, justify="right")
    for name, heading in NAMES.items():
        if name in found:
            table.add_row(heading, *(_cell(found[name][column]) for column in COLUMNS))
    Console().print(table)
    if found.get("by_age"):
        Console().print(_ages(found["by_age"]))


def _ages(found: Mapping[str, Mapping[str, Any]]) -> Table:
    table = Table(title="online model, by when the outcome came")
    table.add_column("")
    for heading in ("questions", "AUC against the others", "log loss", "Brier"):
        table.add_column(heading, justify="right")
    for age, figures in found.items():
        name = "no order" if age == NONE else f"order, {age}"
        cells = (_cell(figures[column]) for column in ("auc", "log_loss", "brier"))
        table.add_row(name, f"{figures['rows']:,}", *cells)
    return table


def _cell(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _rounded(metrics: Metrics) -> dict[str, float | None]:
    return {name: None if value is None or math.isnan(value) else value for name, value in metrics._asdict().items()}


class BaseRate:
    """The share of positives among the labels that have arrived: what one knows without a model."""

    def __init__(self) -> None:
        self._positives, self._seen = 0, 0

    def probability(self) -> float:
        """Return the share, drawn to one half while there are few labels."""
        return (self._positives + 0.5) / (self._seen + 1.0)

    def learn(self, label: int) -> None:
        """Take a label that has arrived."""
        self._positives += label
        self._seen += 1
