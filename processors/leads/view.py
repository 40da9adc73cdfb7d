"""What detectors of a lead know of it: its rules, label, rep and region; and whom rules mean by their recipients."""

from typing import NamedTuple

from processors.detector import EMPTY, Context, State
from processors.leads.welcome import NAMELESS, label
from schemas.rules import RuleBook

NO_REGION = "-"


class LeadView(NamedTuple):
    """A lead as others show it: `label` is its name, company or a masked contact, its id where none is known.

    `region` is None where none is known; `began` (ms) until there is a lead.
    """

    label: str
    rep: str | None
    region: str | None
    began: int | None


def lead_view(ctx: Context) -> LeadView:
    """Return the lead of this context, from the state of the detector `lead`."""
    lead = ctx.states.get("lead", EMPTY)
    fields = lead.get("fields", EMPTY)
    named = label(fields)
    region = lead.get("region")
    began = lead.get("woken", lead.get("created"))
    return LeadView(
        ctx.entity if named == NAMELESS else named, lead.get("rep"), None if region == NO_REGION else region, began
    )


def duties_since(lead: State) -> int | None:
    """Return since when (ms) people have duties towards a lead, by the state of the detector `lead`; None: not yet.

    A lead that came in bulk has none until it gets in touch itself.
    """
    if "bulk" in lead:
        return None
    since: int | None = lead.get("woken", lead.get("created"))
    return since


def rules_of(ctx: Context) -> RuleBook:
    """Return the rules for this lead: the book in force with the overrides for its industry, region, source, grade.

    The industry is what the detector `profile` keeps, the grade what the detector `grade` keeps under `grade`.
    """
    if not ctx.rules.overrides:
        return ctx.rules
    lead = ctx.states.get("lead", EMPTY)
    return ctx.rules.for_(
        industry=ctx.states.get("profile", EMPTY).get("industry"),
        region=lead.get("region"),
        source=lead.get("source"),
        grade=ctx.states.get("grade", EMPTY).get("grade"),
    )


def recipients(rules: tuple[str, ...], rep: str | None) -> tuple[str, ...]:
    """Return whom a rule means, `rep` being the given one; the managers where that leaves nobody."""
    named = [f"rep:{rep}" if who == "rep" else who for who in rules if who != "rep" or rep]
    return tuple(dict.fromkeys(named)) or ("role:manager",)
