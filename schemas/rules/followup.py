"""Rules of duties towards leads: first contact, nurture flow, notes of contacts."""

from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field

from schemas.rules.base import Section
from schemas.rules.names import CalendarName, Hours, Match, Recipient, TouchpointType
from schemas.rules.text import Bilingual, places

HOURS = "Whether time runs always (wall) or only in working hours (business)"
CALENDAR = "Business calendar, one of `calendars`"


class FollowUpRules(Section):
    """How soon a new lead must be followed up."""

    first_contact_minutes: int = Field(30, ge=1, le=10_080, description="Minutes until rep and manager are alerted")
    hours: Hours = Field("wall", description=HOURS)
    calendar: CalendarName = Field("default", description=CALENDAR)
    counts_as_follow_up: tuple[TouchpointType, ...] = Field(
        ("followed_up", "customer_touched", "contact_noted", "visit_checked_in"),
        description="Touchpoint types of a rep that count as a follow-up",
    )
    recipients: tuple[Recipient, ...] = Field(("rep", "role:manager"), description="`rep` is the lead's own rep")
    title: Annotated[Bilingual, places("label", "minutes")] = Field(
        Bilingual(
            zh="{label} 已超过 {minutes} 分钟未跟进", en="{label} has not been followed up for {minutes} minutes"
        ),
        description="Title of `followup_overdue`",
    )


class NurtureStep(Section):
    """One row of the table of contents: the first that fits what happened so far is proposed."""

    fits: Literal["never_contacted", "contacted", "any"] = Field(
        "any", description="Whether a rep has been in contact with the lead by then"
    )
    content: str = Field(min_length=1, max_length=120, description="Id of the content in the front end that sends it")
    title: Bilingual = Field(description="What the content is, for the rep")


class NurtureRules(Section):
    """When a lead that did not buy goes into the nurture flow, and with which content."""

    after_hours: float = Field(72, gt=0, le=8_760, description="Hours from the lead's beginning")
    hours: Hours = Field("wall", description=HOURS)
    calendar: CalendarName = Field("default", description=CALENDAR)
    won_by: tuple[Match, ...] = Field(
        (
            Match(type="order_placed"),
            Match(type="subscription_changed", field="status", any_of=("started", "renewed")),
            Match(type="deal_updated", field="stage", any_of=("won",)),
        ),
        description="What counts as won: the lead needs no nurture flow",
    )
    steps: tuple[NurtureStep, ...] = Field(
        (
            NurtureStep(
                fits="never_contacted",
                content="introduction",
                title=Bilingual(zh="产品介绍与联系方式", en="Introduction and how to reach us"),
            ),
            NurtureStep(
                content="case_studies", title=Bilingual(zh="同行业客户案例", en="Case studies of the industry")
            ),
        ),
        min_length=1,
        description="Contents in order; the last row should fit everybody",
    )
    recipients: tuple[Recipient, ...] = Field(("rep",), min_length=1, description="Who hears that the flow begins")
    title: Annotated[Bilingual, places("label", "step")] = Field(
        Bilingual(zh="{label} 进入培育流程：{step}", en="{label} enters the nurture flow: {step}"),
        description="Title of `nurture_started`",
    )

    @cached_property
    def won_types(self) -> frozenset[str]:
        """The fact types that `won_by` names: any other is none."""
        return frozenset(match.type for match in self.won_by)

    def won(self, type_: str, data: Any) -> bool:
        """Return whether a fact of this type and data is a purchase."""
        if type_ not in self.won_types:
            return False
        for match in self.won_by:  # noqa: SIM110 - asked for every order: `any` with a generator costs twice as much
            if match.holds(type_, data):
                return True
        return False


class NoteRules(Section):
    """How soon a contact with a customer must be written down."""

    remind_minutes: int = Field(15, ge=1, le=10_080, description="Minutes after the contact until the rep is reminded")
    escalate_minutes: int = Field(60, ge=1, le=10_080, description="Minutes after that until the manager sees it")
    hours: Hours = Field("wall", description=HOURS)
    calendar: CalendarName = Field("default", description=CALENDAR)
    recipients: tuple[Recipient, ...] = Field(("rep",), min_length=1, description="Who is reminded first")
    escalation: tuple[Recipient, ...] = Field(("role:manager",), min_length=1, description="Who sees it next")
    title: Annotated[Bilingual, places("label", "minutes")] = Field(
        Bilingual(
            zh="与 {label} 的联系已过 {minutes} 分钟仍无记录",
            en="The contact with {label} has no note after {minutes} minutes",
        ),
        description="Title of `contact_note_missing`",
    )
