"""Nurture flow: a lead that did not buy within days gets the next content instead of silence."""

from processors.calendars import deadline
from processors.detector import EMPTY, Context, State
from processors.effects import NOTHING, ClearTimer, Effects, Emit, SetTimer
from processors.leads.view import duties_since, lead_view, recipients, rules_of
from schemas.effects import Timer
from schemas.fact import Fact
from schemas.rules import RuleBook
from schemas.rules.followup import NurtureRules, NurtureStep
from schemas.times import to_iso

BEGIN = "begin"


class Nurture:
    """State: due (ms) while it waits; won (when, ms, also before there is a lead); begun (when the flow began)."""

    name = "nurture"
    kinds = frozenset({"lead"})
    facts = None
    order = 30

    def minds(self, fact_type: str, rules: RuleBook, *, stranger: bool) -> bool:
        """Return whether a fact may be about a lead, or a purchase before there is one."""
        return not stranger or fact_type in rules.nurture.won_types or rules.overridden("nurture")

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """Begin to wait with the lead; stop once it is won."""
        if "begun" in state:
            return state, NOTHING
        rules = rules_of(ctx)
        if rules.nurture.won(fact.type, fact.data):
            won = state.get("won")
            if won is None or won < fact.at:
                state = {**state, "won": fact.at}
        lead = ctx.states.get("lead")
        since = duties_since(lead) if lead is not None else None
        if lead is None or since is None:
            return state, NOTHING
        if state.get("won", -1) >= since:
            return ({"won": state["won"]}, (ClearTimer(BEGIN),)) if "due" in state else (state, NOTHING)
        if "due" in state:
            return state, NOTHING
        nurture = rules.nurture
        due = deadline(lead["known"], nurture.after_hours * 60, nurture.hours, rules, nurture.calendar)
        return {**state, "due": due}, (SetTimer(BEGIN, due),)

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """Begin the flow with the first content that fits."""
        return {"begun": timer.due}, (_begin(ctx, rules_of(ctx).nurture),)


def _begin(ctx: Context, rules: NurtureRules) -> Emit:
    lead = lead_view(ctx)
    followup = ctx.states.get("followup", EMPTY)
    step = _step(rules, "first" in followup)
    names = {language: getattr(step.title, language) for language in ("zh", "en")}
    title = {language: rules.title.filled(label=lead.label, step=names[language])[language] for language in names}
    began = lead.began if lead.began is not None else ctx.at
    return Emit(
        kind="nurture_started",
        severity="info",
        to=recipients(rules.recipients, lead.rep),
        title=title,
        rule="nurture.begin",
        evidence={
            "since": to_iso(began),
            "hours": rules.after_hours,
            "contacted_at": to_iso(followup["first"]) if "first" in followup else None,
            "next_step": {"content": step.content, "title": names},
        },
        region=lead.region,
    )


def _step(rules: NurtureRules, contacted: bool) -> NurtureStep:
    fits = ("any", "contacted" if contacted else "never_contacted")
    return next((step for step in rules.steps if step.fits in fits), rules.steps[-1])


DETECTOR = Nurture()
