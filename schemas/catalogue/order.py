"""Orders and subscriptions."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from schemas.catalogue.base import EventType, Record
from schemas.catalogue.types import Amount, Count, Currency, Key, Money, Text

MOST_ITEMS = 500


class Item(Record):
    """One line of an order."""

    sku: Text | None = Field(None, description="Article number")
    name: Text | None = Field(None, description="Name of the article")
    quantity: Amount | None = Field(None, description="How many, in units of the article")
    unit_price: Money | None = Field(None, description="Price of one unit, a decimal in the order's currency")


class OrderPlaced(Record):
    """An order was placed."""

    NESTED: ClassVar[tuple[str, ...]] = ("items",)

    order_id: Key = Field(description="Id of the order")
    amount: Money = Field(description="Total of the order, a decimal in `currency`")
    currency: Currency | None = Field(None, description="ISO 4217 code; CNY when left out")
    items: Annotated[list[Item], Field(max_length=MOST_ITEMS)] | None = Field(None, description="Lines of the order")


class OrderCancelled(Record):
    """An order, or a part of it, was cancelled."""

    order_id: Key = Field(description="Id of the order")
    amount: Money | None = Field(None, description="Cancelled amount, a decimal in the order's currency; all if unset")


class SubscriptionChanged(Record):
    """A subscription began, went on or ended."""

    status: Literal["started", "renewed", "cancelled", "expired"] = Field(description="What happened to it")
    module: Text | None = Field(None, description="Module that is subscribed to")
    monthly_amount: Money | None = Field(None, description="Price of a month, a decimal in CNY")
    term_months: Count | None = Field(None, description="Length of the term, in months")


class ModuleInterest(Record):
    """Interest in a module was shown: a trial, a demo request, a question."""

    module: Text = Field(description="Module of interest", min_length=1)


TYPES = (
    EventType(name="order_placed", model=OrderPlaced, addresses=("lead",)),
    EventType(name="order_cancelled", model=OrderCancelled, addresses=("lead",)),
    EventType(name="subscription_changed", model=SubscriptionChanged, addresses=("lead",)),
    EventType(name="module_interest", model=ModuleInterest, addresses=("lead",)),
)
