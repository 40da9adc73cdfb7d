"""How fast a channel may be used, and how long it rests after failures."""

from collections import deque
from collections.abc import Iterable

from schemas.times import MINUTE
from sinks.retry import Backoff

LONGEST_S = 600.0
OPEN_FROM = 3  # failures in a row: the circuit counts as open


class Pace:
    """The messages of the last minute of one channel, and its failures in a row.

    Times are ms of a clock that nobody sets: a wall clock that is put back an hour would silence the channel as long.
    """

    def __init__(self, per_minute: int, sent: Iterable[int] = (), seed: str = "") -> None:
        self.failures = 0
        self._per_minute = per_minute
        self._times = deque(sorted(sent), maxlen=per_minute)
        self._backoff = Backoff(longest=LONGEST_S, seed=seed)
        self._rests_until: int | None = None

    @property
    def open(self) -> bool:
        """Whether the circuit is open: after each rest, one message tries."""
        return self.failures >= OPEN_FROM

    def wait(self, now: int) -> int:
        """Return how many ms to wait before the next message."""
        full = len(self._times) == self._per_minute
        rest = 0 if self._rests_until is None else self._rests_until - now
        return max(0, rest, self._times[0] + MINUTE - now if full else 0)

    def attempt(self, now: int) -> None:
        """Count a message: the other side may have counted it, whatever becomes of it."""
        self._times.append(now)

    def worked(self) -> None:
        """Close the circuit."""
        self.failures = 0

    def failed(self, now: int, retry_after: float | None) -> int:
        """Rest after a failure, at least as long as the other side asks for; return how long (ms)."""
        self.failures += 1
        return self._rest(now, max(retry_after or 0.0, self._backoff.wait(self.failures, 2.0)))

    def misconfigured(self, now: int) -> int:
        """Rest as long as ever: only a person can help; return how long (ms)."""
        self.failures = max(self.failures + 1, OPEN_FROM)
        return self._rest(now, LONGEST_S)

    def _rest(self, now: int, seconds: float) -> int:
        rest = round(1000 * seconds)
        self._rests_until = now + rest
        return rest
