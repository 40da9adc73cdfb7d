"""What a signal is about, in words that are known before it is emitted: so that truth and outcome can be compared."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple


class Heard(NamedTuple):
    """One signal as the lead library holds it."""

    kind: str
    entity: str
    rule: str
    evidence: Mapping[str, Any]


def both(names: Iterable[str]) -> str:
    """Return what a signal about two leads is about; which of them it was sent to does not count."""
    return " and ".join(sorted(names))


def _two(one: Heard, other: str, names: Mapping[str, str]) -> str:
    return both(names.get(lead, lead) for lead in (one.entity, str(one.evidence[other])))


def _grade(who: str, one: Heard) -> str:
    before, after = (one.evidence[side]["grade"] for side in ("before", "after"))
    return f"{who} {before or '–'} → {after}"


ABOUT: dict[str, Callable[[str, Heard], str]] = {
    "contact_note_missing": lambda who, one: f"{who} {one.evidence['level']}",
    "daily_summary": lambda who, one: who,
    "data_gap": lambda who, one: f"{who} {one.evidence['event']}.{one.evidence['field']}",
    "deal_blocked": lambda who, one: who,
    "fake_visit_suspected": lambda who, one: f"{who} {one.rule.partition('.')[2]}",
    "forecast_decayed": lambda who, one: who,
    "forecast_implausible": lambda who, one: who,
    "forecast_missed": lambda who, one: f"{who} {one.evidence['cause']}",
    "grade_changed": _grade,
    "grade_held": lambda who, one: who,
    "health_changed": lambda who, one: who,
    "health_unknown": lambda who, one: who,
    "high_potential": lambda who, one: who,
    "model_drift": lambda who, one: f"{who} {one.evidence['what']}",
    "nurture_started": lambda who, one: who,
    "strategic_upgrade": lambda who, one: who,
    "tender_matched": lambda who, one: who,
}
"""The kinds that are about one entity: whom each is about, and of what it speaks.

`who` is the event id that created a lead, any other entity as it is called.
"""
TWO = {"identity_review": "other", "leads_merged": "former", "leads_unmerged": "former"}
"""The kinds that are about two leads: the field of the evidence that names the second one."""
COMPARED = (*ABOUT, *TWO)
"""The kinds that are compared one by one."""


def abouts(signals: Iterable[Heard], created: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Return kind → what its signals are about; `created` maps the event id that created a lead to its entity."""
    names = {entity: event_id for event_id, entity in created.items()}
    found: dict[str, set[str]] = {}
    for one in signals:
        if one.kind in ABOUT:
            about = ABOUT[one.kind](names.get(one.entity, one.entity), one)
        elif one.kind in TWO:
            about = _two(one, TWO[one.kind], names)
        else:
            continue
        found.setdefault(one.kind, set()).add(about)
    return {kind: frozenset(about) for kind, about in found.items()}
