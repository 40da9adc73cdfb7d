"""Tracks side by side: two reps at one point to the last digit, at nearly the same time, are told of each other."""

from typing import Any

from processors.detector import Context, State
from processors.effects import NOTHING, Effects, Tell
from processors.visits.reading import place_of
from schemas.effects import Timer
from schemas.fact import Fact
from schemas.ids import entity_key
from schemas.times import HOUR, MINUTE

MEMORY = 2 * HOUR
MOST_POINTS = 400


class VisitsTrack:
    """One of 256 entities that share the points of all reps. State: points {hash: [rep, when (ms)]}, of two hours."""

    name = "visits_track"
    kinds = frozenset({"track"})
    facts = frozenset({"track_point"})
    order = 0

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """Keep the point; tell both reps where another one had it lately."""
        value, place, rep = fact.data.get("point"), place_of(fact.data), fact.rep_id
        if value is None or place is None or not rep:
            return state, NOTHING
        points: dict[str, Any] = dict(state.get("points", {}))
        held = points.pop(str(value), None)
        if held is not None and held[1] > fact.at:
            points[str(value)] = held
        else:
            points[str(value)] = [rep, fact.at]
        after = {"points": _bounded(points)}
        if held is None or held[0] == rep or abs(held[1] - fact.at) > _window(ctx):
            return after, NOTHING
        return after, (_told(rep, held[0], held[1], place), _told(held[0], rep, fact.at, place))

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """Return the state as it is: this detector sets no timers."""
        return state, NOTHING


def _window(ctx: Context) -> float:
    return ctx.rules.visits.track.shared_minutes * MINUTE


def _bounded(points: dict[str, Any]) -> dict[str, Any]:
    """Forget what is old, from time to time: the points stand in the order in which they came."""
    if len(points) <= MOST_POINTS:
        return points
    newest = max(at for _, at in points.values())
    fresh = {value: held for value, held in points.items() if held[1] >= newest - MEMORY}
    return dict(list(fresh.items())[-MOST_POINTS // 2 :])


def _told(rep: str, other: str, seen_at: int, place: tuple[float, float]) -> Tell:
    data = {"other": other, "lat": place[0], "lon": place[1], "seen_at": seen_at}
    return Tell(entity=entity_key("rep", rep), type="track_shared", data=data, rep_id=rep)


DETECTOR = VisitsTrack()
