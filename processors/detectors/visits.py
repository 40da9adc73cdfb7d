"""Fake visits: what is doubtful about a rep's track and check-ins becomes a question, never a verdict."""

from collections.abc import Iterable
from typing import Any

from processors.calendars import calendar_of, day_of, is_working_day, start_of_day
from processors.detector import Context, State
from processors.effects import NOTHING, Effect, Effects, SetTimer, Tell
from processors.geo import buildings as known_buildings
from processors.geo.stays import Bounds, Fix, Stay, Tracker, advanced
from processors.visits import answers, leaps, ledger, repeats, replays, visit
from processors.visits.finding import Finding, fix_point, point
from processors.visits.flags import raised
from processors.visits.known import is_known
from processors.visits.reading import Reading, place_of, reading_of
from schemas.effects import Timer
from schemas.fact import Fact
from schemas.ids import entity_key
from schemas.rules.calendar import minutes_of
from schemas.rules.visits import StayRules, VisitRules
from schemas.times import MINUTE, to_iso

JUDGE = "judge"
MOST_BUILDINGS = 32
UPDATES = frozenset({
    "customer_touched", "contact_noted", "followed_up", "deal_updated", "evidence_attached", "forecast_submitted",
})  # fmt: skip
Found = tuple[dict[str, Any], Finding | None]


class Visits:
    """State, each part bounded: tracker (the stay that goes on), buildings, days and updates (the ledger, 14 days),
    judging (the day whose timer is set), last and leap (speed), still and check_ins (repetition), at_last, prints and
    against (replays, 10 days), shared (reps with the same points), visit (the one that goes on), flags (the last 32).
    """

    name = "visits"
    kinds = frozenset({"rep"})
    facts = UPDATES | {
        "position_reported", "visit_checked_in", "visit_checked_out", "visit_was_far", "track_shared",
        "visit_flag_answered",
    }  # fmt: skip
    order = 20

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """Take what the phone reports, what the rep writes down, and what others say of it."""
        match fact.type:
            case "position_reported" | "visit_checked_in" | "visit_checked_out":
                return _placed(state, fact, ctx)
            case "visit_was_far":
                return _asked(state, (_far(fact),), fact.at, ctx)
            case "track_shared":
                return _shared(state, fact, ctx)
            case "visit_flag_answered":
                return answers.answered(state, fact, ctx)
            case _:
                counts = fact.type in ctx.rules.visits.stays.updates
                return ({**state, **ledger.with_update(state, fact.at)}, NOTHING) if counts else (state, NOTHING)

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """Look at the day that ends."""
        return _judged({**state, "judging": None}, day_of(timer.due), timer.due, ctx)


