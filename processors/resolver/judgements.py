"""Comparisons and verdicts of one slice, each made once: many records differ in the same way."""

from processors.resolver.compare import Comparison, compare
from processors.resolver.glance import may_agree
from processors.resolver.judge import Judgement, Verdict, judge, strong
from processors.resolver.profile import Profile
from processors.resolver.promise import promising
from processors.resolver.prospects import needed_bits
from processors.resolver.weights import Weights


class Judgements:
    """What is found between records, and what is thought of it by the weights that hold for the slice."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self._known: dict[Comparison, Judgement] = {}
        self._needed = needed_bits(weights)
        self._between: dict[tuple[str, str], Comparison] = {}

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

    def between(self, profile: Profile, beside: Profile) -> Comparison:
        """Return what was found between two records that may be one person, nothing where they are not."""
        pair = (profile.content, beside.content)
        known = self._between.get(pair)
        if known is None:
            known = self._between[pair] = self._promising(profile, beside)
        return known

    def _promising(self, profile: Profile, beside: Profile) -> Comparison:
        if not may_agree(profile, beside):
            return ()
        findings = compare(profile, beside)
        if self.differ(findings) or not promising(findings, self.weights.rules):
            return ()
        return findings
