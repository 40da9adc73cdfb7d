"""How customers use the product and its support."""

from pydantic import Field

from schemas.catalogue.base import EventType, Record
from schemas.catalogue.types import Amount, Count, Key, Name, Text


class ProductUsed(Record):
    """A feature of the product was used."""

    feature: Name = Field(description="Feature that was used")
    module: Text | None = Field(None, description="Module that the feature belongs to")
    duration_s: Amount | None = Field(None, description="How long it was used, in seconds")
    count: Count | None = Field(None, description="How often it was used, a number of times")


class Login(Record):
    """Somebody of the customer signed in."""

    channel: Text | None = Field(None, description="Where: web, app, H5, …")


class Ticket(Record):
    """A support ticket."""

    ticket_id: Key = Field(description="Id of the ticket")
    severity: Text | None = Field(None, description="Severity, in the words of the support system")
    response_minutes: Amount | None = Field(None, description="Time from opening to this answer, in minutes")


class TicketOpened(Ticket):
    """A support ticket was opened."""


class TicketAnswered(Ticket):
    """A support ticket was answered."""


class TicketClosed(Ticket):
    """A support ticket was closed."""


TYPES = (
    EventType(name="product_used", model=ProductUsed, addresses=("lead",)),
    EventType(name="login", model=Login, addresses=("lead",)),
    EventType(name="ticket_opened", model=TicketOpened, addresses=("lead",)),
    EventType(name="ticket_answered", model=TicketAnswered, addresses=("lead",)),
    EventType(name="ticket_closed", model=TicketClosed, addresses=("lead",)),
)
