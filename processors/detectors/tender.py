"""Tenders: a deal hears of a tender of its buyer, and its people hear how far that moves the forecast."""

from processors.detector import EMPTY, Context, State
from processors.effects import NOTHING, Effects, Emit
from processors.leads.view import recipients
from schemas.effects import Timer
from schemas.fact import Fact

MOST_TENDERS = 10


class Tender:
    """State: tenders, the ids that were told (at most 10); the last of them marks the deal."""

    name = "tender"
    kinds = frozenset({"deal"})
    facts = frozenset({"tender_found"})
    order = 30

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """Tell each tender once; not to a deal that has ended."""
        tender = fact.data.get("tender_id")
        told: list[str] = state.get("tenders", [])
        forecast = ctx.states.get("forecast", EMPTY)
        if not tender or tender in told or "closed" in forecast:
            return state, NOTHING
        rules = ctx.rules.tenders
        moved = forecast.get("moved")
        names = ("tender_id", "buyer", "title", "budget", "closes_on")
        evidence = {name: fact.data.get(name) for name in names} | {
            "event_id": fact.event_id,
            "stage": forecast.get("stage", [None])[0],
            "forecast": {"before": moved[1], "after": moved[2]} if moved and moved[0] == tender else None,
        }
        emitted = Emit(
            kind="tender_matched",
            severity="warning",
            to=recipients(rules.recipients, forecast.get("rep")),
            title=rules.title.filled(buyer=fact.data.get("buyer", ""), tender=fact.data.get("title", "")),
            rule="tenders.buyer_name",
            evidence=evidence,
        )
        return {"tenders": [*told, tender][-MOST_TENDERS:]}, (emitted,)

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """Return the state as it is: this detector sets no timers."""
        return state, NOTHING


DETECTOR = Tender()
