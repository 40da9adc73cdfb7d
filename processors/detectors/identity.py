"""Questions about who is who, told to those who can answer them."""

from processors.detector import Context, State
from processors.effects import NOTHING, Effects, Emit
from processors.leads.view import lead_view
from schemas.effects import Timer
from schemas.fact import Fact


class Identity:
    """State: none. A question is open until somebody answers it (`whetstone review`)."""

    name = "identity"
    kinds = frozenset({"lead"})
    facts = frozenset({"identity_questioned"})
    order = 90

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """Ask the rep of the lead, or the managers where it has none, with the evidence for and against."""
        view, data = lead_view(ctx), fact.data
        told = Emit(
            kind="identity_review",
            severity="info",
            to=(f"rep:{view.rep}",) if view.rep else ("role:manager",),
            title={
                "zh": f"{view.label} 可能与另一条线索是同一人，请确认",
                "en": f"{view.label} may be the same person as another lead: please decide",
            },
            rule="identity.review",
            evidence={
                "lead": data.get("lead", fact.entity),
                "other": data.get("other"),
                "score": data.get("score"),
                "reason": data.get("reason"),
                "for": data.get("evidence_for", {}),
                "against": data.get("evidence_against", {}),
                "event_id": fact.event_id,
            },
            region=view.region,
        )
        return state, (told,)

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """Return the state as it is: this detector sets no timers."""
        return state, NOTHING


DETECTOR = Identity()
