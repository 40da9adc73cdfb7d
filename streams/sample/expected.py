"""What ordinary days must lead to: duties that a rep kept or not, summaries of the days on which something was done."""

from collections.abc import Iterable, Sequence

import orjson

from schemas.rules.followup import NurtureRules
from schemas.times import DAY, HOUR
from streams.sample.journeys import Journey
from streams.sample.wire import Send

Told = set[tuple[str, str]]
NURTURE = round(NurtureRules().after_hours * HOUR) + HOUR  # ms after a lead began, and time for it to be noticed
PROGRESS = frozenset({
    "customer_touched", "contact_noted", "followed_up", "visit_checked_in", "deal_updated", "evidence_attached",
    "forecast_submitted",
})  # fmt: skip


def duties(life: Journey, sent: Sequence[Send], end: int) -> tuple[Told, Told]:
    """Return what must be told of a journey's nurture flow and of notes of its contacts, and what may be told.

    A note that comes before its reminder stops it: where ticks are rare, one that came late does too. Whoever buys
    late may have done so before the nurture flow was noticed to be due. No flow begins for a lead out of a table, until
    the person is heard of, nor, for sure, before its time has come at the end (ms).
    """
    lead, told, may = life.created_by, set[tuple[str, str]](), set[tuple[str, str]]()
    won = life.role.won if life.role else "never"
    if life.imported:
        may.add(("nurture_started", lead))
    elif won != "soon":
        certain = won == "never" and life.at + NURTURE < end
        (told if certain else may).add(("nurture_started", lead))
    if _has(sent, "customer_touched"):
        levels = {("contact_note_missing", f"{lead} {level}") for level in (1, 2)}
        if _has(sent, "contact_noted"):
            may.add(("contact_note_missing", f"{lead} 1"))
        else:
            (told if life.role is None else may).update(levels)  # scenes have notes of their own
    return told, may


def _has(sent: Sequence[Send], kind: str) -> bool:
    mark = f'"type":"{kind}"'.encode()
    return any(mark in one.body for one in sent)


def summaries(sent: Iterable[Send], end: int) -> Told:
    """Return the reps who must get a summary: those who did something on a day that is over by the end (ms)."""
    found = set()
    for one in sent:
        if one.at < end - DAY and b'"rep_id":' in one.body:
            event = orjson.loads(one.body)
            if event["type"] in PROGRESS:
                found.add(("daily_summary", f"rep:{event['rep_id']}"))
    return found