def _placed(state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
    reading = reading_of(fact)
    if reading is None:
        return state, NOTHING
    after, timers = _new_day(state, fact.at, ctx)
    looked, findings, told = _looked(after, reading, fact, ctx)
    asked, effects = _asked(looked, findings, fact.at, ctx)
    return asked, (*timers, *told, *effects)


def _new_day(state: State, at: int, ctx: Context) -> tuple[State, Effects]:
    """Set the timer of a working day with its first report; look again at the day before, which may have come late."""
    day, held = day_of(at), state.get("day")
    if held is not None and day <= held:
        return state, NOTHING
    rules = ctx.rules.visits
    # As of the evening of that day: what was asked then is not asked again, however many days off lie between.
    judged, effects = _judged(state, held, _evening(held, rules), ctx) if held is not None else (state, NOTHING)
    if not is_working_day(day, calendar_of(ctx.rules, rules.calendar)):
        return {**judged, "day": day}, effects
    due = _evening(day, rules)
    return {**judged, "day": day, "judging": due}, (*effects, SetTimer(JUDGE, due))


def _evening(day: int, rules: VisitRules) -> int:
    """Return when (ms) a day is looked at."""
    return start_of_day(day) + minutes_of(rules.stays.judged_at) * MINUTE


def _looked(state: State, reading: Reading, fact: Fact, ctx: Context) -> tuple[State, list[Finding], Effects]:
    """Return the state, the findings and what is told to others about one place. Each part has keys of its own."""
    rules, fix, lead = ctx.rules.visits, reading.fix, fact.lead
    told: Effects = NOTHING
    found: tuple[Found, ...]
    if fact.type == "position_reported":
        moved = replays.moved(state, reading.raw, fix, rules.track)
        told = _shown(moved.shown, fix, ctx)
        found = (
            (moved.changes, moved.finding),
            repeats.stood(state, reading.raw, fix, rules.track),
            leaps.advanced(state, fix, fact.data.get("speed_mps"), rules.track),
            visit.reported(state, fix, rules.check_in),
        )
    elif fact.type == "visit_checked_in":
        leap = leaps.checked_in(state, fix, rules.track)
        begun = {} if leap is not None else visit.begun(fix, lead)  # where nobody was, nobody leaves
        found = ((begun, leap), repeats.checked_in(state, reading.raw, fix, lead, rules.track))
    else:
        found = (visit.ended(state, fix, lead, rules.check_in),)
    after = dict(state)
    findings = [Finding("mock_location", "", _mock(fact, fix))] if fact.data.get("mock") is True else []
    for changes, finding in found:
        after.update(changes)
        if finding is not None:
            findings.append(finding)
    return _stayed(after, fix, ctx), findings, told


def _mock(fact: Fact, fix: Fix) -> dict[str, Any]:
    return {"points": [fix_point(fix, fact.type)], "lead": fact.lead, "event_id": fact.event_id}


def _shown(value: int | None, fix: Fix, ctx: Context) -> Effects:
    if value is None:
        return NOTHING
    data = {"point": value, "lat": fix.lat, "lon": fix.lon}
    entity = entity_key("track", replays.bucket_of(value))
    return (Tell(entity=entity, type="track_point", data=data, rep_id=ctx.entity.partition(":")[2]),)


def _bounds(rules: StayRules) -> Bounds:
    return Bounds(rules.radius_m, round(rules.gap_minutes * MINUTE), round(rules.least_minutes * MINUTE))


def _stayed(state: dict[str, Any], fix: Fix, ctx: Context) -> State:
    rules = ctx.rules.visits.stays
    if fix.accuracy > rules.accuracy_m:
        return state
    tracker, ended = advanced(Tracker.from_plain(state.get("tracker")), fix, _bounds(rules))
    state["tracker"] = tracker.as_plain()
    return _entered(state, ended, ctx) if ended else state


def _open_stay(state: State, ctx: Context) -> tuple[Stay, ...]:
    """Return the part of the stay that goes on, where it is long enough."""
    stay = Tracker.from_plain(state.get("tracker")).stay
    least = ctx.rules.visits.stays.least_minutes * MINUTE
    return (stay,) if stay is not None and stay.ended - stay.began >= least else ()


def _entered(state: State, stays: Iterable[Stay], ctx: Context) -> State:
    """Enter stays into buildings and the ledger; those at known places are left out of the ledger."""
    rules = ctx.rules.visits
    for stay in stays:
        former = known_buildings.from_plain(state.get("buildings", ()))
        night = ledger.is_night(stay.began, stay.ended)
        kept, building = known_buildings.entered(former, stay, rules.stays.building_m, MOST_BUILDINGS, night=night)
        state = {**state, "buildings": [list(one) for one in kept]}
        if not is_known(building, ctx.entity.partition(":")[2], rules):
            state = {**state, **ledger.with_span(state, ledger.Span(building.id, stay.began, stay.ended))}
    return state


def _judged(state: State, day: int, at: int, ctx: Context) -> tuple[State, Effects]:
    rules, looked = ctx.rules.visits, _entered(state, _open_stay(state, ctx), ctx)  # the stay that goes on counts too
    places = known_buildings.from_plain(looked.get("buildings", ()))
    unknown = [one for one in places if not is_known(one, ctx.entity.partition(":")[2], rules)]
    findings = ledger.doubtful(looked, day, unknown, rules.stays, calendar_of(ctx.rules, rules.calendar))
    numbers = {f"building-{one.id}" for one in unknown}
    return _asked(state, (one for one in findings if one.key in numbers), at, ctx)


def _asked(state: State, findings: Iterable[Finding], at: int, ctx: Context) -> tuple[State, Effects]:
    effects: tuple[Effect, ...] = ()
    for finding in findings:
        changes, more = raised(state, finding, at, ctx)
        state, effects = ({**state, **changes}, (*effects, *more)) if changes else (state, effects)
    return state, effects


def _far(fact: Fact) -> Finding:
    data = fact.data
    at, place, customer = fact.at, place_of(data), place_of(data, "place_lat", "place_lon")
    points = [point(at, *place, "check_in")] if place else []
    points += [point(at, *customer, "customer")] if customer else []
    evidence = {
        "points": points,
        "lead": fact.lead,
        "distance_m": data.get("distance_m"),
        "known_by": data.get("known_by"),
        "event_id": fact.event_id,
    }
    return Finding("far_from_customer", fact.lead or "", evidence)


def _shared(state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
    other, place, seen_at = fact.data.get("other"), place_of(fact.data), fact.data.get("seen_at")
    if not other or place is None or seen_at is None:
        return state, NOTHING
    changes, finding = replays.shared(state, other, seen_at, Fix(fact.at, *place), ctx.rules.visits.track)
    after = {**state, **changes} if changes else state
    if finding is None:
        return after, NOTHING
    seen = {**finding.evidence, "other_seen_at": to_iso(seen_at)}
    return _asked(after, (finding._replace(evidence=seen),), fact.at, ctx)


DETECTOR = Visits()
