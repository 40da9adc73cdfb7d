"""Health: how a customer does, from what is known of fifteen behaviours; what is missing lowers nothing."""

from collections.abc import Mapping

from processors.detector import Context, State
from processors.effects import NOTHING, Effect, Effects, SetTimer
from processors.health import gaps, levels, potential, telling
from processors.health.behaviours import COUNTED, FIELDS, SHARP, WATCHED, readings
from processors.health.index import Index, Value, colour_of, known, reach, scores, still_kept, weighted
from processors.health.learning import learned, term_ended, week_ended
from processors.health.levels import Own
from processors.health.weeks import add, end_of, folded, heard_from, week_of
from processors.leads.view import rules_of
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
        week, before = week_of(fact.at), state.get("week")
        if turned := before is not None and week > before:
            after = folded(state, week, rules.fade_weeks)
        else:
            after = {**state} if before is not None else {"week": week, **state}
        ended = term_ended(after, fact, ctx, rules) if fact.type == "subscription_changed" else NOTHING
        told = _remember(after, fact, week, rules)
        looks = turned or fact.type in SHARP
        share = reach(after, rules.weights) if looks else 0.0
        timers: Effects = NOTHING
        watched = "told" in after or "expects" in after or (turned and share >= rules.coverage)
        if watched and after.get("waits") != after["week"]:
            after["waits"], timers = after["week"], (SetTimer(WEEK, end_of(after["week"])),)
        if not looks:
            return after, timers + told
        looked, effects = _looked(after, ctx, rules, share)
        taught = week_ended(looked, week, ctx, rules) if turned else NOTHING
        return looked, timers + told + ended + taught + effects

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """End the week, and look; go on as long as there is anything to look at."""
        rules = rules_of(ctx).health
        if timer.name == potential.POTENTIAL:
            return _looked({**state}, ctx, rules)
        week = week_of(timer.due)
        looked, effects = _looked({**folded(state, week, rules.fade_weeks), "week": week}, ctx, rules)
        effects += week_ended(looked, week, ctx, rules)
        long_blank = week - looked.get("blank", week) >= rules.unknown_after_weeks
        silent = long_blank and not known(looked, ctx.at, rules)
        watched = "told" in looked or "expects" in looked or reach(looked, rules.weights) >= rules.coverage
        if silent or not watched:
            looked["waits"] = None
            return looked, effects
        looked["waits"] = week
        return looked, (*effects, SetTimer(WEEK, end_of(week)))


def _remember(state: Own, fact: Fact, week: int, rules: HealthRules) -> Effects:
    """Put what a fact of a week says into a state; return what its source is told."""
    type_, this_week = fact.type, week == state["week"]
    state["sources"], source = heard_from(state, fact.source, fact.at)
    if this_week:
        state["spoke"] = state.get("spoke", 0) | 1 << source
    if type_ in COUNTED and (this_week or end_of(state["week"]) - fact.at <= 2 * LATE):
        add(state, readings(fact), source, fact.at)
    if type_ in SHARP:
        levels.move(state, fact, source)
    if "expects" not in state and type_ in rules.expected_of:
        state["expects"] = True
        state.pop("blank", None)  # only from here on is it news that too little is known
    return gaps.watch(state, fact, source, rules.gap_events) if type_ in FIELDS else NOTHING


def _looked(state: Own, ctx: Context, rules: HealthRules, share: float | None = None) -> tuple[Own, Effects]:
    """Return the state after a look at the index, and what people hear. The state given is not used any more.

    `share` is what can be known by `rules`, where that has been worked out.
    """
    own = learned(rules, ctx)
    if share is None or own is not rules:
        share = reach(state, own.weights)
    if share < own.coverage:
        return _blank(state, ctx, own)
    values = known(state, ctx.at, own)
    found = scores(values, own)
    gone = still_kept(state.get("scores", {}), found, state.get("gone", {}), own.weights)
    index = weighted(found, own.weights, sum(gone.values()))
    if index.coverage < own.coverage:
        return _blank(state, ctx, own)
    for name in ("blank", "unknown"):
        state.pop(name, None)
    state["scores"], state["gone"] = found, gone
    effects = potential.follow(state, index.value, ctx)
    return state, effects + _compared(state, index, values, ctx, own)


def _compared(state: Own, index: Index, values: Mapping[str, Value], ctx: Context, rules: HealthRules) -> Effects:
    """Return what people hear of an index, and put into the state what they were told."""
    told = state.get("told")
    colour = colour_of(index.value, told[2] if told else None, rules)
    before = (weighted(told[0], rules.weights, told[1]), told[2]) if told else None
    if before is not None and colour == before[1] and abs(index.value - before[0].value) < rules.told_points:
        return NOTHING
    state["told"] = [state["scores"], round(index.kept, 2), colour]
    if before is None and colour != "red":
        return NOTHING  # a first index is news only where somebody must act
    return (telling.changed(before, (index, colour), values, ctx, rules),)


def _blank(state: Own, ctx: Context, rules: HealthRules) -> tuple[Own, Effects]:
    """Too little is known: the index is unknown, neither kept nor lowered; that is told once, where it is news."""
    effects = potential.follow(state, None, ctx) if "potential" in state else NOTHING
    blank, told = state.get("blank"), state.get("told")
    if blank is None:
        blank = state["blank"] = week_of(ctx.at)
    if state.get("unknown") or (told is None and not state.get("expects")):
        return state, effects
    if told is None and week_of(ctx.at) - blank < rules.unknown_after_weeks:
        return state, effects
    values = known(state, ctx.at, rules)
    index = weighted(scores(values, rules), rules.weights)
    emitted: Effect = telling.unknown(index, values, told[2] if told else None, ctx, rules)
    state["unknown"] = True
    return state, (*effects, emitted)


DETECTOR = Health()
