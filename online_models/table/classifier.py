"""The classifier: a River classifier, so it can stand in any of River's pipelines and evaluations."""

from collections.abc import Hashable
from typing import Any

import msgspec
import numpy as np
from river import base

from online_models.champion import LOSS_ROSE, Champion
from online_models.linear import Vector
from online_models.mixture import Mixture
from online_models.table.counts import CountTables
from online_models.table.plan import Plan, Row

PLANS_AT = (32, 128, 512, 1024)  # labelled rows after which the columns are looked at again
WALKS = (0.0, 1e-6, 1e-5)
FADED = 0.1  # of the counts is left when losses rise: what was counted is no longer so
BIAS_VARIANCE, WEIGHT_VARIANCE = 4.0, 0.3
MEMORIES = (0.2, 0.03, 0.004)  # weights of the newest label in the running shares of positives


class TableClassifier(base.Classifier):
    """Learns any labelled table row by row; rows are mappings of column to cell, labels are truthy or not.

    The first 1024 labelled rows are kept, to see what the columns are; at 32, 128, 512 and 1024 rows the plan is
    made anew and what was kept is learned again under it. After that memory no longer grows. Cells that cannot be
    used count as missing; columns that come later are not read.
    """

    def __init__(self) -> None:
        self._kept: list[tuple[Row, int]] = []
        self._seen = 0
        self._shares = [0.5] * len(MEMORIES)
        self._begin(Plan({}, ()))

    def _begin(self, plan: Plan) -> None:
        self._plan = plan
        self._tables = plan.tables()
        size = 1 + len(MEMORIES) + plan.size + self._tables.size
        variance = np.full(size, WEIGHT_VARIANCE)
        variance[0] = BIAS_VARIANCE
        self._model = Champion(Mixture.from_prior(np.zeros(size), variance, WALKS))

    @property
    def _multiclass(self) -> bool:
        return False

    def predict_proba_one(self, x: dict[Hashable, Any], **kwargs: Any) -> dict[base.typing.ClfTarget, float]:
        """Return the probabilities of False and True."""
        p = self.probability(x)
        return {False: 1.0 - p, True: p}

    def learn_one(self, x: dict[Hashable, Any], y: Any) -> None:
        """Learn a row whose label has arrived."""
        label = int(bool(y))
        self._learn(x, label)
        self._seen += 1
        if self._seen > PLANS_AT[-1]:
            return
        self._kept.append((dict(x), label))
        if self._seen in PLANS_AT:
            self._plan_again()

    def probability(self, row: Row) -> float:
        """Return the probability that a row is positive."""
        return self._model.probability(self._vector(row)[0])

    def as_bytes(self) -> bytes:
        """Return everything as msgpack of plain data; the names and cells of kept rows must be plain too."""
        return msgspec.msgpack.encode(
            {
                "kept": [[list(row.items()), label] for row, label in self._kept],
                "seen": self._seen,
                "shares": self._shares,
                "plan": self._plan.as_plain(),
                "tables": self._tables.as_plain(),
                "model": self._model.as_plain(),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "TableClassifier":
        """Make a classifier that goes on to the same bits as the one that was written down."""
        plain = msgspec.msgpack.decode(data)
        made = cls()
        made._kept = [(dict(row), label) for row, label in plain["kept"]]
        made._seen, made._shares = plain["seen"], plain["shares"]
        made._plan = Plan.from_plain(plain["plan"])
        made._tables = CountTables.from_plain(plain["tables"])
        made._model = Champion.from_plain(plain["model"])
        return made

    def _plan_again(self) -> None:
        rows, labels = [row for row, _ in self._kept], [label for _, label in self._kept]
        self._begin(Plan.of(rows, labels))
        self._shares = [0.5] * len(MEMORIES)
        for row, label in self._kept:
            self._learn(row, label)
        if self._seen == PLANS_AT[-1]:
            self._kept = []

    def _learn(self, row: Row, label: int) -> None:
        x, cells = self._vector(row)
        if LOSS_ROSE in self._model.learn(x, label):
            self._tables.fade(FADED)
        self._tables.learn(cells, label)
        pairs = zip(self._shares, MEMORIES, strict=True)
        self._shares = [share + weight * (label - share) for share, weight in pairs]

    def _vector(self, row: Row) -> tuple[Vector, list[int]]:
        """Return bias, how the latest labels differ from all, the columns, and what the tables of counts say."""
        usual = self._tables.base_rate
        out = [1.0, *(share - usual for share in self._shares)]
        cells = self._plan.write(row, out)
        self._tables.write(cells, out)
        return np.array(out), cells
