"""Forecasts: what they are worth, when nobody keeps them up to date, and which dates no deal has ever met."""

from collections.abc import Mapping
from typing import Any

from processors.calendars import day_of, iso_day, start_of_day
from processors.calendars.public import day_number
from processors.detector import EMPTY, Context, State
from processors.effects import NOTHING, ClearTimer, Effects, Emit, SetTimer, Tell
from processors.forecasts import DATES, credibility, implausible
from processors.leads.view import recipients
from schemas.effects import Timer
from schemas.fact import Fact
from schemas.ids import entity_key
from schemas.rules.forecast import ForecastRules
from schemas.times import to_iso

DECAY = "decay"
ENDED = ("won", "lost")
NO_SEGMENT = "-"


class Forecast:
    """State: begun (ms, of the deal), rep, amount, segment, said (when each of the three was, ms), stage [name, at],
    evidence {kind: at}; the forecast in force: dates {neutral, …: YYYY-MM-DD}, at (ms, when it was made), decayed
    (steps of the curve passed), checked (at of the forecast whose dates were compared), moved [tender, before, after];
    closed (ms, while the deal is over).
    """

    name = "forecast"
    kinds = frozenset({"deal"})
    facts = frozenset(
        {"deal_updated", "forecast_submitted", "evidence_attached", "tender_found", "segment_cycle_known"}
    )
    order = 20

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """Keep deal and forecast up to date; what was due before this fact is told, whatever the rhythm of ticks."""
        state, told = _passed(state, fact.at, ctx)
        after, effects = self._taken(state, fact, ctx)
        return after, (*told, *effects)

    def _taken(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        match fact.type:
            case "segment_cycle_known":
                return _compared(state, fact, ctx)
            case "tender_found":
                return _moved(state, fact, ctx)
            case "evidence_attached":
                kind = fact.data.get("kind")
                evidence = {**state.get("evidence", {}), kind: fact.at} if kind else state.get("evidence", {})
                return {**_seen(state, fact), "evidence": evidence}, NOTHING
            case "forecast_submitted":
                given = {name: fact.data[f"{name}_on"] for name in DATES if fact.data.get(f"{name}_on")}
                return _forecast(_seen(state, fact), given, fact, ctx)
            case _:
                return _updated(_seen(state, fact), fact, ctx)

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """The forecast was not kept up to date: it loses worth by the steps of the curve that are due.

        Another rule book may have come since the timer was set: then none is due yet, or several.
        """
        if "dates" not in state:
            return state, NOTHING
        after, told = _passed(state, timer.due + 1, ctx)
        return after, told or _next_step(after, ctx.rules.forecast)


def _passed(state: State, at: int, ctx: Context) -> tuple[State, Effects]:
    """Return the state and signals of the steps of the curve that were due before a moment (ms)."""
    rules, effects = ctx.rules.forecast, []
    while "dates" in state and "closed" not in state and (due := _due(state, rules)) is not None and due < at:
        state = {**state, "decayed": state.get("decayed", 0) + 1}
        effects.append(_decayed(state, ctx, rules))
    return (state, (*effects, *_next_step(state, rules))) if effects else (state, NOTHING)


def _seen(state: State, fact: Fact) -> State:
    """Return the state with what every fact of a deal says: when it began, whose it is, its amount and segment."""
    before: Mapping[str, int] = state.get("said", EMPTY)
    told = {"rep": fact.rep_id, "amount": fact.data.get("amount"), "segment": fact.data.get("segment")}
    newer = {name: value for name, value in told.items() if value and before.get(name, fact.at) <= fact.at}
    said = {**before, **dict.fromkeys(newer, fact.at)}
    return {**state, **newer, "said": said, "begun": min(fact.at, state.get("begun", fact.at))}


def _updated(state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
    stage, held, opened = fact.data.get("stage"), state.get("stage"), False
    if stage is not None and (held is None or held[1] <= fact.at):
        opened = "closed" in state and stage not in ENDED
        state = {name: value for name, value in state.items() if name != "closed"} | {"stage": [stage, fact.at]}
        if stage in ENDED:
            return {**state, "closed": fact.at}, (ClearTimer(DECAY),)
    close_on = fact.data.get("close_on")
    after, effects = _forecast(state, {"neutral": close_on}, fact, ctx) if close_on else (state, NOTHING)
    return _resumed(after, fact.at, ctx) if opened and not effects else (after, effects)


def _resumed(state: State, at: int, ctx: Context) -> tuple[State, Effects]:
    """A deal that was over is open again: its forecast goes on losing worth, from where the curve is by now."""
    after, told = _passed(state, at, ctx)
    return after, told or (_next_step(after, ctx.rules.forecast) if "dates" in after else NOTHING)


def _forecast(state: State, dates: Mapping[str, str], fact: Fact, ctx: Context) -> tuple[State, Effects]:
    """Take over a newer forecast: its decay begins anew, its dates are compared with the segment's cycle."""
    if "neutral" not in dates or "closed" in state or state.get("at", -1) > fact.at:
        return state, NOTHING
    after = {**state, "dates": dict(dates), "at": fact.at, "decayed": 0}
    after.pop("moved", None)
    segment = entity_key("segment", state.get("segment") or NO_SEGMENT)
    ask = Tell(entity=segment, type="segment_cycle_asked", data={"deal": ctx.entity})
    return after, (*_next_step(after, ctx.rules.forecast), ask)


def _due(state: State, rules: ForecastRules) -> int | None:
    """Return when the next step of the curve is due (ms), None after the last."""
    step = state.get("decayed", 0)
    if step >= len(rules.decay):
        return None
    return start_of_day(day_number(state["dates"]["neutral"]) + rules.decay[step].days)


def _next_step(state: State, rules: ForecastRules) -> Effects:
    due = _due(state, rules)
    return (ClearTimer(DECAY),) if due is None else (SetTimer(DECAY, due),)


def _worth(state: State, rules: ForecastRules) -> dict[str, Any]:
    stage, evidence = state.get("stage", ["lead"])[0], state.get("evidence", {})
    whole, step = credibility(rules, stage, evidence), state["decayed"]
    before = rules.decay[step - 2].factor if step > 1 else 1.0
    after = rules.decay[step - 1].factor
    return {
        "stage": stage,
        "evidence": sorted(evidence),
        "fresh": whole,
        "factor_before": before,
        "factor_after": after,
        "before": round(whole * before, 6),
        "after": round(whole * after, 6),
    }


def _decayed(state: State, ctx: Context, rules: ForecastRules) -> Emit:
    step = rules.decay[state["decayed"] - 1]
    percent = round(step.factor * 100)
    return Emit(
        kind="forecast_decayed",
        severity="warning",
        to=recipients(rules.decay_recipients, state.get("rep")),
        title=rules.decayed_title.filled(deal=ctx.entity.partition(":")[2], days=step.days, percent=percent),
        rule="forecast.decay",
        evidence={
            "committed_on": state["dates"]["neutral"],
            "forecast_at": to_iso(state["at"]),
            "days_without_update": step.days,
            "credibility": _worth(state, rules),
            "amount": state.get("amount"),
            "rep_id": state.get("rep"),
        },
    )


def _moved(state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
    """A deal that is put out to tender cannot close before bids are closed and judged."""
    tender, closes_on, dates = fact.data.get("tender_id"), fact.data.get("closes_on"), state.get("dates")
    if not tender or not closes_on or dates is None or "closed" in state:
        return state, NOTHING
    earliest = iso_day(day_number(closes_on) + ctx.rules.tenders.decision_days)
    before = dates["neutral"]
    if before >= earliest:
        return {**state, "moved": [tender, before, before]}, NOTHING
    moved = {name: max(day, earliest) for name, day in dates.items()}
    after = {**state, "dates": moved, "decayed": 0, "moved": [tender, before, earliest]}
    return after, _next_step(after, ctx.rules.forecast)


def _compared(state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
    rules, at = ctx.rules.forecast, state.get("at")
    if at is None or state.get("checked") == at or "closed" in state:
        return state, NOTHING
    after = {**state, "checked": at}
    cycle = tuple(fact.data.get(name, 0) for name in ("cycles", "mean_days", "deviation_days"))
    count, mean, deviation = cycle
    found = implausible(rules, state["dates"], state["begun"], (count, mean, deviation))
    if not found:
        return after, NOTHING
    deal = ctx.entity.partition(":")[2]
    emitted = Emit(
        kind="forecast_implausible",
        severity="warning",
        to=recipients(rules.implausible_recipients, state.get("rep")),
        title=rules.implausible_title.filled(deal=deal, count=len(found), cycles=count),
        rule="forecast.segment_cycle",
        evidence={
            "dates": found,
            "began_on": iso_day(day_of(state["begun"])),
            "segment": state.get("segment"),
            "cycles": count,
            "mean_days": mean,
            "deviation_days": deviation,
            "deviations_allowed": rules.deviations,
        },
    )
    return after, (emitted,)


DETECTOR = Forecast()
