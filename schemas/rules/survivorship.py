"""Rules of survivorship: which value of a field holds, and how long a person's correction stands."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from schemas.catalogue.lead import LeadUpdated
from schemas.rules.base import Section

Criterion = Literal["verified", "newer", "source"]
Order = Annotated[tuple[Criterion, ...], AfterValidator(lambda order: _once(order))]
USUAL: tuple[Criterion, ...] = ("verified", "newer", "source")
LEAD_FIELDS = (*LeadUpdated.model_fields, "phone_masked")


def _once(order: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
    if len(set(order)) < len(order):
        raise ValueError("each of verified, newer and source at most once")
    return order


def _lead_field(name: str) -> str:
    if name not in LEAD_FIELDS:
        raise ValueError(f"a lead has no field {name!r}; it has {', '.join(LEAD_FIELDS)}")
    return name


LeadField = Annotated[str, AfterValidator(_lead_field)]
"""A field of the lead that touchpoints bring."""


class FieldSurvivorship(Section):
    """Which of two values of one field holds."""

    order: Order = Field(
        USUAL, min_length=1, description="What is compared, the most important first; what is left out does not count"
    )
    sources: tuple[str, ...] = Field(
        (), description="Sources, the best first; others come after them. None given: `lead.source_priority`"
    )
    manual_days: float | None = Field(
        None, ge=0, le=36_500, description="How long a person's correction of this field stands; none: `manual.days`"
    )


class ManualRules(Section):
    """Corrections by people: a `lead_updated` that a salesperson made, or that comes from a source listed here."""

    by_rep: bool = Field(True, description="Whether `lead_updated` with a `rep_id` is a person's correction")
    sources: tuple[str, ...] = Field((), description="Sources whose `lead_updated` are people's corrections")
    days: float = Field(
        180, ge=0, le=36_500, description="How long a correction outranks everything automatic; 0: not at all"
    )


class SurvivorshipRules(Section):
    """Which value of a field holds; the usual order is verified, then newer, then source."""

    fields: dict[LeadField, FieldSurvivorship] = Field({}, description="Lead field → what is different for it")
    manual: ManualRules = Field(ManualRules(), description="Corrections by people")
