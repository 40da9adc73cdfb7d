"""What people do on websites, in apps and on campaign links."""

from pydantic import Field

from schemas.catalogue.base import EventType, Record
from schemas.catalogue.types import Amount, Name, Text, Url

CONTACT = ("phone", "email", "wechat")


class PageViewed(Record):
    """A page or screen was viewed."""

    url: Url = Field(description="Address of the page, or path of the screen")
    referrer: Url | None = Field(None, description="Address that led here")
    title: Text | None = Field(None, description="Title of the page")
    section: Text | None = Field(None, description="Part of the site or app")
    product: Text | None = Field(None, description="Product or module that the page is about")
    dwell_ms: Amount | None = Field(None, description="Time spent on the page, in milliseconds")


class LinkClicked(Record):
    """A campaign link was clicked."""

    link: Name = Field(description="Id of the link")
    channel: Text | None = Field(None, description="Channel that carried the link")
    campaign: Text | None = Field(None, description="Campaign that the link belongs to")
    url: Url | None = Field(None, description="Address that the link leads to")


class FormSubmitted(Record):
    """A form was submitted; its contact data count as the subject's identifiers."""

    form: Name = Field(description="Id of the form")
    name: Text | None = Field(None, description="Person's name, as typed")
    phone: Text | None = Field(None, description="Phone number, as typed")
    email: Text | None = Field(None, description="E-mail address, as typed")
    wechat: Text | None = Field(None, description="WeChat id, as typed")
    company: Text | None = Field(None, description="Company, as typed")
    title: Text | None = Field(None, description="Job title, as typed")
    address: Text | None = Field(None, description="Postal address, as typed")
    location: Text | None = Field(None, description="Coordinates of the address, as typed")
    region: Text | None = Field(None, description="Sales region, or the place it is found by")
    interest: Text | None = Field(None, description="Product or module that is asked for")
    message: Text | None = Field(None, description="Free text, as typed")


TYPES = (
    EventType(name="page_viewed", model=PageViewed, addresses=("lead",)),
    EventType(name="link_clicked", model=LinkClicked, addresses=("lead",)),
    EventType(
        name="form_submitted",
        model=FormSubmitted,
        addresses=("lead",),
        carried_by=("ids", "contact"),
        contact=CONTACT,
    ),
)
