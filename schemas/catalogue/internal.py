"""Facts that entities send to each other. No front end may send them.

To add one: a model and a line in `TYPES`, then `python -m schemas.describe > docs/events.md` and an example in
`tests/events.py`. In the topic all facts share one record, so no Avro file changes.
"""

from pydantic import Field

from schemas.catalogue.base import EventType, Record
from schemas.catalogue.types import Amount, Count, Day, Key, Latitude, Longitude, Money, Name, Share, Text, Time, Url


class LeadAwaitsAssignment(Record):
    """A lead asks its region for a salesperson."""

    lead: Key = Field(description="Entity key of the lead")
    region: Text = Field(description="Name of the region that is asked")
    bulk: bool | None = Field(None, description="Whether it came with many others, such as a table")
    file: Text | None = Field(None, description="The table that it came with")
    label: Text | None = Field(None, description="What the lead is called: name, company or a masked contact")


class LeadAssigned(Record):
    """A region gave a lead to a salesperson."""

    lead: Key = Field(description="Entity key of the lead")
    rep_id: Key = Field(description="Id of the salesperson")
    region: Text = Field(description="Name of the region that decided")
    label: Text | None = Field(None, description="What the lead is called: name, company or a masked contact")


class LeadReachable(Record):
    """Two leads became one person, of which one asked to be a lead and the other can be reached."""

    lead: Key = Field(description="Entity key of the lead by which the person goes")


class LeadRestored(Record):
    """A person puts a lead's fields back to what they were (`whetstone lead restore`)."""

    fields: dict[Name, Text | None] = Field(description="Lead field → its value then; nothing: it had none")
    by: Name = Field(description="Who did it")
    as_of: Time = Field(description="The time whose values these are; milliseconds since 1970 UTC")


class CompanyJoined(Record):
    """A lead or deal tells a company that it belongs to it."""

    member: Key = Field(description="Entity key of the lead or deal")


class CompanyLeft(Record):
    """A lead or deal tells a company that it does not belong to it any more."""

    member: Key = Field(description="Entity key of the lead or deal")


class CompanyNews(Record):
    """A company tells a lead what happened there."""

    company: Text = Field(description="Name of the company, as published")
    what: Name = Field(description="What happened, as in company_changed")
    url: Url | None = Field(None, description="Where it was published")


class TenderFound(Record):
    """A company tells a deal that a tender of its buyer was published."""

    tender_id: Key = Field(description="Id of the tender")
    buyer: Text = Field(description="Buyer, as published")
    title: Text = Field(description="Title of the tender")
    budget: Money | None = Field(None, description="Budget, a decimal in CNY")
    closes_on: Day | None = Field(None, description="Last day for bids, YYYY-MM-DD in Asia/Shanghai")


class DealContact(Record):
    """A lead tells its deal what a contact was about."""

    topic: Text = Field(description="Topic of the contact's note")
    mood: Text | None = Field(None, description="How the customer took it")


class DealGateChanged(Record):
    """A deal tells its rep that it lacks evidence for its stage, or does not any more."""

    deal: Key = Field(description="Entity key of the deal")
    stage: Name = Field(description="Stage of the deal")
    blocked: bool = Field(description="True: evidence is missing")
    missing: Text | None = Field(None, description="What is missing, separated by commas")


class SegmentCycleAsked(Record):
    """A deal asks its segment how long deals take there."""

    deal: Key = Field(description="Entity key of the deal")


class SegmentCycleKnown(Record):
    """A segment tells a deal how long its won deals took."""

    cycles: Count = Field(description="How many won deals that is known from")
    mean_days: Amount = Field(description="Mean time from a deal's beginning to its end, in days")
    deviation_days: Amount = Field(description="Standard deviation of that time, in days")


class DealCycleClosed(Record):
    """A won deal tells its segment how long it took."""

    deal: Key = Field(description="Entity key of the deal")
    days: Amount = Field(description="Time from its beginning to its end, in days")


