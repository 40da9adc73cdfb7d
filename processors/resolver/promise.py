"""Whether two records are worth keeping an eye on: most pairs under one key share little else."""

from math import log2

from processors.resolver.compare import Comparison
from processors.resolver.weights import kind_of
from schemas.rules.identity import IdentityRules

_FOR, _ALL = 5.0, -6.0  # bits at the rule book's own shares: below these no count can make one person of the two


def promising(findings: Comparison, rules: IdentityRules) -> bool:
    """Tell whether findings may ever make one person of two. Depends on the findings alone, never on counts."""
    speaking = total = 0.0
    for field, level, _ in findings:
        own = rules.fields[kind_of(field)]
        bits = log2(own.same[level] / own.chance[level])
        total += bits
        speaking += max(bits, 0.0)
    return speaking >= _FOR and total >= _ALL
