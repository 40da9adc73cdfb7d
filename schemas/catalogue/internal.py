"""Facts that entities send to each other. No front end may send them.

To add one: a model and a line in `TYPES`, then `python -m schemas.generate --write` (Avro file and id),
`python -m schemas.describe > docs/events.md`, an example in `tests/events.py` and `python -m tests.golden`.
"""

from pydantic import Field

from schemas.catalogue.base import EventType, Record
from schemas.catalogue.types import Key, Text


class LeadAwaitsAssignment(Record):
    """A lead asks its region for a salesperson."""

    lead: Key = Field(description="Entity key of the lead")
    region: Text = Field(description="Name of the region that is asked")


class LeadAssigned(Record):
    """A region gave a lead to a salesperson."""

    lead: Key = Field(description="Entity key of the lead")
    rep_id: Key = Field(description="Id of the salesperson")
    region: Text = Field(description="Name of the region that decided")


TYPES = (
    EventType(name="lead_awaits_assignment", model=LeadAwaitsAssignment, addresses=("region",)),
    EventType(name="lead_assigned", model=LeadAssigned, addresses=("lead", "rep")),
)
