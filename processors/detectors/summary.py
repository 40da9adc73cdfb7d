"""Daily summary: at six in the evening each rep reads what the day's facts say, every line with its events."""

from collections.abc import Mapping
from typing import Any

from processors.calendars import calendar_of, day_of, is_working_day, next_time_of_day
from processors.detector import Context, State
from processors.effects import NOTHING, Effects, Emit, SetTimer
from processors.leads.view import recipients
from processors.leads.welcome import NAMELESS
from processors.summaries import Line, lines_of
from schemas.effects import Timer
from schemas.fact import Fact
from schemas.rules import RuleBook
from schemas.rules.summary import SummaryRules
from schemas.times import DAY

CLOSING = "closing"
MOST_ITEMS = 200  # open items and calls for help of one rep, and leads whose names are known; the oldest go first
MOST_NOTED = 50  # leads of which it is known when the last note was: the contact may be heard of after it
HELP = "deal_blocked"
ITEMS = frozenset({
    "lead_assigned", "deal_gate_changed", "followed_up", "customer_touched", "contact_noted", "visit_checked_in",
})  # fmt: skip
"""Facts that open or close an item."""


class DailySummary:
    """State: days {due: {type and whom: [count, event ids]}}; open {what and whom: [at, event id, more]}; noted {whom:
    when the last note was, ms}, of 50; called {lead: what it was called when the rep got it}, of 200; last (ms).

    What happens after a summary belongs to the next; what is heard of late does too. Open items are leads without a
    contact, contacts without a note and deals that are blocked (help needed); they are carried on until they are
    closed or too old.
    """

    name = "summary"
    kinds = frozenset({"rep"})
    facts = None
    order = 50

    def minds(self, fact_type: str, rules: RuleBook, *, stranger: bool) -> bool:
        """Return whether a type is progress, or opens or closes an item."""
        return fact_type in ITEMS or fact_type in rules.summary.progress

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """Add the fact to its day, open or close what it opens or closes."""
        rules = ctx.rules.summary
        opened = _items(state, fact) if fact.type in ITEMS else None
        progress, note = fact.type in rules.progress, fact.type == "contact_noted"
        if not progress and not note and opened is None:
            return state, NOTHING
        after = dict(state)
        if fact.type == "lead_assigned":
            after["called"] = _called(state.get("called", {}), fact)
        if note:
            after["noted"] = _noted(state.get("noted", {}), fact)
        if opened is not None:
            after["open"] = opened
        due = next_time_of_day(max(fact.at, state.get("last", fact.at)), rules.at)
        if progress:
            after["days"] = _added(state.get("days", {}), str(due), fact, rules)
        return after, (SetTimer(CLOSING, min([due, *map(int, after.get("days", {}))])),)

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """Tell the day, and carry on what is still open."""
        days = dict(state.get("days", {}))
        day: Mapping[str, Any] = days.pop(str(timer.due), {})
        oldest = timer.due - ctx.rules.summary.open_days * DAY
        opened = {key: held for key, held in state.get("open", {}).items() if held[0] > oldest}
        after = {**state, "days": days, "open": opened, "last": timer.due}
        effects: list[Emit | SetTimer] = []
        known = {key: held for key, held in opened.items() if held[0] <= timer.due}
        if day or (known and _worked(timer.due, ctx.rules)):
            effects.append(_summary(ctx, lines_of(day, known, ctx.rules.summary.lines, state.get("called", {}))))
        due = min(map(int, days), default=None)
        if opened:
            # not the days between: an event of a broken clock (1970) would have its rep read one summary for each
            first = max(timer.due, min(held[0] for held in opened.values()))
            due = min(due or (1 << 62), next_time_of_day(first, ctx.rules.summary.at))
        if due is not None:
            effects.append(SetTimer(CLOSING, due))
        return after, tuple(effects)


def _worked(ms: int, rules: RuleBook) -> bool:
    return is_working_day(day_of(ms), calendar_of(rules, rules.summary.calendar))


def _about(fact: Fact) -> str:
    deal = fact.data.get("deal_id")
    return f"deal:{deal}" if deal else fact.lead or "-"


def _added(days: Mapping[str, Any], due: str, fact: Fact, rules: SummaryRules) -> dict[str, Any]:
    lines: dict[str, Any] = dict(days.get(due, {}))
    key = f"{fact.type}|{_about(fact)}"
    if key not in lines and len(lines) >= rules.lines:
        key = "|"  # beyond what a person reads: counted in one line
    count, events = lines.get(key, [0, []])
    lines[key] = [count + 1, [*events, fact.event_id][: rules.events]]
    return {**days, due: lines}


def _noted(noted: Mapping[str, int], fact: Fact) -> dict[str, int]:
    lead = fact.lead or "-"
    after = {**noted, lead: max(fact.at, noted.get(lead, fact.at))}
    return dict(sorted(after.items(), key=lambda item: (item[1], item[0]))[-MOST_NOTED:])


def _called(called: Mapping[str, str], fact: Fact) -> dict[str, str]:
    lead, label = fact.data.get("lead", fact.lead), fact.data.get("label")
    after = {name: known for name, known in called.items() if name != lead}
    if lead and label and label != NAMELESS:
        after[lead] = label
    return dict(list(after.items())[-MOST_ITEMS:])


def _items(state: State, fact: Fact) -> dict[str, Any] | None:
    """Return the open items after a fact, None when it changes none."""
    opened: Mapping[str, Any] = state.get("open", {})
    changed = dict(opened)
    lead = fact.lead or "-"
    match fact.type:
        case "lead_assigned":
            changed[f"lead|{fact.data.get('lead', lead)}"] = [fact.at, fact.event_id, None]
        case "deal_gate_changed":
            _gate(changed, fact)
        case "followed_up" | "customer_touched" | "contact_noted" | "visit_checked_in":
            changed.pop(f"lead|{lead}", None)
            if fact.type == "customer_touched" and state.get("noted", {}).get(lead, -1) < fact.at:
                changed.setdefault(f"note|{lead}", [fact.at, fact.event_id, None])
            elif fact.type == "contact_noted" and changed.get(f"note|{lead}", [fact.at])[0] <= fact.at:
                changed.pop(f"note|{lead}", None)
    if changed == opened:
        return None
    return dict(sorted(changed.items(), key=lambda item: (item[1][0], item[0]))[-MOST_ITEMS:])


def _gate(changed: dict[str, Any], fact: Fact) -> None:
    key = f"{HELP}|{fact.data.get('deal', '-')}"
    changed.pop(key, None)
    if fact.data.get("blocked"):
        changed[key] = [fact.at, fact.event_id, fact.data.get("missing")]


def _summary(ctx: Context, parts: Mapping[str, list[Line]]) -> Emit:
    rules = ctx.rules.summary
    counts = {name: len(lines) for name, lines in parts.items()}
    return Emit(
        kind="daily_summary",
        severity="info",
        to=recipients(rules.recipients, ctx.entity.partition(":")[2]),
        title=rules.title.filled(progress=counts["progress"], open=counts["open"], help=counts["help"]),
        rule="summary.daily",
        evidence=parts,
    )


DETECTOR = DailySummary()
