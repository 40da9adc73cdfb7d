"""The customer's industry, by which rules may differ."""

from processors.detector import Context, State
from processors.effects import NOTHING, Effects
from schemas.effects import Timer
from schemas.fact import Fact


class Profile:
    """State: industry and at, when it was said (ms); the latest word holds."""

    name = "profile"
    kinds = frozenset({"lead"})
    facts = frozenset({"account_profiled"})
    order = 1

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """Keep the industry, whatever the order of arrival."""
        industry = fact.data.get("industry")
        if not industry or (state.get("at", -1), state.get("industry", "")) >= (fact.at, industry):
            return state, NOTHING
        return {"industry": industry, "at": fact.at}, NOTHING

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """Return the state as it is: this detector sets no timers."""
        return state, NOTHING


DETECTOR = Profile()
