"""The funnel: which stage each lead is in. Every passage is a row of history, so Postgres can answer for all leads."""

from processors.detector import EMPTY, Context, State
from processors.effects import NOTHING, Effects, SetField
from processors.leads.view import rules_of
from schemas.effects import Timer
from schemas.fact import Fact
from schemas.rules import RuleBook
from schemas.rules.names import field_of
from schemas.rules.summary import FunnelRules

MOST_TEXT = 120


class Funnel:
    """State: stage and at (when it was entered, ms); variant, of the A/B test that the lead came through.

    A lead moves forward only, but a new deal brings it back out of an exit. What happened before it was a lead does
    not count. The history of a lead gains the fields `stage`, `source` and, in a test, `variant`.
    """

    name = "funnel"
    kinds = frozenset({"lead"})
    facts = None
    order = 60

    def minds(self, fact_type: str, rules: RuleBook, *, stranger: bool) -> bool:
        """Return whether a fact may be about a lead."""
        return not stranger

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """Enter the first stage with the lead; move on with what the rule book names."""
        lead = ctx.states.get("lead", EMPTY)
        if "created" not in lead:
            return state, NOTHING
        rules = rules_of(ctx).funnel
        if "stage" not in state:
            return _entered(rules, fact, lead["source"])
        index = _stage_of(rules, fact)
        names = [stage.name for stage in rules.stages]
        if index is None or fact.at < state["at"]:
            return state, NOTHING
        here = names.index(state["stage"]) if state["stage"] in names else -1
        if index == here or (index < here and not (here >= 0 and rules.stages[here].exit and index > 1)):
            return state, NOTHING
        moved = SetField(field="stage", old=state["stage"], new=names[index], rule=f"funnel.{fact.type}")
        return {**state, "stage": names[index], "at": fact.at}, (moved,)

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """Return the state as it is: this detector sets no timers."""
        return state, NOTHING


def _stage_of(rules: FunnelRules, fact: Fact) -> int | None:
    """Return the furthest stage that a fact brings a lead into; None when it brings it into none."""
    if fact.type not in rules.entering_types:
        return None
    for index in range(len(rules.stages) - 1, 0, -1):
        if any(match.holds(fact.type, fact.data) for match in rules.stages[index].entered_by):
            return index
    return None


def _entered(rules: FunnelRules, fact: Fact, source: str) -> tuple[State, Effects]:
    first = rules.stages[0].name
    effects = [
        SetField(field="stage", old=None, new=first, rule="funnel.created"),
        SetField(field="source", old=None, new=source, rule="funnel.created"),
    ]
    state = {"stage": first, "at": fact.at}
    variant = field_of(fact.data, rules.variant)
    if not isinstance(variant, str) or not variant:
        return state, tuple(effects)
    effects.append(SetField(field="variant", old=None, new=variant[:MOST_TEXT], rule="funnel.created"))
    return {**state, "variant": variant[:MOST_TEXT]}, tuple(effects)


DETECTOR = Funnel()
