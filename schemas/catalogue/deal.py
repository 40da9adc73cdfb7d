"""Deals: stages, evidence, forecasts."""

from typing import Literal

from pydantic import Field

from schemas.catalogue.base import EventType, Record
from schemas.catalogue.types import Day, Key, Money, Text, Time


class DealUpdated(Record):
    """A deal was made or changed; what is left out stays as it was."""

    deal_id: Key = Field(description="Id of the deal")
    stage: Literal["lead", "solution", "commercial", "legal", "won", "lost"] | None = Field(
        None, description="Stage that the deal is in now"
    )
    amount: Money | None = Field(None, description="Expected value, a decimal in CNY")
    close_on: Day | None = Field(None, description="Committed closing date, YYYY-MM-DD in Asia/Shanghai")
    segment: Text | None = Field(None, description="Segment that its cycle is compared with")


class EvidenceAttached(Record):
    """A document that a deal's stage asks for was attached."""

    deal_id: Key = Field(description="Id of the deal")
    kind: Literal[
        "price_comparison", "spec_matrix", "case_study", "trial_agreement", "meeting_minutes",
        "contract_revision", "legal_clearance", "budget_approval",
    ] = Field(description="What it is")  # fmt: skip
    signed_by: Text | None = Field(None, description="Id of the person who signed it")
    signed_at: Time | None = Field(None, description="When it was signed; inside, milliseconds since 1970 UTC")


class ForecastSubmitted(Record):
    """A salesperson said when a deal will close."""

    deal_id: Key = Field(description="Id of the deal")
    neutral_on: Day = Field(description="Expected closing date, YYYY-MM-DD in Asia/Shanghai")
    optimistic_on: Day | None = Field(None, description="Earliest closing date, YYYY-MM-DD in Asia/Shanghai")
    pessimistic_on: Day | None = Field(None, description="Latest closing date, YYYY-MM-DD in Asia/Shanghai")
    amount: Money | None = Field(None, description="Expected value, a decimal in CNY")


TYPES = (
    EventType(name="deal_updated", model=DealUpdated, addresses=("deal", "lead", "rep"), carried_by=("deal_id",)),
    EventType(
        name="evidence_attached", model=EvidenceAttached, addresses=("deal", "lead", "rep"), carried_by=("deal_id",)
    ),
    EventType(
        name="forecast_submitted", model=ForecastSubmitted, addresses=("deal", "lead", "rep"), carried_by=("deal_id",)
    ),
)
