"""Outcome of a deal: how far its end was from the forecast, and what happened in between that explains it."""

from typing import Any

from processors.calendars import day_of, iso_day
from processors.detector import Context, State
from processors.effects import NOTHING, Effects, Emit, Tell
from processors.forecasts import cause_of, cycle_days, days_late, points_for
from processors.leads.view import recipients
from schemas.effects import Timer
from schemas.fact import Fact
from schemas.ids import entity_key
from schemas.rules.forecast import ForecastRules
from schemas.rules.text import Bilingual

ENDED = ("won", "lost")
REPORT = entity_key("report", "forecasts")
UNKNOWN = Bilingual(zh="原因不明", en="cause unknown")
MOST_EVENTS = 5  # named per cause; what is beyond is counted


class Outcome:
    """State: committed [day, at] (the first forecast of the deal), forecasts (how many), causes {name: [points,
    events]}, ended (ms). Events before the first forecast explain nothing and are not kept.
    """

    name = "outcome"
    kinds = frozenset({"deal"})
    facts = None
    order = 25

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """Collect what speaks for a cause; judge when the deal ends."""
        if fact.type == "deal_updated" and fact.data.get("stage") is not None:
            ended = fact.data["stage"] in ENDED
            if ended and "ended" not in state:
                return _ended(state, fact, ctx)
            if not ended and "ended" in state and fact.at >= state["ended"]:
                state = {}  # opened again: a new story
        if "ended" in state:
            return state, NOTHING
        state = _committed(state, fact)
        points = points_for(ctx.rules.forecast, fact.type, fact.data) if "committed" in state else {}
        return (_spoken(state, points, fact.event_id) if points else state), NOTHING

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """Return the state as it is: this detector sets no timers."""
        return state, NOTHING


def _committed(state: State, fact: Fact) -> State:
    day = fact.data.get("neutral_on") if fact.type == "forecast_submitted" else None
    if fact.type == "deal_updated":
        day = fact.data.get("close_on")
    if not day:
        return state
    held = state.get("committed")
    first = held if held is not None and held[1] <= fact.at else [day, fact.at]
    return {**state, "committed": first, "forecasts": state.get("forecasts", 0) + 1}


def _spoken(state: State, points: dict[str, int], event_id: str) -> State:
    causes: dict[str, Any] = dict(state.get("causes", {}))
    for cause, given in points.items():
        total, events = causes.get(cause, [0, []])
        causes[cause] = [total + given, [*events, event_id][:MOST_EVENTS]]
    return {**state, "causes": causes}


def _ended(state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
    forecast = ctx.states.get("forecast", {})
    effects: Effects = NOTHING
    stage = fact.data["stage"]
    if stage == "won":
        days = cycle_days(forecast.get("begun", fact.at), fact.at)
        segment = entity_key("segment", forecast.get("segment") or "-")
        effects = (Tell(entity=segment, type="deal_cycle_closed", data={"deal": ctx.entity, "days": days}),)
    after = {"ended": fact.at}
    if "committed" not in state:
        return after, effects
    late = days_late(state["committed"][0], fact.at)
    if abs(late) <= ctx.rules.forecast.tolerance_days:
        return after, effects
    return after, (*effects, *_missed(state, fact, ctx, late))


def _missed(state: State, fact: Fact, ctx: Context, late: int) -> Effects:
    rules, forecast = ctx.rules.forecast, ctx.states.get("forecast", {})
    causes = state.get("causes", {})
    cause = cause_of({name: (points, events) for name, (points, events) in causes.items()})
    closed = {
        "deal": ctx.entity,
        "outcome": fact.data["stage"],
        "committed_on": state["committed"][0],
        "closed_on": iso_day(day_of(fact.at)),
        "deviation_days": float(late),
        "cause": cause,
        "amount": forecast.get("amount"),
    }
    rep = fact.rep_id or forecast.get("rep")
    emitted = Emit(
        kind="forecast_missed",
        severity="info",
        to=recipients(rules.missed_recipients, rep),
        title=_title(rules, ctx.entity.partition(":")[2], late, cause),
        rule="forecast.outcome",
        evidence={
            **closed,
            "forecasts": state["forecasts"],
            "causes": {name: {"points": points, "events": events} for name, (points, events) in sorted(causes.items())},
            "event_id": fact.event_id,
            "rep_id": rep,
        },
    )
    report = {name: value for name, value in closed.items() if value is not None}
    return emitted, Tell(entity=REPORT, type="forecast_closed", data=report, rep_id=rep)


def _title(rules: ForecastRules, deal: str, days: int, cause: str | None) -> dict[str, str]:
    names = {str(key): text for key, text in rules.cause_names.items()}
    name = names.get(cause or "unknown", UNKNOWN)
    return {
        language: rules.missed_title.filled(deal=deal, days=days, cause=getattr(name, language))[language]
        for language in ("zh", "en")
    }


DETECTOR = Outcome()
