"""Who is likely to buy is told once an episode: from the score that rises above the threshold until it has fallen."""

from collections.abc import Mapping
from typing import Any

from processors.detector import Context
from processors.effects import NOTHING, Effects, Emit
from processors.leads.view import lead_view, recipients
from processors.models import PurchaseModel, Scored
from schemas.rules.purchase import PurchaseRules
from schemas.times import DAY, to_iso


def followed(
    state: dict[str, Any], scored: Scored, model: PurchaseModel, rules: PurchaseRules, ctx: Context
) -> tuple[dict[str, Any], Effects]:
    """Return the state after a score, and the signal where an episode begins.

    `told` is when the lead was last seen above the threshold. An episode ends when a score falls below the threshold
    by the margin, or when none was above it for a whole horizon: then the purchase that was foretold is overdue.
    """
    told = state.get("told")
    if scored.probability < rules.threshold:
        if told is not None and scored.probability < rules.threshold - rules.margin:
            return {name: value for name, value in state.items() if name != "told"}, NOTHING
        return state, NOTHING
    if scored.unsure and not rules.tell_unsure:
        return state, NOTHING
    horizon = ctx.rules.learning.horizon_days
    after = {**state, "told": ctx.at if told is None else max(told, ctx.at)}
    if told is not None and ctx.at - told <= horizon * DAY:
        return after, NOTHING
    return after, (_emit(state["f"], scored, model, rules, ctx),)


def _emit(
    features: Mapping[str, Any], scored: Scored, model: PurchaseModel, rules: PurchaseRules, ctx: Context
) -> Emit:
    lead, days = lead_view(ctx), ctx.rules.learning.horizon_days
    reasons = model.reasons(features, ctx.at, rules.reasons)
    title = rules.unsure_title if scored.unsure else rules.title
    percent = min(99, round(100 * scored.probability))  # nothing is certain, whatever a model says
    main = next((one for one in reasons if one["log_odds"] > 0), reasons[0] if reasons else {})
    words = {language: main.get(language, "–") for language in ("zh", "en")}
    return Emit(
        kind="purchase_likely",
        severity="info",
        to=recipients(rules.recipients, lead.rep),
        title={
            language: title.filled(label=lead.label, percent=percent, days=days, reason=words[language])[language]
            for language in words
        },
        rule="purchase.likely",
        evidence={
            "probability": round(scored.probability, 4),
            "threshold": rules.threshold,
            "until": to_iso(ctx.at + days * DAY),
            "unsure": scored.unsure,
            "learned_from": dict(model.evidence),
            "reasons": reasons,
        },
        model=model.version,
        region=lead.region,
    )
