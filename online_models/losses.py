"""What a prediction costs, and how good many of them are together."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

BINS = 10
CERTAIN = 1e-15  # probabilities are cut here, so that one wrong certainty costs 34.5, not infinity


def log_loss(probability: float, label: float) -> float:
    """Return the log loss in nats; `label` may lie between 0 and 1."""
    p = max(CERTAIN, min(1.0 - CERTAIN, probability))
    if label == 1.0:
        return -math.log(p)
    if label == 0.0:
        return -math.log1p(-p)
    return -(label * math.log(p) + (1.0 - label) * math.log1p(-p))


class Metrics(NamedTuple):
    """Quality of predictions. `auc` and `average_precision` are None unless both classes occur."""

    auc: float | None
    average_precision: float | None
    log_loss: float | None
    brier: float | None
    ece: float | None


def measure(probabilities: Sequence[float] | NDArray[np.float64], labels: Sequence[int] | NDArray[np.int64]) -> Metrics:
    """Return all metrics of predictions against labels (0 or 1); all None where there are none."""
    p = np.asarray(probabilities, dtype=np.float64)
    y = np.asarray(labels, dtype=np.float64)
    if not len(p):
        return Metrics(None, None, None, None, None)
    cut = np.clip(p, CERTAIN, 1.0 - CERTAIN)
    loss = -np.where(y == 1.0, np.log(cut), np.log1p(-cut)).mean()
    both = 0.0 < y.mean() < 1.0
    return Metrics(
        auc=_auc(p, y) if both else None,
        average_precision=_average_precision(p, y) if both else None,
        log_loss=float(loss),
        brier=float(((p - y) ** 2).mean()),
        ece=_calibration_error(p, y),
    )


def _auc(p: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Return the area under the ROC curve: the Mann-Whitney statistic, ties counted half."""
    _, place, counts = np.unique(p, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2.0)[place]
    positive = y.sum()
    negative = len(y) - positive
    return float((rank[y == 1.0].sum() - positive * (positive + 1.0) / 2.0) / (positive * negative))


def _average_precision(p: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Return the mean precision over the positives, predictions that tie taken together."""
    order = np.argsort(-p, kind="stable")
    hits = np.cumsum(y[order])
    last = np.append(np.flatnonzero(np.diff(p[order])), len(p) - 1)
    gained = np.diff(hits[last], prepend=0.0)
    return float((gained * hits[last] / (last + 1.0)).sum() / y.sum())


def _calibration_error(p: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Return the expected calibration error over ten bins of equal width."""
    bins = np.minimum((p * BINS).astype(np.int64), BINS - 1)
    gap = np.bincount(bins, weights=p - y, minlength=BINS)
    return float(np.abs(gap).sum() / len(p))
