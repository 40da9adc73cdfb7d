"""Purchase probability: a lead's features, scored at chosen moments; who is likely to buy is told once an episode."""

from typing import Any

from processors.detector import EMPTY, Context, State
from processors.effects import NOTHING, ClearTimer, Effect, Effects, Learn, SetTimer
from processors.leads.view import rules_of
from processors.models import Labelled, PurchaseModel
from processors.purchase.episode import followed
from processors.purchase.labels import LABELS, OWNER
from processors.purchase.moments import moment
from schemas.effects import Timer
from schemas.fact import Fact

NO_SEGMENT = "-"


class Purchase:
    """State: f (features), k [slot, facts in it], m (scorings whose label is open), due (ms, of the timer that tells
    their labels), told (when the lead was last seen likely to buy, ms).
    """

    name = OWNER
    kinds = frozenset({"lead"})
    facts = frozenset(
        {
            "order_placed", "order_cancelled", "page_viewed", "link_clicked", "form_submitted", "contact_noted",
            "customer_touched", "followed_up", "visit_checked_in", "product_used", "login", "ticket_opened",
            "module_interest",
        }
    )  # fmt: skip
    order = 60

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """Remember what the lead does; settle the scorings that an order answers; score, if this is the moment."""
        model = ctx.models.purchase
        if model is None or not (rules := rules_of(ctx).purchase).enabled:
            return (EMPTY, (ClearTimer(LABELS),)) if state else (state, NOTHING)
        former = state.get("f", EMPTY)
        features, intends = model.updated(former, fact)
        if features is former:
            return state, NOTHING
        slot = model.slot(fact.at)
        turn = state.get("k")
        count = turn[1] + 1 if turn and turn[0] == slot else 1
        after: dict[str, Any] = {**state, "f": features, "k": [slot, count]}
        effects: tuple[Effect, ...] = NOTHING
        if "m" in state and (fact.type == "order_placed" or fact.type == "order_cancelled"):
            order = str(fact.data.get("order_id") or fact.event_id)
            answer = model.ordered if fact.type == "order_placed" else model.cancelled
            after, effects = _kept(after, answer(state["m"], order, fact.at), model, ctx)
        when = moment(fact.type, count, intends)
        if when == "never":
            return after, effects
        drawn = model.draws(ctx.entity, fact.at)
        if when == "if_drawn" and not drawn:
            return after, effects
        scored = model.score(features, fact.at)
        if drawn:
            asked = model.asked(after.get("m", EMPTY), ctx.entity, fact.at, scored.probability, features)
            after, more = _kept(after, asked, model, ctx)
            effects = (*effects, *more)
        after, emitted = followed(after, scored, model, rules, ctx)
        return after, (*effects, *emitted)

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """Tell the labels that are known by now."""
        after = {name: value for name, value in state.items() if name != "due"}
        model = ctx.models.purchase
        if model is None or "m" not in state:
            return after, NOTHING
        return _kept(after, model.matured(state["m"], ctx.at), model, ctx)


def _kept(
    state: dict[str, Any], found: Labelled, model: PurchaseModel, ctx: Context
) -> tuple[dict[str, Any], tuple[Effect, ...]]:
    """Return the state with the memory as it is now, the examples, and the timer if it has to move."""
    if found.memory is state.get("m"):
        return state, NOTHING
    segment = ctx.states.get("profile", EMPTY).get("industry", NO_SEGMENT)
    effects: tuple[Effect, ...] = tuple(Learn({**example, "segment": segment}) for example in found.examples)
    after = {**state, "m": found.memory}
    due = model.next_due(found.memory)
    if due is None or due == state.get("due"):
        return after, effects
    return {**after, "due": due}, (*effects, SetTimer(LABELS, due))


DETECTOR = Purchase()
