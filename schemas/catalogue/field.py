"""Salespeople in the field: where they are, whom they visit."""

from typing import Literal

from pydantic import Field

from schemas.catalogue.base import EventType, Record
from schemas.catalogue.types import Amount, Latitude, Longitude, Sha256

Datum = Literal["WGS84", "GCJ02", "BD09"]


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


TYPES = (
    EventType(name="position_reported", model=PositionReported, addresses=("rep",), carried_by=("rep_id",)),
    EventType(name="visit_checked_in", model=VisitCheckedIn, addresses=("rep", "lead"), carried_by=("rep_id", "ids")),
    EventType(name="visit_checked_out", model=VisitCheckedOut, addresses=("rep", "lead"), carried_by=("rep_id", "ids")),
)
