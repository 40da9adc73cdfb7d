"""Compare online learners, prequentially, on event streams and tables; prints a Markdown table.

    python tests/bench/compare_models.py retail.jsonl --share 0.2
    python tests/bench/compare_models.py table.csv --label churn --drop id

A JSONL file is touchpoints (see `orders_to_touchpoints.py`): weekly questions, labels 7 days late, `--share` of the
leads. A CSV is a labelled table in the order of time, labels `--delay` rows late. Metrics are over the second half;
batch models learn from the first. Times are CPU, per row.
"""

import argparse
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from lightgbm import LGBMClassifier
from river import base, compose, facto, forest, linear_model, optim, preprocessing, tree
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from online_models.features import NAMES
from online_models.linear import logit, sigmoid
from online_models.losses import log_loss, measure
from online_models.purchase import PurchaseClassifier
from online_models.table import TableClassifier
from online_models.table.cells import number
from schemas.times import DAY, to_ms
from streams.evaluate.model_table import LabelledTable
from streams.evaluate.purchase_facts import FactFile
from streams.evaluate.purchase_questions import Question
from streams.evaluate.purchase_run import PurchaseRun
from streams.rules import read_rule_book

Row = dict[str, Any]


@dataclass
class Stream:
    """Rows in the order in which they are asked; the label of row i is known from row `arrives[i]` on."""

    rows: list[Row] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    arrives: list[int] = field(default_factory=list)
    names: tuple[str, ...] = ()
    split: int = 0


def touchpoints(path: Path, share: float, begin: str | None) -> Stream:
    """Ask a share of the leads weekly whether they order within 7 days."""
    asked: list[Question] = []
    run = PurchaseRun(7 * DAY, "weekly", None, "matured", asked.append)
    run.run(
        fact
        for fact in FactFile(path, read_rule_book(None)).facts()
        if crc32(fact.entity.encode()) % 1000 < share * 1000
    )
    times = np.array([question.asked_at for question in asked])
    rows = [dict(zip(NAMES, question.vector, strict=True)) for question in asked]
    arrives = np.searchsorted(times, times + 7 * DAY, side="left")
    at = to_ms(datetime.fromisoformat(begin)) if begin else times[len(times) // 2]
    split = int(np.searchsorted(times, at))
    return Stream(rows, [question.label for question in asked], arrives.tolist(), NAMES, split)


def table(path: Path, label: str, drop: list[str], delay: int, shuffle: bool) -> Stream:
    """Read a labelled table; numbers as numbers, words one-hot, for models that need it so."""
    source = LabelledTable(path, label, drop)
    rows, labels = list(source.rows()), source.labels
    if shuffle:
        order = np.random.default_rng(0).permutation(len(rows))
        rows, labels = [rows[i] for i in order], [labels[i] for i in order]
    return Stream(rows, labels, [i + 1 + delay for i in range(len(rows))], split=len(rows) // 2)


def plain(row: Row) -> Row:
    """Return a row as numbers, as River wants it: words one-hot, zeros and missing cells left out."""
    found: Row = {}
    for name, cell in row.items():
        value = number(cell)
        if value is not None:
            found |= {name: value} if value else {}
        elif str(cell).strip():
            found[f"{name}={cell}"] = 1.0
    return found


CANDIDATES: dict[str, Callable[[Stream], base.Classifier | compose.Pipeline]] = {
    "River logistic regression, scaled": lambda s: (
        preprocessing.StandardScaler() | linear_model.LogisticRegression(optim.SGD(0.01))
    ),
    "River logistic regression, scaled, AdaGrad": lambda s: (
        preprocessing.StandardScaler() | linear_model.LogisticRegression(optim.AdaGrad(0.05))
    ),
    "River factorisation machine": lambda s: preprocessing.StandardScaler() | facto.FMClassifier(n_factors=5, seed=1),
    "River Hoeffding adaptive tree": lambda s: tree.HoeffdingAdaptiveTreeClassifier(seed=1),
    "River adaptive random forest": lambda s: forest.ARFClassifier(n_models=10, seed=1),
    "River AMF": lambda s: forest.AMFClassifier(n_estimators=10, use_aggregation=True, seed=1),
    "Kalman mixture (ours, events)": lambda s: PurchaseClassifier(s.names, 0.3) if s.names else None,
    "Kalman mixture on bent lines and pairs (ours, tables)": lambda s: TableClassifier(),
}


def prequential(model: Any, stream: Stream, rows: list[Row]) -> tuple[list[float], float, float]:
    """Score first, learn when the label arrives; return probabilities and CPU µs per score and per learn."""
    said: list[float] = []
    learned, scoring, learning = 0, 0.0, 0.0
    for number_, row in enumerate(rows):
        begin = time.process_time()
        while learned < number_ and stream.arrives[learned] <= number_:
            model.learn_one(rows[learned], bool(stream.labels[learned]))
            learned += 1
        middle = time.process_time()
        p = model.predict_proba_one(row).get(True, 0.0)
        said.append(min(1.0, max(0.0, p)) if math.isfinite(p) else 0.5)
        scoring += time.process_time() - middle
        learning += middle - begin
    return said, scoring / len(rows) * 1e6, learning / max(1, learned) * 1e6


def chosen(stream: Stream, said: dict[str, list[float]]) -> list[float]:
    """Average the log odds of all candidates by how well each did on the labels that had arrived."""
    names = list(said)
    weights = dict.fromkeys(names, 1.0 / len(names))
    mixed, learned = [], 0
    for row in range(len(stream.rows)):
        while learned < row and stream.arrives[learned] <= row:
            label = stream.labels[learned]
            raw = {name: weights[name] * math.exp(-0.1 * log_loss(said[name][learned], label)) for name in names}
            total = sum(raw.values())
            weights = {name: 0.9999 * raw[name] / total + 0.0001 / len(names) for name in names}
            learned += 1
        odds = sum(weights[name] * max(-10.0, min(10.0, logit(said[name][row]))) for name in names)
        mixed.append(sigmoid(odds))
    return mixed


def batch(stream: Stream) -> dict[str, tuple[list[float], float, float]]:
    """Train batch models on the first half (labels that had arrived), predict the second."""
    half = stream.split
    known = [i for i in range(half) if stream.arrives[i] <= half]
    matrix = DictVectorizer(sparse=False).fit_transform([plain(row) for row in stream.rows])
    labels = np.array(stream.labels)
    models = {
        "LightGBM, batch": LGBMClassifier(n_estimators=100, num_leaves=15, learning_rate=0.05, verbose=-1, n_jobs=1),
        "random forest, batch": RandomForestClassifier(200, min_samples_leaf=5, random_state=0),
        "logistic regression, batch": make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)),
    }
    found = {}
    for name, model in models.items():
        model.fit(matrix[known], labels[known])
        found[name] = (model.predict_proba(matrix)[:, 1].tolist(), 0.0, 0.0)
    return found


