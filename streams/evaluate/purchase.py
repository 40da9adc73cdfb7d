"""`whetstone evaluate purchase`: touchpoints through the whole path, purchase probability, prequential."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from online_models.maturation import Policy
from schemas.rules import RuleBookError
from schemas.times import SECOND, to_iso, to_ms
from streams.commands.duration import DURATION
from streams.commands.output import OUTPUT
from streams.evaluate.model_report import show
from streams.evaluate.purchase_facts import FactFile
from streams.evaluate.purchase_questions import Ask, Question
from streams.evaluate.purchase_run import Answered, PurchaseRun
from streams.rules import read_rule_book

COLUMNS = ("entity", "asked_at", "probability", "label", "label_at")


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--horizon", default="7d", show_default=True, type=DURATION, help="Within what time an order counts.")
@click.option(
    "--ask",
    default="weekly",
    show_default=True,
    type=click.Choice(["event", "daily", "weekly"]),
    help="When each known lead is asked: at its events, at midnight, or on Mondays (Asia/Shanghai).",
)
@click.option(
    "--score-from",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="Count what is asked from here on; `frozen` learns until there.",
)
@click.option(
    "--learn",
    "policy",
    default="matured",
    show_default=True,
    type=click.Choice(["matured", "at_once", "corrected"]),
    help="When labels are learned (docs/models.md).",
)
@click.option("--predictions", type=OUTPUT, help="Write every answer to this CSV.")
@click.option("--by-age", is_flag=True, help="Add the online model by how long after the question its outcome came.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def purchase(
    source: Path,
    horizon: int,
    ask: Ask,
    score_from: datetime | None,
    policy: Policy,
    predictions: Path | None,
    by_age: bool,
    as_json: bool,
) -> None:
    """Run touchpoints (JSONL) through cleansing, identity and features; ask, wait for the label, then learn.

    Questions whose horizon ends behind the last event have no label yet and do not count.
    """
    begin = None if score_from is None else to_ms(score_from)
    try:
        rules = read_rule_book(None)
        file = FactFile(source, rules)
        with _predictions(predictions, horizon * SECOND) as answered:
            run = PurchaseRun(horizon * SECOND, ask, begin, policy, answered, rules)
            found = run.run(file.facts())
    except RuleBookError as error:
        raise click.ClickException(str(error)) from error
    if file.rejected or file.duplicates:
        click.echo(f"of {file.read} touchpoints {file.rejected} rejected, {file.duplicates} repeated", err=True)
    show({**found, "by_age": run.by_age()} if by_age else found, as_json)


@contextmanager
def _predictions(path: Path | None, horizon: int) -> Iterator[Answered | None]:
    if path is None:
        yield None
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)

        def answered(question: Question) -> None:
            label_at = question.asked_at + horizon if question.label_at is None else question.label_at
            probability = f"{question.said[-1]:.6f}"
            row = (question.entity, to_iso(question.asked_at), probability, question.label, to_iso(label_at))
            writer.writerow(row)

        yield answered
