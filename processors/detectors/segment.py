"""The segment as an entity: how long its won deals took, as far back as it is meant to remember."""

from math import sqrt

from processors.detector import Context, State
from processors.effects import NOTHING, Effects, Tell
from schemas.effects import Timer
from schemas.fact import Fact
from schemas.ids import kind_of


class Segment:
    """State: cycles (won deals so far), mean (days), spread (mean squared deviation, days²).

    Welford's running mean and variance; from `cycle_memory` deals on, each new one weighs as much as one in so many,
    so that what is long ago fades.
    """

    name = "segment"
    kinds = frozenset({"segment"})
    facts = frozenset({"segment_cycle_asked", "deal_cycle_closed"})
    order = 0

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """Learn from a deal that was won; answer one that asks."""
        if fact.type == "deal_cycle_closed":
            days = fact.data.get("days")
            return (_learnt(state, days, ctx.rules.forecast.cycle_memory) if days is not None else state), NOTHING
        deal = fact.data.get("deal", "")
        if kind_of(deal) != "deal":
            return state, NOTHING
        count = state.get("cycles", 0)
        # The unbiased estimate: what a sample of so many says about all deals.
        deviation = sqrt(state["spread"] * count / (count - 1)) if count > 1 else 0.0
        known = {"cycles": count, "mean_days": round(state.get("mean", 0.0), 3), "deviation_days": round(deviation, 3)}
        return state, (Tell(entity=deal, type="segment_cycle_known", data=known),)

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """Return the state as it is: this detector sets no timers."""
        return state, NOTHING


def _learnt(state: State, days: float, memory: int) -> State:
    count = state.get("cycles", 0) + 1
    share = 1 / min(count, memory)
    mean = state.get("mean", 0.0)
    step = days - mean
    spread = (1 - share) * (state.get("spread", 0.0) + share * step * step)
    return {"cycles": count, "mean": mean + share * step, "spread": spread}


DETECTOR = Segment()
