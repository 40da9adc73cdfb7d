"""When a lead begins: as soon as somebody asked for it (a form, a table) and can be reached, whichever comes first."""

from collections.abc import Mapping
from typing import Any

from processors.bulk import bulk_data, in_bulk, table_of
from processors.detector import EMPTY, Context, State
from processors.effects import Effects, Emit, Tell
from processors.leads.fields import REACHED_BY
from processors.leads.region import region_by_place, with_region
from processors.leads.view import NO_REGION
from processors.leads.welcome import label, welcome
from schemas.fact import Fact
from schemas.ids import entity_key
from schemas.masking import mask_record

AWAITS = "awaits"
"""Where a lead's state keeps what asked for it, until there is a way to reach it: `at` and `known` (ms), `type`,
`source` and `event_id` of the fact, whether it came in `bulk`, with its `data` if so."""


def begins(state: State, fact: Fact, effects: Effects, ctx: Context) -> tuple[State, Effects]:
    """Return state and effects after a fact about somebody who is no lead yet, who may be one now."""
    asking = _asking(state.get(AWAITS), fact, ctx)
    if asking is None:
        return state, effects
    if not _is_reached(state):
        return (state if asking is state.get(AWAITS) else {**state, AWAITS: asking}), effects
    rest = {name: value for name, value in state.items() if name != AWAITS}
    since = {name: max(asking[name], now) for name, now in (("at", fact.at), ("known", fact.known_at))}
    return _begun(rest, {**asking, **since}, fact.entity, effects, ctx)


def is_due(lead: State) -> bool:
    """Tell whether somebody asked for a lead that can be reached and has not begun: two became one, say."""
    return AWAITS in lead and _is_reached(lead)


def _is_reached(lead: State) -> bool:
    return not REACHED_BY.isdisjoint(lead.get("fields", EMPTY))


def joined(first: State, second: State) -> Mapping[str, Any] | None:
    """Return what asked for a person whom two leads are, none of which has begun; None where nobody asked."""
    asking = [lead[AWAITS] for lead in (first, second) if AWAITS in lead]
    return min(asking, key=lambda each: (each["bulk"], -each["at"], each["event_id"]), default=None)


def _asking(before: Mapping[str, Any] | None, fact: Fact, ctx: Context) -> Mapping[str, Any] | None:
    """Return what asked for the lead: a fact that makes one. The newest, but no table where somebody wrote."""
    if fact.type not in ctx.rules.lead.created_by:
        return before
    bulk = in_bulk(fact, ctx.rules)
    if bulk and before is not None and not before["bulk"]:
        return before
    known = max(fact.at, fact.known_at)
    asking = {"at": fact.at, "known": known, "type": fact.type, "source": fact.source, "event_id": fact.event_id}
    return {**asking, "bulk": bulk, "data": table_of(fact) if bulk else {}}


def _begun(
    state: State, asking: Mapping[str, Any], entity: str, effects: Effects, ctx: Context
) -> tuple[State, Effects]:
    if derived := region_by_place(state["fields"], ctx.rules.assignment):
        fields, change = with_region(state["fields"], derived)
        state, effects = {**state, "fields": fields}, (*effects, change)
    fields, source, bulk = state["fields"], asking["source"], asking["bulk"]
    region = fields["region"][0] if "region" in fields else NO_REGION
    born = {**state, "created": asking["at"], "known": asking["known"], "source": source, "region": region}
    if bulk:
        born["bulk"] = True
    called = label(fields)
    evidence: dict[str, Any] = {"source": source, "type": asking["type"], "event_id": asking["event_id"]}
    evidence |= asking["data"] if bulk else {"fields": mask_record({name: value[0] for name, value in fields.items()})}
    request = welcome(ctx.rules.for_(region=region, source=source).lead.welcome, asking["type"], fields)
    if request is not None:
        evidence["welcome"] = request
    announce = Emit(
        kind="lead_created",
        severity="info",
        to=() if bulk else ("role:manager",),
        title={"zh": f"新线索：{called}", "en": f"New lead: {called}"},
        rule="lead.created",
        evidence=evidence,
        region=None if region == NO_REGION else region,
    )
    ask = Tell(
        entity=entity_key("region", region),
        type="lead_awaits_assignment",
        data={"lead": entity, "region": region} | (bulk_data(asking["data"]) if bulk else {"label": called}),
        lead=entity,
    )
    return born, (*effects, announce, ask)
