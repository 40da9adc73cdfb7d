"""`whetstone evaluate model`: any labelled table through the online classifier, score first, then learn."""

from collections import deque
from collections.abc import Hashable
from copy import deepcopy
from pathlib import Path
from typing import Any

import click

from online_models.table import TableClassifier
from streams.evaluate.model_report import BaseRate, report, show
from streams.evaluate.model_table import LabelledTable


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--label", required=True, help="Column with the label: Yes/No, True/False, 1/0.")
@click.option("--delay", default=0, show_default=True, type=click.IntRange(0), help="Rows until a label arrives.")
@click.option("--drop", default="", help="Columns that are not read, comma separated.")
@click.option("--positive", default=None, help="The label that counts as positive, where it is not plain.")
@click.option(
    "--score-from",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0.0, 1.0, max_open=True),
    help="Count only rows behind this share of the file; `frozen` learns until there.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def model(
    source: Path, label: str, delay: int, drop: str, positive: str | None, score_from: float, as_json: bool
) -> None:
    """Run a table in time order through the online classifier: each row is scored before its label is learned."""
    dropped = [name.strip() for name in drop.split(",") if name.strip()]
    table = LabelledTable(source, label, dropped, positive)
    if table.unlabelled:
        click.echo(f"{table.unlabelled} rows without a label were left out", err=True)
    show(evaluate_table(table, delay, score_from), as_json)


def evaluate_table(table: LabelledTable, delay: int, score_from: float) -> dict[str, Any]:
    """Return the report over the rows from `score_from` (a share) on; labels arrive `delay` rows late."""
    online, base = TableClassifier(), BaseRate()
    frozen: TableClassifier | None = None
    first = int(score_from * len(table.labels))
    said: dict[str, list[float]] = {"base_rate": [], "frozen": [], "online": []}
    waiting: deque[tuple[dict[Hashable, Any], int]] = deque()
    for number, (row, label) in enumerate(zip(table.rows(), table.labels, strict=True)):
        if number >= first:
            frozen = frozen or deepcopy(online)
            said["base_rate"].append(base.probability())
            said["frozen"].append(frozen.probability(row))
            said["online"].append(online.probability(row))
        waiting.append((row, label))
        if len(waiting) > delay:
            known, arrived = waiting.popleft()
            online.learn_one(known, arrived)
            base.learn(arrived)
    return report(table.labels[first:], said)
