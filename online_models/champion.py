"""The model in force: a mixture, its calibration, the watch over its losses, and a challenger when they rise."""

from collections.abc import Mapping
from typing import Any

from online_models.calibration import Calibrator
from online_models.challenge import Challenge
from online_models.drift import PageHinkley
from online_models.linear import Vector, sigmoid
from online_models.losses import log_loss
from online_models.mixture import Mixture

LOOSER = 30.0  # a challenger takes what was learned for this many times fewer examples
SLACK, BOUND, LEAST = 0.05, 60.0, 500  # of the test on losses: nats per example, nats, examples

LOSS_ROSE, REPLACED = "loss", "champion"


class Champion:
    """Scores and learns; when its losses rise beyond what it expects itself, it lets a challenger run beside it."""

    def __init__(self, mixture: Mixture) -> None:
        self.mixture = mixture
        self.calibrator = Calibrator()
        self.challenge: Challenge | None = None
        self._losses = PageHinkley(SLACK, BOUND, least=LEAST)

    def probability(self, x: Vector) -> float:
        """Return the calibrated probability."""
        return self.calibrator(self.mixture.log_odds(x))

    def learn(self, x: Vector, label: int, weight: float = 1.0) -> list[str]:
        """Score, then learn; return what happened: LOSS_ROSE (a challenger begins), REPLACED (it took over)."""
        log_odds = self.mixture.log_odds(x)
        probability = self.calibrator(log_odds)
        loss = log_loss(probability, label)
        events = self._judge(x, label, loss, weight)
        if not events:
            self.mixture.learn(x, label, weight)
            self.calibrator.learn(log_odds, label, weight)
        if self._losses.update(loss - log_loss(probability, probability)):
            events.append(LOSS_ROSE)
            self.challenge = self.challenge or Challenge(self.mixture.challenger(LOOSER))
        return events

    def correct(self, x: Vector, before: int, after: int) -> None:
        """Replace the label of an example learned earlier."""
        self.mixture.correct(x, before, after)
        if self.challenge is not None:
            self.challenge.challenger.correct(x, before, after)

    def _judge(self, x: Vector, label: int, loss: float, weight: float) -> list[str]:
        """Let the challenger answer and learn; put it in force, with this example learned, when it has won."""
        if self.challenge is None:
            return []
        challenger = self.challenge.challenger
        verdict = self.challenge.judge(loss, log_loss(sigmoid(challenger.log_odds(x)), label))
        challenger.learn(x, label, weight)
        if verdict == "open":
            return []
        self.challenge = None
        if verdict == "given_up":
            return []
        self.mixture = challenger.spread()
        self.calibrator = Calibrator()
        return [REPLACED]

    def as_plain(self) -> dict[str, Any]:
        """Return everything as plain data, exact."""
        return {
            "mixture": self.mixture.as_plain(),
            "calibrator": self.calibrator.as_plain(),
            "challenge": self.challenge.as_plain() if self.challenge else None,
            "losses": self._losses.as_plain(),
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Champion":
        """Make a champion of what `as_plain` returned."""
        made = cls(Mixture.from_plain(plain["mixture"]))
        made.calibrator = Calibrator.from_plain(plain["calibrator"])
        made.challenge = Challenge.from_plain(plain["challenge"]) if plain["challenge"] else None
        made._losses.resume(plain["losses"])
        return made