def main() -> None:
    """Run all candidates on one file."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--label")
    parser.add_argument("--drop", default="")
    parser.add_argument("--delay", type=int, default=50)
    parser.add_argument("--share", type=float, default=0.2)
    parser.add_argument("--from", dest="begin", help="Metrics from this date on instead of over the second half")
    parser.add_argument("--shuffle", action="store_true")
    parser.add_argument("--only", default="", help="Candidates whose name contains this")
    given = parser.parse_args()
    if given.label:
        stream = table(
            given.file, given.label, [name for name in given.drop.split(",") if name], given.delay, given.shuffle
        )
    else:
        stream = touchpoints(given.file, given.share, given.begin)
    half = stream.split
    print(f"{given.file.name}: {len(stream.rows)} rows, {sum(stream.labels)} positive\n")
    print("| model | AUC | log loss | Brier | ECE | µs score | µs learn |\n|---|---|---|---|---|---|---|")

    def line(name: str, said: list[float], score: float = 0.0, learn: float = 0.0) -> None:
        m = measure(said[half:], stream.labels[half:])
        cost = f"{score:.0f} | {learn:.0f}" if learn else "– | –"
        print(f"| {name} | {m.auc:.4f} | {m.log_loss:.4f} | {m.brier:.4f} | {m.ece:.4f} | {cost} |", flush=True)

    said: dict[str, list[float]] = {}
    numbers = [plain(row) for row in stream.rows]
    for name, make in CANDIDATES.items():
        model = make(stream) if given.only in name else None
        if model is not None:
            rows = stream.rows if isinstance(model, TableClassifier) else numbers
            said[name], score, learn = prequential(model, stream, rows)
            line(name, said[name], score, learn)
    if said:
        line("all of the above, averaged by recent loss", chosen(stream, said))
    for name, (values, *_) in batch(stream).items():
        line(name, values)


if __name__ == "__main__":
    main()
