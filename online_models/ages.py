"""Quality by the age of a label: how long after the question its outcome came.

An order is known when it comes, that there was none when the horizon has passed, a cancellation later. So the labels of
one age share one outcome, and what can be said of them is: log loss and Brier score of the questions of that age (their
means, weighted by number, are those of all), and how well these questions are told from all of the other outcome (AUC;
the mean over the positive ages, weighted by number, is that of all). Whether scores are calibrated cannot be asked of
them: 60 % are meant of orders and others together.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from online_models.losses import measure
from schemas.times import DAY

UP_TO = ((DAY, "1d"), (3 * DAY, "3d"), (7 * DAY, "7d"), (30 * DAY, "30d"))
LATER, NONE, CANCELLED = "later", "none", "cancelled"
AGES = (*(name for _, name in UP_TO), LATER, NONE, CANCELLED)
"""Order within a day, within three of them, …; no order within the horizon; cancelled when the label had been told."""


class AgeMetrics(NamedTuple):
    """Quality over the questions of one age; `auc` against all of the other outcome, None where there are none."""

    rows: int
    auc: float | None
    log_loss: float | None
    brier: float | None


def age_of(label: int, ms: int) -> str:
    """Return the age of a label (1: an order came, after so many ms; 0: none within the horizon)."""
    return next((name for most, name in UP_TO if ms <= most), LATER) if label else NONE


def measure_by_age(probabilities: Sequence[float], labels: Sequence[int], ages: Sequence[str]) -> dict[str, AgeMetrics]:
    """Return the quality per age that occurs, in the order of `AGES`."""
    p, y, age = np.asarray(probabilities, dtype=np.float64), np.asarray(labels, dtype=np.int64), np.asarray(ages)
    found: dict[str, AgeMetrics] = {}
    for name in AGES:
        own = age == name
        if own.any():
            compared = own | (y != y[own][0])
            alone = measure(p[own], y[own])
            found[name] = AgeMetrics(int(own.sum()), measure(p[compared], y[compared]).auc, alone.log_loss, alone.brier)
    return found
