"""A challenger that runs in the shadow, and the test that says when it is better beyond doubt.

The test is a bet against "the challenger is no better": a stake that grows by 1 + λd with each example, d being how
much less the challenger lost (cut to ±1). If the challenger is no better the stake is a supermartingale, so it
reaches 1/α with probability at most α, whenever one looks (Ville 1939). Three λ share the stake.
"""

from collections.abc import Mapping
from typing import Any, Literal

from online_models.mixture import Mixture

STAKES = (0.02, 0.1, 0.3)
PROOF = 1000.0  # α = 0.001
PATIENCE = 20_000  # examples: a challenger that has not proved itself by then is given up

Verdict = Literal["open", "replaces", "given_up"]


class Challenge:
    """A challenger and its stake against the champion."""

    def __init__(self, challenger: Mixture) -> None:
        self.challenger = challenger
        self.seen = 0
        self._purses = [1.0] * len(STAKES)

    @property
    def stake(self) -> float:
        """What has become of a stake of 1."""
        return sum(self._purses) / len(self._purses)

    def judge(self, champion_loss: float, challenger_loss: float) -> Verdict:
        """Take the log losses of both on one example that neither had learned."""
        gain = max(-1.0, min(1.0, champion_loss - challenger_loss))
        self._purses = [purse * (1.0 + stake * gain) for purse, stake in zip(self._purses, STAKES, strict=True)]
        self.seen += 1
        if self.stake >= PROOF:
            return "replaces"
        return "given_up" if self.seen >= PATIENCE else "open"

    def as_plain(self) -> dict[str, Any]:
        """Return everything as plain data, exact."""
        return {"challenger": self.challenger.as_plain(), "seen": self.seen, "purses": list(self._purses)}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Challenge":
        """Make a challenge of what `as_plain` returned."""
        challenge = cls(Mixture.from_plain(plain["challenger"]))
        challenge.seen, challenge._purses = plain["seen"], list(plain["purses"])
        return challenge
