"""How good the scores were, of the labels that came last: prequential, since each score was given before its label.

Label sets are bounded: ages by a fixed list (`online_models.ages`), the last few model versions and the most frequent
segments by name, all others together.
"""

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from online_models.ages import CANCELLED, age_of, measure_by_age
from online_models.losses import measure
from schemas.effects import Example
from streams.metrics import MODEL_EVIDENCE, MODEL_QUALITY

WINDOW = 5_000  # labels that are looked back on
LEAST = 50  # labels below which a figure says nothing
MOST_SEGMENTS = 16
MOST_VERSIONS = 4
OLDER, OTHER, PRIOR = "older", "other", "prior"


@dataclass(slots=True)
class Row:
    """A label that came: for which question, the probability given, what became of it and when, by which model."""

    question: tuple[str, int]
    probability: float
    label: int
    age: str
    version: str
    segment: str


class Quality:
    """Keeps the last labels, and shows log loss, Brier score, calibration error and AUC over them."""

    def __init__(self) -> None:
        self._rows: deque[Row] = deque()
        self._by_question: dict[tuple[str, int], Row] = {}
        self._versions: deque[str] = deque(maxlen=MOST_VERSIONS)
        self._changed = False

    def note(self, example: Example) -> None:
        """Note an example that was learned, or that a label was corrected; what is no label is passed over."""
        data = example.data
        if data.get("kind") != "label":
            return
        question = example.entity, int(data["asked_at"])
        if "was" in data:
            self._correct(question, data)
            return
        probability = data.get("probability")
        if not isinstance(probability, float | int) or not 0.0 <= probability <= 1.0:
            return
        label = int(data["label"])
        version, segment = str(data.get("model") or PRIOR), str(data.get("segment") or OTHER)
        self._keep(Row(question, float(probability), label, _age(data), version, segment))

    def _keep(self, row: Row) -> None:
        if len(self._rows) == WINDOW:
            oldest = self._rows.popleft()
            if self._by_question.get(oldest.question) is oldest:
                del self._by_question[oldest.question]
        self._rows.append(row)
        self._by_question[row.question] = row
        self._changed = True

    def _correct(self, question: tuple[str, int], data: Mapping[str, Any]) -> None:
        row = self._by_question.get(question)
        if row is not None:
            row.label = int(data["label"])
            row.age = _age(data) if row.label else CANCELLED
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
            found = measure([row.probability for row in rows], [row.label for row in rows])
            _set(by, value, len(rows), found._asdict())
        p, y = [row.probability for row in self._rows], [row.label for row in self._rows]
        for age, of_age in measure_by_age(p, y, [row.age for row in self._rows]).items():
            figures = of_age._asdict()
            _set("age", age, figures.pop("rows"), figures)

    def _groups(self) -> Iterator[tuple[tuple[str, str], list[Row]]]:
        known = {name for name, _ in Counter(row.segment for row in self._rows).most_common(MOST_SEGMENTS)}
        versions = {PRIOR, *self._versions}
        groups: dict[tuple[str, str], list[Row]] = {("all", "all"): list(self._rows)}
        for row in self._rows:
            named = (
                ("version", row.version if row.version in versions else OLDER),
                ("segment", row.segment if row.segment in known else OTHER),
            )
            for key in named:
                groups.setdefault(key, []).append(row)
        yield from sorted(groups.items())


def _age(data: Mapping[str, Any]) -> str:
    return age_of(int(data["label"]), int(data.get("outcome_at") or data["label_at"]) - int(data["asked_at"]))


def _set(by: str, value: str, number: int, figures: Mapping[str, float | None]) -> None:
    MODEL_EVIDENCE.labels(by, value).set(number)
    for name, figure in figures.items() if number >= LEAST else ():
        if figure is not None:
            MODEL_QUALITY.labels(name, by, value).set(figure)
