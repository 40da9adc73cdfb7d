"""Follow-up: a new lead that nobody contacts in time is told to its rep and manager."""

from processors.detector import Context, State
from processors.effects import NOTHING, ClearTimer, Effects, Emit, SetTimer
from schemas.effects import Timer
from schemas.fact import Fact
from schemas.times import MINUTE, to_iso

OVERDUE = "overdue"
EARLY = 8


class FollowUp:
    """State: since (when the duty began), due, first (the first follow-up in it), alerted (when it was told).

    Until the lead begins, `early` holds the last follow-ups (at most 8): one may arrive before the form it answers.
    """

    name = "followup"
    kinds = frozenset({"lead"})
    facts = None
    order = 20

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """Start the duty with the lead, end it with the first follow-up, in whichever order they come."""
        if fact.type in ctx.rules.followup.counts_as_follow_up:
            if "since" not in state:
                return {**state, "early": sorted({*state.get("early", ()), fact.at})[-EARLY:]}, NOTHING
            return _followed_up(state, fact.at, ctx)
        created = ctx.states.get("lead", {}).get("created")
        if created is None or "since" in state:
            return state, NOTHING
        due = ctx.states["lead"]["known"] + ctx.rules.followup.first_contact_minutes * MINUTE
        begun: State = {"since": created, "due": due}
        answered = [at for at in state.get("early", ()) if at >= created]
        return _followed_up(begun, answered[0], ctx) if answered else (begun, (SetTimer(OVERDUE, due),))

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """Alert: the time is over."""
        return {**state, "alerted": timer.due}, (_alert(state, ctx),)


def _followed_up(state: State, at: int, ctx: Context) -> tuple[State, Effects]:
    if "first" in state or at < state["since"]:
        return state, NOTHING
    answered = {**state, "first": at}
    if "alerted" in state or at <= state["due"]:
        return answered, (ClearTimer(OVERDUE),)
    # Too late, though no tick has come between: the alert is due whatever the rhythm of ticks.
    return {**answered, "alerted": state["due"]}, (ClearTimer(OVERDUE), _alert(answered, ctx))


def _alert(state: State, ctx: Context) -> Emit:
    lead = ctx.states.get("lead", {})
    minutes = ctx.rules.followup.first_contact_minutes
    fields = lead.get("fields", {})
    label = fields["name"][0] if "name" in fields else ctx.entity
    region = lead.get("region")
    return Emit(
        kind="followup_overdue",
        severity="warning",
        to=_recipients(ctx.rules.followup.recipients, lead.get("rep")),
        title={
            "zh": f"{label} 已超过 {minutes} 分钟未跟进",
            "en": f"{label} has not been followed up for {minutes} minutes",
        },
        rule="followup.first_contact",
        evidence={
            "since": to_iso(state["since"]),
            "due": to_iso(state["due"]),
            "minutes": minutes,
            "rep_id": lead.get("rep"),
            "followed_up_at": to_iso(state["first"]) if "first" in state else None,
        },
        region=None if region == "-" else region,
    )


def _recipients(rules: tuple[str, ...], rep: str | None) -> tuple[str, ...]:
    named = [f"rep:{rep}" if who == "rep" else who for who in rules if who != "rep" or rep]
    return tuple(dict.fromkeys(named)) or ("role:manager",)


DETECTOR = FollowUp()
