"""What happens in the market: tenders, and companies that change."""

from typing import Literal

from pydantic import Field

from schemas.catalogue.base import EventType, Record
from schemas.catalogue.types import Day, Key, Money, Text, Url


class TenderPublished(Record):
    """A tender was published."""

    tender_id: Key = Field(description="Id of the tender")
    buyer: Text = Field(description="Company or authority that buys, as published", min_length=1)
    title: Text = Field(description="Title of the tender", min_length=1)
    budget: Money | None = Field(None, description="Budget, a decimal in CNY")
    closes_on: Day | None = Field(None, description="Last day for bids, YYYY-MM-DD in Asia/Shanghai")


class CompanyChanged(Record):
    """Something happened at a company that makes its leads worth another look."""

    company: Text = Field(description="Name of the company, as published", min_length=1)
    what: Literal["white_paper", "cto_hiring", "funding", "relocation", "other"] = Field(description="What happened")
    url: Url | None = Field(None, description="Where it was published")


TYPES = (
    EventType(name="tender_published", model=TenderPublished, addresses=("company",), carried_by=("company",)),
    EventType(name="company_changed", model=CompanyChanged, addresses=("company",), carried_by=("company",)),
)
