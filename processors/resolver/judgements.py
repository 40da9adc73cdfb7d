"""Verdicts of one slice, each comparison judged once: many records differ in the same way."""

from processors.resolver.compare import Comparison
from processors.resolver.judge import Judgement, judge
from processors.resolver.weights import Weights


class Judgements:
    """What is thought of comparisons, by the weights that hold for the slice."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self._known: dict[Comparison, Judgement] = {}

    def of(self, findings: Comparison) -> Judgement:
        """Return the verdict on a comparison, see `judge`."""
        known = self._known.get(findings)
        if known is None:
            known = self._known[findings] = judge(findings, self.weights)
        return known
