"""Who is who: what people decide about two leads, and what leads tell each other when they become one or part."""

from typing import Literal

from pydantic import Field

from schemas.catalogue.base import EventType, Record
from schemas.catalogue.types import Count, Key, Name, Share, Text


class LeadsJudged(Record):
    """A person decided whether two leads are about one person. An API key must name this type to send it."""

    left: Key = Field(description="Entity key of one lead")
    right: Key = Field(description="Entity key of the other lead")
    answer: Literal["same", "different", "withdrawn"] = Field(
        description="withdrawn: what was decided before counts no more, evidence decides"
    )
    by: Key = Field(description="Who decided")
    reason: Text | None = Field(None, description="Why")
    keep: Literal["better", "newest"] | None = Field(
        None, description="Which value of a field holds where both have one: the better one by the rules, or the newest"
    )


class IdentityQuestioned(Record):
    """A lead is told that it may be the same person as another one, which a person must decide."""

    lead: Key = Field(description="Entity key of the lead")
    other: Key = Field(description="Entity key of the other lead")
    score: Share = Field(description="Evidence in bits in favour of one person, rarity included")
    reason: Text = Field(description="Why it was not decided: the pattern by which many are decided at once")
    evidence_for: dict[Name, Share] = Field(description="Field → bits that speak for one person")
    evidence_against: dict[Name, Share] = Field(description="Field → bits that speak against it")
    file: Text | None = Field(None, description="File that the event came from, if it was imported")


class LeadsMoved(Record):
    """An entity is told that leads which it holds belong to another person from now on."""

    leads: dict[Key, Count] = Field(description="Lead → how many times it has changed its person, this one included")
    to: Key = Field(description="Entity key of the lead that the person goes by")
    elsewhere: bool | None = Field(
        None, description="True: the lead itself is told whose name it goes by now; another entity hands it over"
    )
    by: Text | None = Field(None, description="Who decided; nothing: evidence did")
    keep: Literal["better", "newest"] | None = Field(
        None, description="Which value of a field holds where both have one: the better one by the rules, or the newest"
    )
    score: Share | None = Field(None, description="Evidence in bits in favour of one person, where there is any")
    evidence_for: dict[Name, Share] = Field(description="Field → bits that speak for one person")
    evidence_against: dict[Name, Share] = Field(description="Field → bits that speak against it")


class LeadsArrived(Record):
    """An entity is handed leads that belong to its person from now on, with all that is remembered of them."""

    leads: dict[Key, Count] = Field(description="Lead → how many times it has changed its person")
    states: dict[Key, str] = Field(description="Lead → what is remembered of it (MessagePack in Base64)")
    former: Key = Field(description="Entity key of the lead that handed them over")
    by: Text | None = Field(None, description="Who decided; nothing: evidence did")
    keep: Literal["better", "newest"] | None = Field(
        None, description="Which value of a field holds where both have one: the better one by the rules, or the newest"
    )
    score: Share | None = Field(None, description="Evidence in bits in favour of one person, where there is any")
    evidence_for: dict[Name, Share] = Field(description="Field → bits that speak for one person")
    evidence_against: dict[Name, Share] = Field(description="Field → bits that speak against it")


TYPES = (
    EventType(
        name="leads_judged",
        model=LeadsJudged,
        addresses=("lead",),
        carried_by=("contact",),
        contact=("left", "right"),
    ),
)
INTERNAL = (
    EventType(name="identity_questioned", model=IdentityQuestioned, addresses=("lead",)),
    EventType(name="leads_moved", model=LeadsMoved, addresses=("lead",)),
    EventType(name="leads_arrived", model=LeadsArrived, addresses=("lead",)),
)
