"""The customer's company, and what the sales team does with the customer."""

from typing import Literal

from pydantic import Field

from schemas.catalogue.base import EventType, Record
from schemas.catalogue.types import Amount, Count, Money, Name, Share, Text


class AccountProfiled(Record):
    """The customer's company was described; what is unknown is left out."""

    industry: Text | None = Field(None, description="Industry, as the rule book names it")
    employees: Count | None = Field(None, description="Number of employees")
    annual_revenue: Money | None = Field(None, description="Revenue of a year, a decimal in CNY")
    monthly_budget: Money | None = Field(None, description="Budget of a month for what we sell, a decimal in CNY")
    growth_rate: Share | None = Field(None, description="Growth of revenue in a year, as a share: 0.2 is 20 %")
    decision_chain_length: Count | None = Field(None, description="How many people decide")
    integration_complexity: Share | None = Field(None, description="Effort of integration, 0 (none) to 1 (extreme)")
    service_hours_month: Amount | None = Field(None, description="Service needed in a month, in hours")


class CustomerTouched(Record):
    """A salesperson was in contact with the customer."""

    channel: Literal["call", "wechat", "visit", "email", "meeting"] = Field(description="How")
    duration_s: Amount | None = Field(None, description="How long, in seconds")


class ContactNoted(Record):
    """A salesperson wrote down what a contact was about."""

    channel: Name = Field(description="How the contact was made")
    topic: Text = Field(description="What it was about", min_length=1)
    mood: Literal["positive", "neutral", "negative"] = Field(description="How the customer took it")
    note: Text | None = Field(None, description="Free text")


class FollowedUp(Record):
    """A salesperson followed up on a lead."""

    channel: Text | None = Field(None, description="How")
    note: Text | None = Field(None, description="Free text")


TYPES = (
    EventType(name="account_profiled", model=AccountProfiled, addresses=("lead",)),
    EventType(name="customer_touched", model=CustomerTouched, addresses=("lead", "rep")),
    EventType(name="contact_noted", model=ContactNoted, addresses=("lead", "rep")),
    EventType(name="followed_up", model=FollowedUp, addresses=("lead", "rep")),
)
