"""How good the scores were, of the labels that came last: prequential, since each score was given before its label.

Label sets are bounded: ages by a fixed list, the last few model versions and the most frequent segments by name, all
others together.
"""

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from online_models.losses import measure
from schemas.times import DAY
from streams.metrics import MODEL_EVIDENCE, MODEL_QUALITY

WINDOW = 5_000  # labels that are looked back on
LEAST = 50  # labels below which a figure says nothing
MOST_SEGMENTS = 16
MOST_VERSIONS = 4
AGES = ((DAY, "1d"), (3 * DAY, "3d"), (7 * DAY, "7d"), (30 * DAY, "30d"))
OLDER, OTHER, PRIOR = "older", "other", "prior"


class Row(NamedTuple):
    """A label that came: the probability given, what became of it, how long it took, by which model, for whom."""

    probability: float
    label: int
    age: str
    version: str
    segment: str


def age_of(ms: int) -> str:
    """Return the bucket of the time between a score and its label."""
    return next((name for most, name in AGES if ms <= most), "more")


class Quality:
    """Keeps the last labels, and shows log loss, Brier score, calibration error and AUC over them."""

    def __init__(self) -> None:
        self._rows: deque[Row] = deque(maxlen=WINDOW)
        self._versions: deque[str] = deque(maxlen=MOST_VERSIONS)
        self._changed = False

    def note(self, data: Mapping[str, Any]) -> None:
        """Note an example that was learned; corrections and what is no label are passed over."""
        if data.get("kind") != "label" or "was" in data:
            return
        probability = data.get("probability")
        if not isinstance(probability, float | int) or not 0.0 <= probability <= 1.0:
            return
        age = age_of(int(data.get("label_at", 0)) - int(data["asked_at"]))
        version, segment = str(data.get("model") or PRIOR), str(data.get("segment") or OTHER)
        self._rows.append(Row(float(probability), int(data["label"]), age, version, segment))
        self._changed = True

    def published(self, version: str) -> None:
        """Note that a version is in force from here on."""
        if version not in self._versions:
            self._versions.append(version)

    def show(self) -> None:
        """Set the gauges; what is not among them any more disappears."""
        if not self._changed:
            return
        self._changed = False
        MODEL_QUALITY.clear()
        MODEL_EVIDENCE.clear()
        for (by, value), rows in self._groups():
            MODEL_EVIDENCE.labels(by, value).set(len(rows))
            if len(rows) < LEAST:
                continue
            found = measure([row.probability for row in rows], [row.label for row in rows])
            for name, figure in found._asdict().items():
                if figure is not None:
                    MODEL_QUALITY.labels(name, by, value).set(figure)

    def _groups(self) -> Iterator[tuple[tuple[str, str], list[Row]]]:
        known = {name for name, _ in Counter(row.segment for row in self._rows).most_common(MOST_SEGMENTS)}
        versions = {PRIOR, *self._versions}
        groups: dict[tuple[str, str], list[Row]] = {("all", "all"): list(self._rows)}
        for row in self._rows:
            named = (
                ("age", row.age),
                ("version", row.version if row.version in versions else OLDER),
                ("segment", row.segment if row.segment in known else OTHER),
            )
            for key in named:
                groups.setdefault(key, []).append(row)
        yield from sorted(groups.items())
