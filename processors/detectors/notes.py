"""Contact notes: a contact that is not written down is recalled to the rep, then shown to the manager."""

from collections.abc import Mapping
from typing import Any

from processors.calendars import deadline
from processors.detector import Context, State
from processors.effects import NOTHING, ClearTimer, Effects, Emit, SetTimer
from processors.leads.view import lead_view, recipients, rules_of
from schemas.effects import Timer
from schemas.fact import Fact
from schemas.rules import RuleBook
from schemas.times import to_iso

REMIND, ESCALATE = "remind", "escalate"
MOST_REPS = 8  # per lead; the one whose contact is longest ago is forgotten first


class ContactNotes:
    """State: open {rep: [first contact, last contact, due, event id]}, noted {rep: last note}, told {rep: level}.

    A note covers every contact up to its own time. A note that comes late but before its reminder stops it. One
    timer each for reminders and escalations, set to the earliest that is due.
    """

    name = "notes"
    kinds = frozenset({"lead"})
    facts = frozenset({"customer_touched", "contact_noted"})
    order = 40

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """A contact opens a duty of its rep, a note closes it, in whichever order they come."""
        rep = fact.rep_id
        if rep is None:
            return state, NOTHING
        if fact.type == "contact_noted":
            return _noted(state, rep, fact.at)
        if state.get("noted", {}).get(rep, -1) >= fact.at:
            return state, NOTHING
        return _touched(state, rep, fact, ctx)

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """Tell about every contact whose time is over."""
        rules, effects = rules_of(ctx), []
        opened, told = dict(state.get("open", {})), dict(state.get("told", {}))
        level = 1 if timer.name == REMIND else 2
        for rep, (first, last, due, event_id) in sorted(opened.items()):
            if due <= timer.due and told.get(rep, 0) == level - 1:
                effects.append(_missing(ctx, rules, rep, (first, last, event_id), level))
                told[rep] = level
                later = deadline(due, rules.notes.escalate_minutes, rules.notes.hours, rules, rules.notes.calendar)
                opened[rep] = [first, last, later, event_id]
        after = {**state, "open": opened, "told": told}
        return after, (*effects, *_timers(after))


def _touched(state: State, rep: str, fact: Fact, ctx: Context) -> tuple[State, Effects]:
    rules = rules_of(ctx)
    opened = dict(state.get("open", {}))
    held = opened.get(rep)
    if held is not None:
        first, last, due, event_id = held
        opened[rep] = [min(first, fact.at), max(last, fact.at), due, event_id]
        return {**state, "open": opened}, NOTHING
    due = deadline(ctx.now, rules.notes.remind_minutes, rules.notes.hours, rules, rules.notes.calendar)
    opened[rep] = [fact.at, fact.at, due, fact.event_id]
    after = _bounded({**state, "open": opened})
    return after, _timers(after)


def _noted(state: State, rep: str, at: int) -> tuple[State, Effects]:
    noted = {**state.get("noted", {}), rep: max(at, state.get("noted", {}).get(rep, at))}
    opened = dict(state.get("open", {}))
    told = {name: level for name, level in state.get("told", {}).items() if name != rep}
    if rep in opened and opened[rep][1] <= at:
        del opened[rep]
        after = _bounded({"open": opened, "noted": noted, "told": told})
        return after, _timers(after)
    return _bounded({**state, "noted": noted}), NOTHING


def _bounded(state: State) -> State:
    opened: Mapping[str, Any] = state.get("open", {})
    kept = dict(sorted(opened.items(), key=lambda item: (item[1][1], item[0]))[-MOST_REPS:])
    noted = dict(sorted(state.get("noted", {}).items(), key=lambda item: (item[1], item[0]))[-MOST_REPS:])
    told = {rep: level for rep, level in state.get("told", {}).items() if rep in kept}
    return {"open": kept, "noted": noted, "told": told}


def _timers(state: State) -> Effects:
    """Set each timer to the earliest duty it is for, or clear it."""
    told = state.get("told", {})
    effects: list[SetTimer | ClearTimer] = []
    for level, name in ((0, REMIND), (1, ESCALATE)):
        dues = [held[2] for rep, held in state.get("open", {}).items() if told.get(rep, 0) == level]
        effects.append(SetTimer(name, min(dues)) if dues else ClearTimer(name))
    return tuple(effects)


def _missing(ctx: Context, rules: RuleBook, rep: str, contact: tuple[int, int, str], level: int) -> Emit:
    first, last, event_id = contact
    lead, notes = lead_view(ctx), rules.notes
    minutes = notes.remind_minutes if level == 1 else notes.remind_minutes + notes.escalate_minutes
    return Emit(
        kind="contact_note_missing",
        severity="info" if level == 1 else "warning",
        to=recipients(notes.recipients if level == 1 else notes.escalation, rep),
        title=notes.title.filled(label=lead.label, minutes=minutes),
        rule="notes.reminder" if level == 1 else "notes.escalation",
        evidence={
            "rep_id": rep,
            "touched_at": to_iso(first),
            "last_touched_at": to_iso(last),
            "event_id": event_id,
            "minutes": minutes,
            "level": level,
        },
        region=lead.region,
    )


DETECTOR = ContactNotes()
