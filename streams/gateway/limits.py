"""How fast a key may send: a token bucket, in events per second, kept by each gateway for itself."""


class TokenBucket:
    """Holds up to two seconds' worth of tokens. A request may overdraw it once and then waits until it is paid off.

    So a full request always passes a bucket that is not in debt, however low the rate. Times are seconds of any
    monotonic clock.
    """

    __slots__ = ("_capacity", "_rate", "_then", "_tokens")

    def __init__(self, rate: float, now: float) -> None:
        self._rate = rate
        self._capacity = 2 * rate
        self._tokens = self._capacity
        self._then = now

    def take(self, cost: int, now: float) -> float:
        """Take tokens and return 0.0, or take none and return the seconds after which to try again."""
        self._tokens = min(self._capacity, self._tokens + max(0.0, now - self._then) * self._rate)
        self._then = now
        if self._tokens < min(1.0, self._capacity):
            return (min(1.0, self._capacity) - self._tokens) / self._rate
        self._tokens -= cost
        return 0.0
