"""Strategic change: news of a company makes each of its leads worth another look."""

from processors.detector import Context, State
from processors.effects import NOTHING, Effects, Emit, SetField
from processors.leads.view import lead_view, recipients, rules_of
from schemas.effects import Timer
from schemas.fact import Fact
from schemas.rules.text import Bilingual
from schemas.times import DAY, to_iso


class Strategic:
    """State: told {what: when (ms) it was last told}, one entry per kind of change; mark, the lead's present mark."""

    name = "strategic"
    kinds = frozenset({"lead"})
    facts = frozenset({"company_news"})
    order = 50

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """Mark the lead and ask its rep to grade it again, unless the same was told lately."""
        rules, lead = rules_of(ctx).strategic, lead_view(ctx)
        what = fact.data.get("what")
        if what not in rules.what or lead.began is None:
            return state, NOTHING
        told: dict[str, int] = state.get("told", {})
        if what in told and abs(fact.at - told[what]) < rules.quiet_days * DAY:
            return state, NOTHING
        name = rules.names.get(what, Bilingual(zh=what, en=what))
        company = fact.data.get("company", "")
        title = {
            language: rules.title.filled(label=lead.label, company=company, what=getattr(name, language))[language]
            for language in ("zh", "en")
        }
        emitted = Emit(
            kind="strategic_upgrade",
            severity="warning",
            to=recipients(rules.recipients, lead.rep),
            title=title,
            rule="strategic.company_changed",
            evidence={
                "company": company,
                "what": what,
                "url": fact.data.get("url"),
                "at": to_iso(fact.at),
                "event_id": fact.event_id,
                "asked": "grade_again",
            },
            region=lead.region,
        )
        former = state.get("mark")
        mark = SetField(field="strategic_change", old=former, new=what, rule="strategic.company_changed")
        after = {"told": {**told, what: max(fact.at, told.get(what, fact.at))}, "mark": what}
        return after, (mark, emitted) if what != former else (emitted,)

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """Return the state as it is: this detector sets no timers."""
        return state, NOTHING


DETECTOR = Strategic()
