"""Verdicts of one slice, each comparison judged once: many records differ in the same way."""

from processors.resolver.compare import Comparison
from processors.resolver.judge import Judgement, Verdict, judge, strong
from processors.resolver.prospects import needed_bits
from processors.resolver.weights import Weights


class Judgements:
    """What is thought of comparisons, by the weights that hold for the slice."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self._known: dict[Comparison, Judgement] = {}
        self._needed = needed_bits(weights)

    def of(self, findings: Comparison) -> Judgement:
        """Return the verdict on a comparison, see `judge`."""
        known = self._known.get(findings)
        if known is None:
            known = self._known[findings] = judge(findings, self.weights)
        return known

    def differ(self, findings: Comparison) -> bool:
        """Tell whether the verdict is `DIFFERENT`; of nearly all that are, the sum of the bits says so."""
        bits = self.weights.bits
        if sum([bits(each) for each in findings]) < self._needed and not strong(findings):
            return True
        return self.of(findings).verdict is Verdict.DIFFERENT
