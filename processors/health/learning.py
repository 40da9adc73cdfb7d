"""What health learns from, and what it has learned: the population's behaviour, and how customers ended."""

from processors.detector import EMPTY, Context, State
from processors.effects import NOTHING, Effects, Learn
from processors.health.index import known
from schemas.fact import Fact
from schemas.rules.health import HealthRules

OUTCOMES = {"renewed": True, "cancelled": False, "expired": False}
"""How a term can end, and whether that is good."""


def segment_of(ctx: Context) -> str:
    """Return the segment that a customer is compared with: its industry, where that is known."""
    return str(ctx.states.get("profile", EMPTY).get("industry") or "-")


def learned(rules: HealthRules, ctx: Context) -> HealthRules:
    """Return the rules with what the model in force knows of the population and of the worth of behaviours."""
    models = ctx.models
    return models.health(rules, segment_of(ctx)) if models.knows_health else rules


def week_ended(state: State, week: int, ctx: Context, rules: HealthRules) -> Effects:
    """Return what is to be learned of a customer's week, if it is drawn and anything is known of it."""
    if not ctx.models.watches(ctx.entity, week):
        return NOTHING
    values = known(state, ctx.at, rules)
    if not values:
        return NOTHING
    plain = {name: round(value.value, 4) for name, value in values.items()}
    return (Learn({"kind": "behaviours", "segment": segment_of(ctx), "values": plain}),)


def term_ended(state: State, fact: Fact, ctx: Context, rules: HealthRules) -> Effects:
    """Return what is to be learned when a customer renews or goes: how it had behaved until then."""
    good = OUTCOMES.get(fact.data.get("status", "")) if fact.type == "subscription_changed" else None
    if good is None or not ctx.models.watches(ctx.entity, -1):
        return NOTHING
    values = known(state, fact.at, rules)
    if not values:
        return NOTHING
    plain = {name: round(value.value, 4) for name, value in values.items()}
    return (Learn({"kind": "outcome", "segment": segment_of(ctx), "values": plain, "good": good}),)