class ForecastClosed(Record):
    """A deal tells the report how far its forecast was from its end."""

    deal: Key = Field(description="Entity key of the deal")
    outcome: Name = Field(description="How it ended: won or lost")
    committed_on: Day = Field(description="Day that the forecast named, YYYY-MM-DD in Asia/Shanghai")
    closed_on: Day = Field(description="Day of its end, YYYY-MM-DD in Asia/Shanghai")
    deviation_days: Share = Field(description="Time from the one to the other, in days; negative: it closed early")
    cause: Name | None = Field(None, description="customer_delay, our_resources or competitor, where events say so")
    amount: Money | None = Field(None, description="Expected value, a decimal in CNY")


class VisitWasFar(Record):
    """A lead tells a rep that a check-in was far from the customer's place."""

    lat: Latitude = Field(description="Latitude of the check-in in degrees, WGS-84")
    lon: Longitude = Field(description="Longitude of the check-in in degrees, WGS-84")
    place_lat: Latitude = Field(description="Latitude of the customer's place in degrees, WGS-84")
    place_lon: Longitude = Field(description="Longitude of the customer's place in degrees, WGS-84")
    distance_m: Amount = Field(description="Distance of the two, in metres")
    known_by: Name = Field(description="How the place is known: given, or earlier_visits")


class TrackPoint(Record):
    """A rep shows a point of its track, to be compared with those of other reps."""

    point: Count = Field(description="Hash of the place, 32 bits of latitude and longitude to millionths of degrees")
    lat: Latitude = Field(description="Latitude in degrees, WGS-84")
    lon: Longitude = Field(description="Longitude in degrees, WGS-84")


class TrackShared(Record):
    """A rep is told that another one was at exactly the same point at nearly the same time."""

    other: Key = Field(description="Id of the other salesperson")
    lat: Latitude = Field(description="Latitude in degrees, WGS-84")
    lon: Longitude = Field(description="Longitude in degrees, WGS-84")
    seen_at: Time = Field(description="When the other was there; milliseconds since 1970 UTC")


class FieldWent(Record):
    """A lead tells a source that a field which it used to send is missing, or is there again."""

    source: Name = Field(description="Name of the source, as its touchpoints give it")
    event: Name = Field(description="Type of event that had the field")
    field: Name = Field(description="Name of the field")
    missing: bool = Field(description="True: it is missing; false: it is there again")


class ModelMoved(Record):
    """The learner tells a model what has moved in what it learns from."""

    what: Name = Field(description="loss: losses rose; champion: a challenger took over; feature: a feature moved")
    feature: Text | None = Field(None, description="Name of the feature, as docs/models-features.md lists it")
    usual: Share | None = Field(None, description="Its mean over about 8,000 examples, in units of the feature")
    now: Share | None = Field(None, description="Its mean over about 1,000 examples, in units of the feature")
    examples: Count = Field(description="How many examples the learner has taken")


TYPES = (
    EventType(name="lead_awaits_assignment", model=LeadAwaitsAssignment, addresses=("region",)),
    EventType(name="lead_assigned", model=LeadAssigned, addresses=("lead", "rep")),
    EventType(name="lead_reachable", model=LeadReachable, addresses=("lead",)),
    EventType(name="lead_restored", model=LeadRestored, addresses=("lead",)),
    EventType(name="company_joined", model=CompanyJoined, addresses=("company",)),
    EventType(name="company_left", model=CompanyLeft, addresses=("company",)),
    EventType(name="company_news", model=CompanyNews, addresses=("lead",)),
    EventType(name="tender_found", model=TenderFound, addresses=("deal",)),
    EventType(name="deal_contact", model=DealContact, addresses=("deal",)),
    EventType(name="deal_gate_changed", model=DealGateChanged, addresses=("rep", "deal")),
    EventType(name="segment_cycle_asked", model=SegmentCycleAsked, addresses=("segment",)),
    EventType(name="segment_cycle_known", model=SegmentCycleKnown, addresses=("deal",)),
    EventType(name="deal_cycle_closed", model=DealCycleClosed, addresses=("segment",)),
    EventType(name="forecast_closed", model=ForecastClosed, addresses=("report",)),
    EventType(name="visit_was_far", model=VisitWasFar, addresses=("rep",)),
    EventType(name="track_point", model=TrackPoint, addresses=("track",)),
    EventType(name="track_shared", model=TrackShared, addresses=("rep",)),
    EventType(name="field_went", model=FieldWent, addresses=("source",)),
    EventType(name="model_moved", model=ModelMoved, addresses=("model",)),
)
