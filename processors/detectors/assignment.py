"""Assignment: each region hands its new leads to its reps in turn, exactly, whatever the number of workers."""

from processors.detector import Context, State
from processors.effects import NOTHING, Effects, Tell
from schemas.effects import Timer
from schemas.fact import Fact
from schemas.ids import entity_key, kind_of


class Assignment:
    """The region as an entity of its own: one counter, one writer. State: given, the number of leads handed out."""

    name = "assignment"
    kinds = frozenset({"region"})
    facts = frozenset({"lead_awaits_assignment"})
    order = 10

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """Give the lead to the next rep of the region's roster; nobody on duty leaves it to the manager."""
        region, lead = fact.data.get("region"), fact.data.get("lead", "")
        if not region or kind_of(lead) != "lead":
            return state, NOTHING
        roster = ctx.rules.assignment.roster(region)
        if not roster:
            return state, NOTHING
        given = state.get("given", 0)
        rep = roster[given % len(roster)]
        assigned = {"lead": lead, "rep_id": rep, "region": region}
        told = tuple(
            Tell(entity=entity, type="lead_assigned", data=assigned, lead=lead, rep_id=rep)
            for entity in (lead, entity_key("rep", rep))
        )
        return {**state, "given": given + 1}, told

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """Return the state as it is: this detector sets no timers."""
        return state, NOTHING


DETECTOR = Assignment()
