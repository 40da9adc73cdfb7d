"""Stay points found online: one fix at a time, with drift, jumps and gaps in mind, in a few numbers of state.

A stay is a time in which all fixes lie within a radius of their own running mean. A fix outside may be a jump of the
receiver: only `AWAY` of them in a row end the stay. Time in which nothing was reported is no presence: a gap ends the
stay, and two stays at one place with a gap between them remain two.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from processors.geo.distance import metres

AWAY = 3
MOST_DRIFT_M = 100.0  # of a fix's own accuracy counts at most this much
STEADY = 500  # from so many fixes on the mean moves no slower


class Fix(NamedTuple):
    """Where a phone was, WGS-84 degrees; `at` in ms since 1970 UTC; `accuracy` in metres, 0 where it is unknown."""

    at: int
    lat: float
    lon: float
    accuracy: float = 0.0


class Stay(NamedTuple):
    """Somebody was at one place from `began` to `ended` (ms); the place is the mean of its fixes."""

    began: int
    ended: int
    lat: float
    lon: float
    fixes: int


class Tracker(NamedTuple):
    """The stay that may be going on, and the fixes outside it that may end it. Plain data by `as_plain`."""

    stay: Stay | None = None
    away: tuple[Fix, ...] = ()

    def as_plain(self) -> list[Any]:
        """Return it as lists of numbers."""
        return [list(self.stay) if self.stay else None, [list(fix) for fix in self.away]]

    @classmethod
    def from_plain(cls, plain: Sequence[Any] | None) -> "Tracker":
        """Return the tracker that `as_plain` wrote down; a new one for None."""
        if not plain:
            return cls()
        return cls(Stay(*plain[0]) if plain[0] else None, tuple(Fix(*fix) for fix in plain[1]))


class Bounds(NamedTuple):
    """How far (m) a fix may lie from the mean, how long (ms) nothing may be reported, how long (ms) a stay is."""

    radius: float
    gap: int
    least: int


def advanced(tracker: Tracker, fix: Fix, bounds: Bounds) -> tuple[Tracker, tuple[Stay, ...]]:
    """Return the tracker after a fix, and the stays that it ended; a fix older than the last changes nothing."""
    stay = tracker.stay
    if stay is None:
        return Tracker(_begun(fix)), ()
    if fix.at <= (tracker.away[-1].at if tracker.away else stay.ended):
        return tracker, ()
    if fix.at - stay.ended > bounds.gap:
        after, ended = _over(tracker, bounds)
        last = after.stay
        if last is None or fix.at - last.ended > bounds.gap:
            # What was going on ends too; where it is long enough, it was a stay.
            return Tracker(_begun(fix)), (*ended, *_long(last, bounds))
        again, more = advanced(after, fix, bounds)
        return again, (*ended, *more)
    if _inside(stay, fix, bounds.radius):
        return Tracker(_joined(stay, fix)), ()
    away = (*tracker.away, fix)
    if len(away) < AWAY:
        return Tracker(stay, away), ()
    return _over(Tracker(stay, away), bounds)


def _over(tracker: Tracker, bounds: Bounds) -> tuple[Tracker, tuple[Stay, ...]]:
    """End the stay; the fixes outside begin what comes next."""
    ended = _long(tracker.stay, bounds)
    after = Tracker()
    for fix in tracker.away:
        if after.stay is None or not _inside(after.stay, fix, bounds.radius):
            after = Tracker(_begun(fix))  # too few for a stay of their own
        else:
            after = Tracker(_joined(after.stay, fix))
    return after, ended


def _begun(fix: Fix) -> Stay:
    return Stay(fix.at, fix.at, fix.lat, fix.lon, 1)


def _joined(stay: Stay, fix: Fix) -> Stay:
    share = 1 / min(stay.fixes + 1, STEADY)
    lat, lon = stay.lat + share * (fix.lat - stay.lat), stay.lon + share * (fix.lon - stay.lon)
    return Stay(stay.began, fix.at, lat, lon, stay.fixes + 1)


def _inside(stay: Stay, fix: Fix, radius: float) -> bool:
    return metres(stay.lat, stay.lon, fix.lat, fix.lon) <= radius + min(fix.accuracy, MOST_DRIFT_M)


def _long(stay: Stay | None, bounds: Bounds) -> tuple[Stay, ...]:
    return (stay,) if stay is not None and stay.ended - stay.began >= bounds.least else ()
