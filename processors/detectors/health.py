"""Health: how a customer does, from what is known of fifteen behaviours; what is missing lowers nothing."""

from typing import Any

from processors.detector import Context, State
from processors.effects import NOTHING, Effect, Effects, SetTimer
from processors.health import gaps, levels, potential, telling
from processors.health.behaviours import COUNTED, FIELDS, SHARP, WATCHED, readings
from processors.health.index import Index, colour_of, known, reach, scores, still_kept, weighted
from processors.health.learning import learned, term_ended, week_ended
from processors.health.weeks import added, end_of, folded, heard_from, week_of
from processors.lead_view import rules_of
from schemas.effects import Timer
from schemas.fact import Fact
from schemas.rules.health import HealthRules
from schemas.times import DAY

WEEK = "week"
LATE = 7 * DAY  # what comes later than this says nothing of this week


class Health:
    """State: sources [[name, last heard]], week (number), now, sets and spoke (this week), past (four weeks and the
    level before), mood, tickets, orders, cancelled, term, paid; fields (rows of events without them); scores and
    gone (of the last look), told [scores, kept, colour], blank (the week since which too
    little is known), expects (that an index is expected of this customer), unknown (that there is none was told),
    potential.
    """

    name = "health"
    kinds = frozenset({"lead"})
    facts = WATCHED
    order = 55

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """Remember what a fact says; look at the index when a week ended, or when the fact is one that matters now."""
        rules = rules_of(ctx).health
        if fact.type == "module_interest":
            changes = potential.interested(state, fact)
            return _looked({**state, **changes}, ctx, rules) if changes else (state, NOTHING)
        week = week_of(fact.at)
        turned = week > state.get("week", week)
        after = folded(state, week, rules.fade_weeks) if turned else {"week": week, **state}
        ended = term_ended(after, fact, ctx, rules) if fact.type == "subscription_changed" else NOTHING
        told = _remember(after, fact, week, rules)
        timers: Effects = NOTHING
        if after.get("waits") != after["week"] and _watched(after, rules, new_week=turned):
            after["waits"], timers = after["week"], (SetTimer(WEEK, end_of(after["week"])),)
        if not turned and fact.type not in SHARP:
            return after, (*timers, *told)
        looked, effects = _looked(after, ctx, rules)
        taught = week_ended(looked, week, ctx, rules) if turned else NOTHING
        return looked, (*timers, *told, *ended, *taught, *effects)

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """End the week, and look; go on as long as there is anything to look at."""
        rules = rules_of(ctx).health
        if timer.name == potential.POTENTIAL:
            return _looked({**state}, ctx, rules)
        week = week_of(timer.due)
        looked, effects = _looked({**folded(state, week, rules.fade_weeks), "week": week}, ctx, rules)
        effects = (*effects, *week_ended(looked, week, ctx, rules))
        long_blank = week - looked.get("blank", week) >= rules.unknown_after_weeks
        silent = long_blank and not known(looked, ctx.at, rules)
        if silent or not _watched(looked, rules, new_week=True):
            return {**looked, "waits": None}, effects
        return {**looked, "waits": week}, (*effects, SetTimer(WEEK, end_of(week)))


def _watched(state: State, rules: HealthRules, *, new_week: bool) -> bool:
    """Return whether the end of a week can matter: there was an index, one is expected, or enough may be known."""
    if "told" in state or "expects" in state:
        return True
    return new_week and reach(state, rules.weights) >= rules.coverage


def _remember(state: dict[str, Any], fact: Fact, week: int, rules: HealthRules) -> Effects:
    """Put what a fact of a week says into a state; return what its source is told."""
    state["sources"], source = heard_from(state, fact.source, fact.at)
    if week == state["week"]:
        state["spoke"] = state.get("spoke", 0) | 1 << source
    if fact.type in COUNTED and end_of(state["week"]) - fact.at <= 2 * LATE:
        state.update(added(state, readings(fact), source, fact.at))
    if fact.type in SHARP:
        state.update(levels.moved(state, fact, source))
    if "expects" not in state and fact.type in rules.expected_of:
        state["expects"] = True
        state.pop("blank", None)  # only from here on is it news that too little is known
    if fact.type not in FIELDS:
        return NOTHING
    changes, told = gaps.watched(state, fact, source, rules.gap_events)
    state.update(changes)
    return told


def _looked(state: dict[str, Any], ctx: Context, rules: HealthRules) -> tuple[State, Effects]:
    """Return the state after a look at the index, and what people hear. The state given is not used any more."""
    rules = learned(rules, ctx)
    if reach(state, rules.weights) < rules.coverage:
        return _blank(state, ctx, rules)
    values = known(state, ctx.at, rules)
    found = scores(values, rules)
    gone = still_kept(state.get("scores", {}), found, state.get("gone", {}), rules.weights)
    index = weighted(found, rules.weights, sum(gone.values()))
    if index.coverage < rules.coverage:
        return _blank(state, ctx, rules)
    kept = {name: value for name, value in state.items() if name not in ("blank", "unknown")}
    after = {**kept, "scores": found, "gone": gone}
    followed, effects = potential.followed(after, index.value, ctx.at, ctx)
    told, more = _compared({**after, **followed}, index, ctx, rules)
    return told, (*effects, *more)


def _compared(state: dict[str, Any], index: Index, ctx: Context, rules: HealthRules) -> tuple[State, Effects]:
    told = state.get("told")
    colour = colour_of(index.value, told[2] if told else None, rules)
    now = [state["scores"], round(index.kept, 2), colour]
    before = (weighted(told[0], rules.weights, told[1]), told[2]) if told else None
    if before is None and colour != "red":
        return {**state, "told": now}, NOTHING  # a first index is news only where somebody must act
    if before is not None and colour == before[1] and abs(index.value - before[0].value) < rules.told_points:
        return state, NOTHING
    values = known(state, ctx.at, rules)
    return {**state, "told": now}, (telling.changed(before, (index, colour), values, ctx, rules),)


def _blank(state: dict[str, Any], ctx: Context, rules: HealthRules) -> tuple[State, Effects]:
    """Too little is known: the index is unknown, neither kept nor lowered; that is told once, where it is news."""
    followed, effects = potential.followed(state, None, ctx.at, ctx)
    week, told = week_of(ctx.at), state.get("told")
    state.update(followed)
    blank = state.setdefault("blank", week)
    if told is None and (week - blank < rules.unknown_after_weeks or not state.get("expects")):
        return state, effects
    if state.get("unknown"):
        return state, effects
    values = known(state, ctx.at, rules)
    index = weighted(scores(values, rules), rules.weights)
    emitted: Effect = telling.unknown(index, values, told[2] if told else None, ctx, rules)
    state["unknown"] = True
    return state, (*effects, emitted)


DETECTOR = Health()
