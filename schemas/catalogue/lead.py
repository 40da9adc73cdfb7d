"""What is known of a lead, and how it changes."""

from typing import Annotated

from pydantic import Field

from schemas.catalogue.base import EventType, Record
from schemas.catalogue.types import Cell, Count, Name, Text

STRONG = ("phone", "email", "wechat", "qq", "douyin", "kuaishou", "id_number")


class PhoneChanged(Record):
    """A person moved from one phone number to another."""

    old: Name = Field(description="Former phone number, as typed")
    new: Name = Field(description="New phone number, as typed")
    old_code_verified: bool = Field(description="True: the code sent to the former number was entered correctly")
    new_code_verified: bool = Field(description="True: the code sent to the new number was entered correctly")


class LeadUpdated(Record):
    """Some fields of a lead were given new values."""

    name: Text | None = Field(None, description="Person's name, as typed")
    phone: Text | None = Field(None, description="Phone number, as typed")
    email: Text | None = Field(None, description="E-mail address, as typed")
    wechat: Text | None = Field(None, description="WeChat id, as typed")
    qq: Text | None = Field(None, description="QQ number, as typed")
    douyin: Text | None = Field(None, description="Douyin id, as typed")
    kuaishou: Text | None = Field(None, description="Kuaishou id, as typed")
    company: Text | None = Field(None, description="Company, as typed")
    title: Text | None = Field(None, description="Job title, as typed")
    address: Text | None = Field(None, description="Postal address, as typed")
    birth_date: Text | None = Field(None, description="Date of birth, as typed")
    id_number: Text | None = Field(None, description="Number of the identity card, as typed")
    postcode: Text | None = Field(None, description="Postal code, as typed")
    location: Text | None = Field(None, description="Coordinates of the address, as typed")
    region: Text | None = Field(None, description="Sales region, or the place it is found by")
    interest: Text | None = Field(None, description="Product or module of interest")


class LeadImported(Record):
    """One row of an imported table."""

    row: Annotated[dict[Name, Cell], Field(min_length=1, max_length=200)] = Field(
        description="Cells of the row: lead field, or heading of the column, to text; numbers become text"
    )
    file: Text | None = Field(None, description="Name of the file")
    line: Count | None = Field(None, description="Number of the row in the file, counted from 1")


TYPES = (
    EventType(
        name="phone_changed",
        model=PhoneChanged,
        addresses=("lead",),
        carried_by=("ids", "contact"),
        contact=("old",),
    ),
    EventType(
        name="lead_updated",
        model=LeadUpdated,
        addresses=("lead",),
        carried_by=("ids", "contact"),
        contact=STRONG,
    ),
    EventType(
        name="lead_imported",
        model=LeadImported,
        addresses=("lead",),
        carried_by=("ids", "contact"),
        contact=("row",),
    ),
)
