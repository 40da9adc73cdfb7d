"""What people are told of a lead: that a field has another value, that it became one with others, that they part."""

from collections.abc import Iterable, Mapping
from typing import Any

from processors.detector import EMPTY, State
from processors.effects import Emit, SetField
from processors.leads.fields import FIELD_NAMES, FIELDS
from processors.leads.view import NO_REGION
from processors.leads.welcome import label
from processors.merging.given_back import ALERTS
from schemas.fact import Fact


def of_leads(lead: State, fact: Fact, came: list[str], reps: Iterable[str | None], *, parted: bool) -> Emit:
    """Tell that leads came to the entity of a `lead`; `reps` had them, or had it with others, before."""
    called = label(lead.get("fields", EMPTY))
    rep = lead.get("rep")
    zh, en = (f"{called} 已从合并中拆出", f"{called} was parted from another lead") if parted else (
        f"{called} 与另一条线索合并", f"{called} and another lead are one"
    )  # fmt: skip
    concerned = dict.fromkeys(f"rep:{each}" for each in (rep, *reps) if each)
    return Emit(
        kind="leads_unmerged" if parted else "leads_merged",
        severity="info",
        to=(*concerned, "role:manager"),
        title={"zh": zh, "en": en},
        rule="identity.unmerged" if parted else "identity.merged",
        evidence={
            "lead": fact.entity,
            "leads": came,
            "former": fact.data.get("former"),
            "rep_id": rep,
            "event_id": fact.event_id,
            "for": fact.data.get("evidence_for", {}),
            "against": fact.data.get("evidence_against", {}),
            "score": fact.data.get("score"),
            "by": fact.data.get("by") or None,
            **_alerts(fact.data, came),
        },
        region=_region(lead),
    )


def of_values(lead: State, fact: Fact, made: Iterable[SetField]) -> list[Emit]:
    """Tell of the values of a `lead` that others took the place of, among the changes that were made to its row."""
    if "created" not in lead:
        return []
    replaced = [each for each in made if each.field in FIELDS and each.old is not None and each.new is not None]
    return [updated(lead, each, each.rule, fact.source, fact.event_id) for each in replaced]


def updated(lead: State, change: SetField, rule: str, source: str, event_id: str) -> Emit:
    """Return what the rep of a lead is told of a field that has another value; managers where it has no rep."""
    zh, en = FIELD_NAMES[change.field]
    called = label(lead.get("fields", EMPTY))
    rep = lead.get("rep")
    return Emit(
        kind="lead_updated",
        severity="info",
        to=(f"rep:{rep}",) if rep else ("role:manager",),
        title={"zh": f"{called} 的{zh}已更正", "en": f"The {en} of {called} was corrected"},
        rule=rule,
        evidence={
            "field": change.field,
            "old": change.old,
            "new": change.new,
            "why": change.rule,
            "source": source,
            "event_id": event_id,
        },
        region=_region(lead),
    )


def _alerts(data: Mapping[str, Any], came: list[str]) -> dict[str, Any]:
    """Return the evidence that says which signals are those leads' own again; empty where none are."""
    given = {lead: ids for lead, ids in data.get(ALERTS, {}).items() if lead in came}
    return {ALERTS: given} if given else {}


def _region(lead: State) -> str | None:
    region: str | None = lead.get("region")
    return None if region == NO_REGION else region
