"""Salespeople in the field: where they are, whom they visit."""

from typing import Literal

from pydantic import Field

from schemas.catalogue.base import EventType, Record
from schemas.catalogue.types import Amount, Key, Latitude, Longitude, Sha256, Text
from schemas.datum import Datum


class Place(Record):
    """A measured place."""

    lat: Latitude = Field(description="Latitude in degrees, north positive")
    lon: Longitude = Field(description="Longitude in degrees, east positive")
    accuracy_m: Amount | None = Field(None, description="Radius that holds the true place, in metres")
    datum: Datum | None = Field(None, description="Coordinate system; WGS84 when left out")
    mock: bool | None = Field(None, description="True: the phone says that the place is simulated")


class PositionReported(Place):
    """A salesperson's phone reported where it is."""

    speed_mps: Amount | None = Field(None, description="Speed over ground, in metres per second")


class Visit(Place):
    """A salesperson at a customer's."""

    photo_sha256: Sha256 | None = Field(None, description="SHA-256 of the photo taken, 64 lower-case hex digits")


class VisitCheckedIn(Visit):
    """A salesperson arrived at a customer's."""


class VisitCheckedOut(Visit):
    """A salesperson left a customer."""


class VisitFlagAnswered(Record):
    """A question about a visit was answered: by the salesperson, or decided by somebody else."""

    flag: Key = Field(description="Id of the question, `flag` in the evidence of `fake_visit_suspected`")
    answer: Literal["explained", "withdrawn", "confirmed"] = Field(
        description="explained: by the salesperson; withdrawn or confirmed: decided, `by` says by whom"
    )
    by: Key | None = Field(None, description="Id of the person who decided; not the salesperson")
    reason: Text | None = Field(None, description="Explanation, or reason of the decision")


TYPES = (
    EventType(name="position_reported", model=PositionReported, addresses=("rep",), carried_by=("rep_id",)),
    EventType(name="visit_checked_in", model=VisitCheckedIn, addresses=("rep", "lead"), carried_by=("rep_id", "ids")),
    EventType(name="visit_checked_out", model=VisitCheckedOut, addresses=("rep", "lead"), carried_by=("rep_id", "ids")),
    EventType(name="visit_flag_answered", model=VisitFlagAnswered, addresses=("rep",), carried_by=("rep_id",)),
)
