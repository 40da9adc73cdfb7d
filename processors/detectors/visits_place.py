"""The customer's place, as its check-ins or other facts show it; a check-in far from it is told to its rep."""

from typing import Any, NamedTuple

from processors.calendars import day_of
from processors.detector import Context, State
from processors.effects import NOTHING, Effects, Tell
from processors.geo.datum import to_wgs84
from processors.geo.distance import metres
from processors.leads.view import rules_of
from processors.visits.reading import place_of, reading_of
from schemas.effects import Timer
from schemas.fact import Fact
from schemas.ids import entity_key
from schemas.rules.visits import CheckInRules

MOST_VISITS = 12


class Place(NamedTuple):
    """Where a customer is (WGS-84 degrees), and how that is known: `given` or `earlier_visits`."""

    lat: float
    lon: float
    known_by: str


class VisitsPlace:
    """State: given [lat, lon, at], the place that a fact named; visits [[lat, lon, day]], the last 12 check-ins.

    A place is given by `lat`, `lon` (and `datum`) among the unknown fields of facts about the lead. Where none is
    given, it is where most of the earlier check-ins were, if enough of them agree; those of one day count once.
    """

    name = "visits_place"
    kinds = frozenset({"lead"})
    facts = frozenset({"lead_updated", "form_submitted", "account_profiled", "visit_checked_in"})
    order = 45

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """Learn the place; measure check-ins against what was known before them."""
        if fact.type != "visit_checked_in":
            return _given(state, fact), NOTHING
        reading = reading_of(fact)
        if reading is None:
            return state, NOTHING
        rules, fix, day = rules_of(ctx).visits.check_in, reading.fix, day_of(fact.at)
        place = _place(state, day, rules)
        visits = [*state.get("visits", ()), [round(fix.lat, 6), round(fix.lon, 6), day]][-MOST_VISITS:]
        after = {**state, "visits": visits}
        if place is None or not fact.rep_id:
            return after, NOTHING
        distance = metres(place.lat, place.lon, fix.lat, fix.lon)
        if distance - fix.accuracy <= rules.far_m:
            return after, NOTHING
        data = {
            "lat": fix.lat,
            "lon": fix.lon,
            "place_lat": place.lat,
            "place_lon": place.lon,
            "distance_m": float(round(distance)),
            "known_by": place.known_by,
        }
        rep = entity_key("rep", fact.rep_id)
        return after, (Tell(entity=rep, type="visit_was_far", data=data, lead=fact.entity, rep_id=fact.rep_id),)

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """Return the state as it is: this detector sets no timers."""
        return state, NOTHING


def _given(state: State, fact: Fact) -> State:
    extra: Any = fact.data.get("extra")
    place = place_of(extra) if hasattr(extra, "get") else None
    held = state.get("given")
    if place is None or (held is not None and held[2] > fact.at):
        return state
    datum = extra.get("datum")
    lat, lon = to_wgs84(*place, datum if isinstance(datum, str) else None)
    return {**state, "given": [lat, lon, fact.at]}


def _place(state: State, day: int, rules: CheckInRules) -> Place | None:
    if "given" in state:
        return Place(state["given"][0], state["given"][1], "given")
    by_day = {visit[2]: visit for visit in state.get("visits", ()) if visit[2] != day}
    visits = list(by_day.values())
    best: list[Any] = []
    for one in visits:
        near = [other for other in visits if metres(one[0], one[1], other[0], other[1]) <= rules.far_m]
        best = near if len(near) > len(best) else best
    if len(best) < rules.learned_from or 2 * len(best) <= len(visits):
        return None
    lats, lons = sorted(one[0] for one in best), sorted(one[1] for one in best)
    return Place(lats[len(best) // 2], lons[len(best) // 2], "earlier_visits")


DETECTOR = VisitsPlace()
