"""Follow-up: a new lead that nobody contacts in time is told to its rep and manager."""

from processors.calendars import deadline
from processors.detector import EMPTY, Context, State
from processors.effects import NOTHING, ClearTimer, Effects, Emit, SetTimer
from processors.leads.view import duties_since, lead_view, recipients, rules_of
from schemas.effects import Timer
from schemas.fact import Fact
from schemas.rules import RuleBook
from schemas.times import to_iso

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

    def minds(self, fact_type: str, rules: RuleBook, *, stranger: bool) -> bool:
        """Return whether a fact may be about a lead, or a follow-up before there is one."""
        return not stranger or fact_type in rules.followup.counts_as_follow_up or rules.overridden("followup")

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """Start the duty with the lead, end it with the first follow-up, in whichever order they come."""
        if "first" in state:
            return state, NOTHING
        rules = rules_of(ctx)
        if fact.type in rules.followup.counts_as_follow_up:
            if "since" not in state:
                return {**state, "early": sorted({*state.get("early", ()), fact.at})[-EARLY:]}, NOTHING
            return _followed_up(state, fact.at, ctx)
        since = None if "since" in state else duties_since(ctx.states.get("lead", EMPTY))
        if since is None:
            return state, NOTHING
        duty = rules.followup
        known = ctx.states["lead"]["known"]
        due = deadline(known, duty.first_contact_minutes, duty.hours, rules, duty.calendar)
        begun: State = {"since": since, "due": due}
        answered = [at for at in state.get("early", ()) if at >= since]
        return _followed_up(begun, answered[0], ctx) if answered else (begun, (SetTimer(OVERDUE, due),))

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """Alert: the time is over."""
        if "since" not in state:
            return state, NOTHING
        return {**state, "alerted": timer.due}, (_alert(state, ctx),)


def _followed_up(state: State, at: int, ctx: Context) -> tuple[State, Effects]:
    if at < state["since"]:
        return state, NOTHING
    answered = {**state, "first": at}
    if "alerted" in state or at <= state["due"]:
        return answered, (ClearTimer(OVERDUE),)
    # Too late, though no tick has come between: the alert is due whatever the rhythm of ticks.
    return {**answered, "alerted": state["due"]}, (ClearTimer(OVERDUE), _alert(answered, ctx))


def _alert(state: State, ctx: Context) -> Emit:
    lead, rules = lead_view(ctx), rules_of(ctx).followup
    minutes = rules.first_contact_minutes
    return Emit(
        kind="followup_overdue",
        severity="warning",
        to=recipients(rules.recipients, lead.rep),
        title=rules.title.filled(label=lead.label, minutes=minutes),
        rule="followup.first_contact",
        evidence={
            "since": to_iso(state["since"]),
            "due": to_iso(state["due"]),
            "minutes": minutes,
            "hours": rules.hours,
            "rep_id": lead.rep,
            "followed_up_at": to_iso(state["first"]) if "first" in state else None,
        },
        region=lead.region,
    )


DETECTOR = FollowUp()
