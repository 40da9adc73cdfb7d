"""A question for a person: may these records be of one lead?"""

from typing import NamedTuple


class Review(NamedTuple):
    """Records (ids) on both sides, bits in favour, why it was not decided, and the evidence: (field, level, bits).

    Evidence with bits above 0 speaks for one lead, below 0 against it. `reason` is the pattern by which many can be
    decided at once.
    """

    left: tuple[str, ...]
    right: tuple[str, ...]
    score: float
    reason: str
    evidence: tuple[tuple[str, int, float], ...]


def sums(evidence: tuple[tuple[str, int, float], ...]) -> dict[str, dict[str, float]]:
    """Return bits by field, `for` one lead and `against` it."""
    return {"for": _sums(evidence, 1), "against": _sums(evidence, -1)}


def _sums(evidence: tuple[tuple[str, int, float], ...], sign: int) -> dict[str, float]:
    sums: dict[str, float] = {}
    for field, _, bits in evidence:
        if bits * sign > 0:
            sums[field] = round(sums.get(field, 0.0) + bits, 2)
    return sums
