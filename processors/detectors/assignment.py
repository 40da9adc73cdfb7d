"""Assignment: each region hands its new leads to its reps in turn, exactly, whatever the number of workers.

Leads that come in bulk are handed out one by one too, but told together: once to each rep, once to the manager.
"""

from processors.bulk import DIGEST, counted, digest, digest_due
from processors.detector import EMPTY, Context, State
from processors.effects import NOTHING, Effects, SetTimer, Tell
from schemas.effects import Timer
from schemas.fact import Fact
from schemas.ids import entity_key, kind_of


class Assignment:
    """The region as an entity of its own: one counter, one writer.

    State: given, the number of leads handed out; digest, what came in bulk and is still to be told (`processors.bulk`).
    """

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
        given = state.get("given", 0)
        rep = roster[given % len(roster)] if roster else None
        waiting: Effects = NOTHING
        if fact.data.get("bulk"):
            waiting = () if "digest" in state else (SetTimer(DIGEST, digest_due(ctx)),)
            state = {**state, "digest": counted(state.get("digest", EMPTY), rep, fact)}
        if rep is None:
            return state, waiting
        assigned = {"lead": lead, "rep_id": rep, "region": region}
        if fact.data.get("bulk"):  # nothing for the rep's own list of open items: it holds 200, not 20,000
            told = Tell(entity=lead, type="lead_assigned", data=assigned, lead=lead, rep_id=rep)
            return {**state, "given": given + 1}, (told, *waiting)
        if label := fact.data.get("label"):
            assigned["label"] = label  # the rep's summary names leads by it
        both = tuple(
            Tell(entity=entity, type="lead_assigned", data=assigned, lead=lead, rep_id=rep)
            for entity in (lead, entity_key("rep", rep))
        )
        return {**state, "given": given + 1}, both

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """Tell what came in bulk since the first of it."""
        after = {name: value for name, value in state.items() if name != "digest"}
        return after, digest(state.get("digest", EMPTY), ctx)


DETECTOR = Assignment()
