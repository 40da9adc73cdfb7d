"""Several linear models that forget at different speeds, averaged by how well each has done lately.

The average is taken over log odds, so the mixture of linear models is itself one linear model: a scorer needs one
vector of weights, whatever the number of members. The members' shares follow their log loss (a multiplicative
update with a fixed share given back, Herbster and Warmuth 1998), so the speed of forgetting adapts to the stream.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from online_models.linear import BayesianLogistic, Vector
from online_models.losses import log_loss

RATE = 0.1  # how fast shares follow the losses; below 1 because neighbouring examples are alike
GIVEN_BACK = 1e-4  # share that is dealt out evenly at each example, so that a member can come back
WALKS = (0.0, 1e-6)  # per example and weight, in squared log odds: never forgets; forgets within about a season


class Mixture:
    """The members and their shares. All members see all examples."""

    def __init__(self, members: Sequence[BayesianLogistic], shares: Sequence[float] = ()) -> None:
        self.members = list(members)
        self.shares = list(shares) or [1.0 / len(self.members)] * len(self.members)

    @classmethod
    def from_prior(cls, mean: Vector, variance: Vector, walks: Sequence[float] = WALKS) -> "Mixture":
        """Make members that differ only in how fast they forget."""
        return cls([BayesianLogistic(mean, variance, walk) for walk in walks])

    def weights(self) -> Vector:
        """Return the weights of the one linear model that the mixture is at present."""
        combined = np.zeros_like(self.members[0].weights)
        for member, share in zip(self.members, self.shares, strict=True):
            combined += member.weights * share
        return combined

    def log_odds(self, x: Vector) -> float:
        """Return the averaged log odds."""
        return sum(share * member.log_odds(x) for share, member in zip(self.shares, self.members, strict=True))

    def learn(self, x: Vector, label: float, weight: float = 1.0) -> None:
        """Let each member answer for the example and learn it; move the shares by how they answered."""
        losses = [log_loss(member.learn(x, label, weight), label) for member in self.members]
        least = min(losses)
        raw = [
            share * math.exp(-RATE * weight * (loss - least)) for share, loss in zip(self.shares, losses, strict=True)
        ]
        total = sum(raw)
        self.shares = [part / total * (1.0 - GIVEN_BACK) + GIVEN_BACK / len(raw) for part in raw]

    def bound(self) -> None:
        """Keep the variances of all members within bounds."""
        for member in self.members:
            member.bound()

    def correct(self, x: Vector, before: float, after: float) -> None:
        """Replace the label of an example learned earlier."""
        for member in self.members:
            member.correct(x, before, after)

    def challenger(self, factor: float) -> "Mixture":
        """Return the fastest member alone, trusting what it learned `factor` times less: it adapts at once."""
        member = max(self.members, key=lambda member: member.walk).copy()
        member.loosen(factor)
        return Mixture([member])

    def spread(self, walks: Sequence[float] = WALKS) -> "Mixture":
        """Return a mixture that begins from the first member, at several speeds of forgetting."""
        members = [self.members[0].copy() for _ in walks]
        for member, walk in zip(members, walks, strict=True):
            member.walk = walk
        return Mixture(members)

    def rearranged(self, positions: Sequence[int | None], fresh: "Mixture") -> "Mixture":
        """Return a mixture whose weight i is the present one at `positions[i]`, or where that is None `fresh`'s."""
        pairs = zip(self.members, fresh.members, strict=True)
        return Mixture([old.rearranged(positions, new) for old, new in pairs], self.shares)

    def as_plain(self) -> dict[str, Any]:
        """Return everything as plain data, exact."""
        return {"shares": list(self.shares), "members": [member.as_plain() for member in self.members]}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Mixture":
        """Make a mixture of what `as_plain` returned. Raises ValueError when it does not fit together."""
        members = [BayesianLogistic.from_plain(member) for member in plain["members"]]
        if len(members) != len(plain["shares"]):
            raise ValueError("a mixture needs one share per member")
        return cls(members, [float(share) for share in plain["shares"]])
